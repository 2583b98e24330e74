/** What every feature gets: `activate(app)` registers what it adds and pushes it to `app.extension`. */
import type * as vscode from 'vscode';
import type { Server } from '../server/server.ts';
import type { Session } from '../session.ts';

export interface App {
  extension: vscode.ExtensionContext;
  server: Server;
  session: Session;
  log: vscode.LogOutputChannel;
}

export interface Feature {
  activate(app: App): void;
}
