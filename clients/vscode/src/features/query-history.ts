/** The SQL queries of this workspace, the latest first. */
import type { App } from './feature.ts';

const key = 'whyalive.sqlHistory';
const longest = 50;

export function queryHistory({ extension }: App): string[] {
  return extension.workspaceState.get<string[]>(key, []);
}

/** A query that is asked again moves to the front. */
export function rememberQuery(app: App, sql: string): string[] {
  const before = queryHistory(app).filter((one) => one !== sql);
  const queries = [sql, ...before].slice(0, longest);
  void app.extension.workspaceState.update(key, queries);
  return queries;
}
