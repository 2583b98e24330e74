/** *Detach*: leaves the process, whose agent goes to sleep; its snapshots stay. */
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.detach', () => app.server.request('whyalive/detach', {}));
}
