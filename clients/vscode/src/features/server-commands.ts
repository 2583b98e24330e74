/** *Restart server*, *Show log*. */
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

export function activate(app: App): void {
  registerCommand(app, 'whyalive.restartServer', () => app.server.restart());
  registerCommand(app, 'whyalive.showLog', () => {
    app.log.show();
    return Promise.resolve();
  });
}
