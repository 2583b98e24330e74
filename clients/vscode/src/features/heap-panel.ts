/** *Show heap*: the webview that shows the heap as tables and cards. It asks, this passes on. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { describeFailure } from '../model/failure.ts';
import type { SnapshotNode } from '../model/snapshot-tree.ts';
import {
  panelCommands,
  panelMethods,
  type PanelView,
  type ToExtension,
  type ToPanel,
} from '../panel/messages.ts';
import { registerCommand } from './errors.ts';
import type { App } from './feature.ts';

const viewType = 'whyalive.heap';

export function activate(app: App): void {
  let open: HeapPanel | undefined;
  const adopt = (webview: vscode.WebviewPanel, view: Partial<PanelView>): void => {
    const panel = new HeapPanel(app, webview, view);
    open = panel;
    webview.onDidDispose(() => {
      open = open === panel ? undefined : open;
    });
  };
  const show = (view: Partial<PanelView>): Promise<void> => {
    if (open === undefined) {
      adopt(vscode.window.createWebviewPanel(viewType, 'Heap', vscode.ViewColumn.Active), view);
    } else {
      open.show(view);
    }
    return Promise.resolve();
  };
  registerCommand(app, 'whyalive.showHeap', () => show({}));
  registerCommand(app, 'whyalive.showSnapshot', ({ snapshot }: SnapshotNode) =>
    show({ snapshot: snapshot.snapshot, since: null, tab: 'overview' }),
  );
  registerCommand(app, 'whyalive.compareSnapshot', ({ snapshot }: SnapshotNode) =>
    compare(app, snapshot.snapshot, show),
  );
  app.extension.subscriptions.push(
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (webview) => {
        adopt(webview, {});
        return Promise.resolve();
      },
    }),
  );
}

/** The earlier of the two is what is compared with, whichever was chosen first. */
async function compare(
  { session }: App,
  chosen: string,
  show: (view: Partial<PanelView>) => Promise<void>,
): Promise<void> {
  const ids = session.state.snapshots.map(({ snapshot }) => snapshot);
  const others = session.state.snapshots
    .filter(({ snapshot }) => snapshot !== chosen)
    .map(({ snapshot, label }) => ({ label: snapshot, description: label }))
    .reverse();
  const other = await vscode.window.showQuickPick(others, { title: `Compare ${chosen} with` });
  if (other !== undefined) {
    const [since, snapshot] = [chosen, other.label].sort((a, b) => ids.indexOf(a) - ids.indexOf(b));
    const sort = { column: 'grownSize', descending: true };
    await show({ snapshot: snapshot ?? null, since: since ?? null, tab: 'kinds', sort });
  }
}

class HeapPanel {
  private readonly app: App;
  private readonly panel: vscode.WebviewPanel;
  private wanted: Partial<PanelView>;

  constructor(app: App, panel: vscode.WebviewPanel, view: Partial<PanelView>) {
    this.app = app;
    this.panel = panel;
    this.wanted = view;
    const dist = vscode.Uri.joinPath(app.extension.extensionUri, 'dist', 'panel');
    const media = vscode.Uri.joinPath(app.extension.extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'heap-light.svg'),
      dark: vscode.Uri.joinPath(media, 'heap-dark.svg'),
    };
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const listening = [
      panel.webview.onDidReceiveMessage((message: ToExtension) => {
        this.receive(message);
      }),
      app.session.onDidChange(() => {
        this.tellState();
      }),
    ];
    panel.onDidDispose(() => {
      for (const it of listening) {
        it.dispose();
      }
    });
    panel.webview.html = page(panel.webview, dist);
  }

  show(view: Partial<PanelView>): void {
    this.panel.reveal();
    this.post({ type: 'show', view });
  }

  private receive(message: ToExtension): void {
    switch (message.type) {
      case 'ready':
        this.tellState();
        this.post({ type: 'show', view: this.wanted });
        this.wanted = {};
        break;
      case 'request':
        void this.answer(message);
        break;
      case 'open':
        void vscode.commands.executeCommand('whyalive.openLocation', message.location);
        break;
      case 'command':
        if (panelCommands.includes(message.command)) {
          void vscode.commands.executeCommand(message.command);
        }
        break;
    }
  }

  private async answer({ id, method, params }: ToExtension & { type: 'request' }): Promise<void> {
    try {
      if (!panelMethods.includes(method)) {
        throw new Error(`The panel may not ask for ${method as string}`);
      }
      const result = await this.app.server.request(method, params);
      this.post({ type: 'result', id, result });
    } catch (error) {
      const message = describeFailure(error)?.message ?? 'Cancelled.';
      this.post({ type: 'failure', id, message });
    }
  }

  private tellState(): void {
    this.post({ type: 'state', state: this.app.session.state });
  }

  private post(message: ToPanel): void {
    void this.panel.webview.postMessage(message);
  }
}

function page(webview: vscode.Webview, dist: vscode.Uri): string {
  const nonce = randomBytes(16).toString('hex');
  const uri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri('panel.css')}">
<title>Heap</title>
</head>
<body><script nonce="${nonce}" src="${uri('main.js')}"></script></body>
</html>`;
}
