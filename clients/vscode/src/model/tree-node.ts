/** A row of one of our trees, before the editor's own types: what it says, what hangs below it. */
import type { SourceLocation } from '../wire.ts';

export interface TreeNode {
  /** Stable between refreshes, so that what was open stays open. */
  id: string;
  label: string;
  description?: string;
  /** Markdown. */
  tooltip?: string;
  /** Name of a codicon; `color` is a theme colour's id. */
  icon?: string;
  color?: string;
  /** For `when` clauses of context menus. */
  context?: string;
  location?: SourceLocation;
  command?: { command: string; title: string; arguments: unknown[] };
  children?: TreeNode[];
  expanded?: boolean;
}
