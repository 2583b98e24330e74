/**
 * The connection to `whyalive lsp`: starts it, starts it again when it dies, sends it requests.
 *
 * Features see `request` and the session, never the language client; restarts and their reasons are
 * told to the user here, once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import * as vscode from 'vscode';
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandlerResult,
  LanguageClient,
  type LanguageClientOptions,
  State,
  type StaticFeature,
  WorkDoneProgress,
} from 'vscode-languageclient/node';
import type { Session } from '../session.ts';
import type { Requests, StateChangedParams } from '../wire.ts';
import { CrashPolicy, type Exit } from './crash-policy.ts';
import { locateServer, startProblem } from './server-location.ts';

export type Method = keyof Requests;

export interface Progress {
  title: string;
  location?: vscode.ProgressLocation;
}

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private starting: Promise<LanguageClient> | undefined;
  private readonly crashes = new CrashPolicy();
  private exit: Promise<Exit> | undefined;
  private nextToken = 1;
  private readonly restarted = new vscode.EventEmitter<void>();
  /** Fires when a server that died is up again; it knows nothing of what was before. */
  readonly onDidRestart = this.restarted.event;

  private readonly extension: vscode.ExtensionContext;
  private readonly session: Session;
  private readonly log: vscode.LogOutputChannel;

  constructor(
    extension: vscode.ExtensionContext,
    session: Session,
    log: vscode.LogOutputChannel,
  ) {
    this.extension = extension;
    this.session = session;
    this.log = log;
  }

  /** Starts the server if it is not running. Rejects with what to tell the user. */
  async start(): Promise<LanguageClient> {
    if (this.client?.isRunning() === true) {
      return this.client;
    }
    this.starting ??= this.startClient().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  async restart(): Promise<void> {
    this.crashes.forget();
    await this.stop();
    await this.start();
  }

  async request<M extends Method>(
    method: M,
    params: Requests[M]['params'],
    token?: vscode.CancellationToken,
  ): Promise<Requests[M]['result']> {
    const client = await this.start();
    // An undefined token would be sent along as a second parameter.
    return token === undefined
      ? client.sendRequest<Requests[M]['result']>(method, params)
      : client.sendRequest<Requests[M]['result']>(method, params, token);
  }

  async executeCommand(command: string, args: unknown[]): Promise<unknown> {
    const client = await this.start();
    return client.sendRequest('workspace/executeCommand', { command, arguments: args });
  }

  /** As `request`, under a progress notification with Cancel. */
  async requestWithProgress<M extends Method>(
    method: M,
    params: Requests[M]['params'],
    { title, location = vscode.ProgressLocation.Notification }: Progress,
  ): Promise<Requests[M]['result']> {
    const client = await this.start();
    return vscode.window.withProgress(
      { location, title, cancellable: true },
      async (progress, cancellation) => {
        const workDoneToken = `whyalive-${this.nextToken}`;
        this.nextToken += 1;
        let reported = 0;
        const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
          if (value.kind === 'end') {
            return;
          }
          const percentage = value.percentage ?? reported;
          const increment = Math.max(0, percentage - reported);
          reported += increment;
          progress.report({ increment, ...(value.message && { message: value.message }) });
        });
        try {
          const full = { ...params, workDoneToken };
          return await client.sendRequest<Requests[M]['result']>(method, full, cancellation);
        } finally {
          listening.dispose();
        }
      },
    );
  }

  /** Tells the server the settings it reads; it redraws hints and lenses itself. */
  async settingsChanged(): Promise<void> {
    if (this.client?.isRunning() === true) {
      const settings = { whyalive: serverSettings() };
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings });
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop() === true) {
      await client.dispose();
    }
    this.session.serverBecame('stopped');
  }

  dispose(): void {
    this.restarted.dispose();
    void this.stop();
  }

  private async startClient(): Promise<LanguageClient> {
    await this.stop();
    const client = new LanguageClient('whyalive', 'WhyAlive', () => this.spawn(), this.options());
    this.client = client;
    client.registerFeature(ownCommands);
    client.onNotification('whyalive/stateChanged', (news: StateChangedParams) => {
      this.session.stateChanged(news);
    });
    let wasRunning = false;
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) {
        return;
      }
      if (newState === State.Running) {
        this.session.serverBecame('running');
        if (wasRunning) {
          this.restarted.fire();
        }
        wasRunning = true;
      } else {
        this.session.serverBecame(newState === State.Starting ? 'starting' : 'stopped');
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.session.serverBecame('failed');
      throw error;
    }
    return client;
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [{ language: 'python' }],
      outputChannel: this.log,
      traceOutputChannel: this.log,
      // Tooltips hold names from a foreign heap: of commands, only the harmless one may be linked.
      markdown: { isTrusted: { enabledCommands: ['whyalive.jumpToLeak'] } },
      initializationOptions: serverSettings,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: (_error, _message, count): ErrorHandlerResult => ({
          action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
        }),
        closed: () => this.serverDied(),
      },
    };
  }

  /** Path of the whyalive program. Throws with what to tell the user. */
  program(): string {
    const located = locateServer({
      setting: vscode.workspace.getConfiguration('whyalive').get<string>('server.path', ''),
      extensionPath: this.extension.extensionPath,
      searchPath: process.env['PATH'] ?? '',
      isExecutable,
    });
    if ('problem' in located) {
      throw new Error(located.problem);
    }
    return located.path;
  }

  private async spawn(): Promise<ChildProcess> {
    const program = this.program();
    this.log.info(`starting ${program} lsp`);
    const child = spawn(program, ['lsp'], { stdio: 'pipe' });
    this.exit = watchExit(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(new Error(startProblem(program, error, process.arch)));
      });
    });
    return child;
  }

  private async serverDied(): Promise<CloseHandlerResult> {
    const exit = await (this.exit ?? Promise.resolve({ code: null, signal: null, lastWords: [] }));
    const { restart, reason } = this.crashes.crashed(exit, Date.now());
    this.log.error(reason);
    void this.tell(restart, reason);
    return { action: restart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }

  private async tell(restarted: boolean, reason: string): Promise<void> {
    const showLog = 'Show Log';
    const startAgain = 'Start Again';
    const answer = restarted
      ? await vscode.window.showWarningMessage(reason, showLog)
      : await vscode.window.showErrorMessage(reason, startAgain, showLog);
    if (answer === showLog) {
      this.log.show();
    } else if (answer === startAgain) {
      await this.restart();
    }
  }
}

/** Says that lenses may run our commands, which answer in the heap panel. */
const ownCommands: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    const commands = ['whyalive.whyAlive', 'whyalive.showInstances', 'whyalive.showPicture'];
    capabilities.experimental = { commands: { commands } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** The settings that the server reads, in the shape it reads them in (docs/protocol.md). */
function serverSettings(): object {
  const settings = vscode.workspace.getConfiguration('whyalive');
  return {
    pathMappings: settings.get('pathMappings', []),
    hints: settings.get('hints', {}),
    codeLens: settings.get('codeLens', {}),
    values: settings.get('values', {}),
    expectedSuspects: settings.get('expectedSuspects', []),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Resolves when the process is gone; keeps its last lines for the message. */
function watchExit(child: ChildProcess): Promise<Exit> {
  let tail = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    tail = (tail + bytes.toString()).slice(-4000);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      const lastWords = tail.split('\n').filter((line) => line.trim() !== '');
      resolve({ code, signal, lastWords });
    });
  });
}
