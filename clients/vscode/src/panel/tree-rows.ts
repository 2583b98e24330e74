/** A tree as the rows of a table: what is unfolded, at which depth, read level by level. No DOM. */
import type { RowSource } from './row-source.ts';

export interface Level<Item> {
  items: readonly Item[];
  /** Of the whole level; more than `items` when it is read in pages. */
  total: number;
}

export interface TreeRow<Item> {
  item: Item;
  depth: number;
  expandable: boolean;
  expanded: boolean;
  loading: boolean;
  /** Rows of the same parent, and its place among them from 1: for screen readers. */
  setSize: number;
  position: number;
  /** So many siblings follow that are not read yet; a row that stands for them. */
  more?: number;
  parent: TreeRow<Item> | undefined;
  children: TreeRow<Item>[];
}

export interface TreeSource<Item> {
  isExpandable: (item: Item) => boolean;
  /** The children of an item, or the roots; from `offset` on. */
  read: (item: Item | undefined, offset: number) => Promise<Level<Item>>;
}

export class TreeRows<Item> implements RowSource<TreeRow<Item>> {
  private roots: TreeRow<Item>[] = [];
  private flat: TreeRow<Item>[] = [];
  private readonly source: TreeSource<Item>;
  private readonly onChange: () => void;

  constructor(source: TreeSource<Item>, roots: Level<Item>, onChange: () => void) {
    this.source = source;
    this.onChange = onChange;
    this.roots = this.rowsOf(roots, undefined, 0);
    this.flatten();
  }

  get length(): number {
    return this.flat.length;
  }

  at(index: number): TreeRow<Item> | undefined {
    return this.flat[index];
  }

  indexOf(row: TreeRow<Item>): number {
    return this.flat.indexOf(row);
  }

  /** Unfolds or folds; for a row that stands for more siblings, reads them. */
  async toggle(row: TreeRow<Item>): Promise<void> {
    if (row.more !== undefined) {
      await this.readMore(row);
    } else if (row.expanded) {
      row.expanded = false;
    } else if (row.expandable) {
      await this.expand(row);
    }
    this.changed();
  }

  async expand(row: TreeRow<Item>): Promise<void> {
    row.expanded = true;
    if (row.children.length > 0 || row.loading) {
      this.changed();
      return;
    }
    await this.whileLoading(row, async () => {
      const level = await this.source.read(row.item, 0);
      row.children = this.rowsOf(level, row, 0);
      row.expandable = row.children.length > 0;
    });
  }

  private async readMore(row: TreeRow<Item>): Promise<void> {
    const siblings = row.parent?.children ?? this.roots;
    const offset = siblings.indexOf(row);
    await this.whileLoading(row, async () => {
      const level = await this.source.read(row.parent?.item, offset);
      siblings.splice(offset, 1, ...this.rowsOf(level, row.parent, offset));
    });
  }

  private async whileLoading(row: TreeRow<Item>, read: () => Promise<void>): Promise<void> {
    row.loading = true;
    this.changed();
    try {
      await read();
    } catch (error) {
      row.expanded = false;
      throw error;
    } finally {
      row.loading = false;
      this.changed();
    }
  }

  private rowsOf(
    { items, total }: Level<Item>,
    parent: TreeRow<Item> | undefined,
    offset: number,
  ): TreeRow<Item>[] {
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const row = (item: Item, index: number): TreeRow<Item> => ({
      item,
      depth,
      expandable: this.source.isExpandable(item),
      expanded: false,
      loading: false,
      setSize: total,
      position: offset + index + 1,
      parent,
      children: [],
    });
    const rows = items.map(row);
    const left = total - offset - items.length;
    const last = items.at(-1);
    if (left > 0 && last !== undefined) {
      rows.push({ ...row(last, items.length), expandable: false, more: left });
    }
    return rows;
  }

  private changed(): void {
    this.flatten();
    this.onChange();
  }

  /** Without recursion: a chain of dominators may be as deep as the heap. */
  private flatten(): void {
    this.flat = [];
    const left = this.roots.toReversed();
    for (let row = left.pop(); row !== undefined; row = left.pop()) {
      this.flat.push(row);
      if (row.expanded) {
        left.push(...row.children.toReversed());
      }
    }
  }
}

/** Rows of a tree that is all at hand, as a list with the position of each one's parent. */
export function wholeTree(
  items: readonly { parent?: number }[],
): TreeSource<number> & { roots: Level<number> } {
  const children = new Map<number, number[]>();
  items.forEach(({ parent = -1 }, index) => {
    children.set(parent, [...(children.get(parent) ?? []), index]);
  });
  const level = (parent: number): Level<number> => {
    const found = children.get(parent) ?? [];
    return { items: found, total: found.length };
  };
  return {
    roots: level(-1),
    isExpandable: (item) => children.has(item),
    read: (item = -1) => Promise.resolve(level(item)),
  };
}
