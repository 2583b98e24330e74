/** *Show heap*: the webview that shows the heap as tables and cards. It asks, this passes on. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { describeFailure } from '../model/failure.ts';
import type { SnapshotNode } from '../model/snapshot-tree.ts';
import { snapshotDescription, snapshotLabel } from '../model/snapshot-text.ts';
import {
  freshView,
  panelCommands,
  panelMethods,
  type PanelView,
  type ToExtension,
  type ToPanel,
} from '../panel/messages.ts';
import { queryHistory, rememberQuery } from './query-history.ts';
import { saveFile } from './save-file.ts';
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
      // Kept alive while hidden: answers of a large heap are not to be asked for again.
      const options = { retainContextWhenHidden: true };
      const column = vscode.ViewColumn.Active;
      adopt(vscode.window.createWebviewPanel(viewType, 'Heap', column, options), view);
    } else {
      open.show(view);
    }
    return Promise.resolve();
  };
  registerCommand(app, 'whyalive.showHeap', (view?: unknown) => show(isView(view) ? view : {}));
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

/** Menus pass arguments of their own. */
function isView(argument: unknown): argument is Partial<PanelView> {
  return typeof argument === 'object' && argument !== null && 'tab' in argument;
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
    .map((snapshot) => ({
      label: snapshotLabel(snapshot),
      description: snapshotDescription(snapshot),
      snapshot: snapshot.snapshot,
    }))
    .reverse();
  const picked = await vscode.window.showQuickPick(others, {
    title: `Compare ${chosen} with`,
    placeHolder: 'One, or several for a series',
    canPickMany: true,
  });
  if (picked !== undefined && picked.length > 0) {
    const all = [chosen, ...picked.map((one) => one.snapshot)];
    const ordered = all.sort((a, b) => ids.indexOf(a) - ids.indexOf(b));
    await show(comparison(ordered));
  }
}

/** The last one compared with those before it. */
export function comparison(snapshots: readonly string[]): Partial<PanelView> {
  const since = snapshots.slice(0, -1);
  return {
    tab: 'compare',
    snapshot: snapshots.at(-1) ?? null,
    compare: { ...freshView.compare, since },
  };
}

class HeapPanel {
  private readonly app: App;
  private readonly panel: vscode.WebviewPanel;
  private readonly running = new Map<number, vscode.CancellationTokenSource>();
  private wanted: Partial<PanelView>;
  /** The page listens; what is posted before is lost. */
  private isReady = false;

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
      for (const source of this.running.values()) {
        source.cancel();
      }
    });
    panel.webview.html = page(panel.webview, dist);
  }

  show(view: Partial<PanelView>): void {
    this.wanted = { ...this.wanted, ...view };
    this.panel.reveal();
    if (this.isReady) {
      this.showWanted();
    }
  }

  private receive(message: ToExtension): void {
    switch (message.type) {
      case 'ready':
        this.tellState();
        this.post({ type: 'history', queries: queryHistory(this.app) });
        this.isReady = true;
        this.showWanted();
        break;
      case 'cancel':
        this.running.get(message.id)?.cancel();
        break;
      case 'console': {
        const { object, inSnapshot } = message;
        void vscode.commands.executeCommand('whyalive.openConsole', { object, inSnapshot });
        break;
      }
      case 'save':
        void saveFile(this.app, message.file);
        break;
      case 'asked':
        this.post({ type: 'history', queries: rememberQuery(this.app, message.sql) });
        break;
      case 'painted':
        this.app.log.debug(
          `heap panel: ${message.tab} drawn in ${Math.round(message.milliseconds)} ms`,
        );
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
    const source = new vscode.CancellationTokenSource();
    this.running.set(id, source);
    try {
      if (!panelMethods.includes(method)) {
        throw new Error(`The panel may not ask for ${method as string}`);
      }
      const result = await this.app.server.request(method, params, source.token);
      this.post({ type: 'result', id, result });
    } catch (error) {
      const message = describeFailure(error)?.message ?? 'Cancelled.';
      this.post({ type: 'failure', id, message });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }

  private showWanted(): void {
    if (Object.keys(this.wanted).length > 0) {
      this.post({ type: 'show', view: this.wanted });
    }
    this.wanted = {};
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
