// Starts a real VS Code (code-server) with the extension installed from its .vsix, opens a workspace in
// Chromium, and offers what a person does: open a file, run a command, read hints, lenses and problems.
//
// Paths come from the environment, set by editor_case.py: WHYALIVE_NODE_MODULES, WHYALIVE_CODE_SERVER,
// WHYALIVE_CHROMIUM, WHYALIVE_VSIX, WHYALIVE_SCREENSHOTS, WHYALIVE_WORKSPACE; one more extension may come
// from WHYALIVE_OTHER_VSIX.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const environment = (name) => {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run the scenario through its test_*.py`);
  }
  return value;
};
const require = createRequire(path.join(environment('WHYALIVE_NODE_MODULES'), 'x.js'));
const { chromium } = require('playwright-core');

const viewport = { width: 1400, height: 900 };
const patience = 120_000; // machines that build at the same time are slow

const quietSettings = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'update.mode': 'none',
  'git.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'editor.inlayHints.enabled': 'on',
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'files.hotExit': 'off',
  'terminal.integrated.gpuAcceleration': 'off', // its text is text then
};

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until the answer is true enough; returns it. */
export async function until(what, condition, deadline = Date.now() + patience) {
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

class CodeServer {
  static async start({ settings, workspace, isTestHost }) {
    const self = new CodeServer();
    self.folder = mkdtempSync(path.join(os.tmpdir(), 'whyalive-editor-'));
    writeFileSync(path.join(self.folder, 'config.yaml'), 'auth: none\n');
    const all = JSON.stringify({ ...quietSettings, ...settings }, null, 2);
    // Settings of machine scope (paths of programs) count only from Machine in a remote window.
    for (const scope of ['User', 'Machine']) {
      mkdirSync(path.join(self.folder, 'user', scope), { recursive: true });
      writeFileSync(path.join(self.folder, 'user', scope, 'settings.json'), all);
    }
    const base = self.baseArguments();
    const variables = {
      ...process.env,
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
      XDG_DATA_HOME: path.join(self.folder, 'xdg'),
      XDG_CONFIG_HOME: path.join(self.folder, 'xdgc'),
    };
    if (!isTestHost) {
      const others = process.env.WHYALIVE_OTHER_VSIX;
      for (const vsix of [environment('WHYALIVE_VSIX'), ...(others ? [others] : [])]) {
        execFileSync(process.execPath, [...base, '--install-extension', vsix, '--force'], {
          env: variables,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      }
    }
    const testOption = isTestHost ? ['--vscode-option', 'enable-smoke-test-driver'] : [];
    const port = await freePort();
    self.logFile = path.join(self.folder, 'code-server.log');
    const log = openSync(self.logFile, 'a');
    self.child = spawn(
      process.execPath,
      [...base, ...testOption, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, workspace],
      { env: variables, stdio: ['ignore', log, log], detached: true },
    );
    self.url = `http://127.0.0.1:${port}/`;
    process.once('SIGTERM', () => {
      self.stop();
      process.exit(1);
    });
    try {
      await until('code-server', () => self.isHealthy());
    } catch (error) {
      self.stop();
      throw error;
    }
    return self;
  }

  baseArguments() {
    return [
      environment('WHYALIVE_CODE_SERVER'),
      '--config',
      path.join(this.folder, 'config.yaml'),
      '--user-data-dir',
      path.join(this.folder, 'user'),
      '--extensions-dir',
      path.join(this.folder, 'ext'),
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      '--disable-proxy',
    ];
  }

  async isHealthy() {
    if (this.child.exitCode !== null) {
      throw new Error(`code-server ended:\n${readFileSync(this.logFile, 'utf8')}`);
    }
    try {
      return (await fetch(`${this.url}healthz`)).ok;
    } catch {
      return false;
    }
  }

  stop() {
    try {
      process.kill(-this.child.pid, 'SIGKILL'); // its own process group: the extension host too
    } catch {
      // gone already
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Editor {
  /**
   * `extensionTests` ({extension, tests}: folders) runs tests inside the extension host instead of the
   * installed package; `expose` names functions that the page may call.
   */
  static async open({
    settings = {},
    workspace = environment('WHYALIVE_WORKSPACE'),
    extensionTests,
    expose = {},
  } = {}) {
    const self = new Editor();
    try {
      await self.start({ settings, workspace, extensionTests, expose });
    } catch (error) {
      await self.close();
      throw error;
    }
    return self;
  }

  async start({ settings, workspace, extensionTests, expose }) {
    this.workspace = workspace;
    this.codeServer = await CodeServer.start({
      settings,
      workspace,
      isTestHost: extensionTests !== undefined,
    });
    this.context = await chromium.launchPersistentContext(
      path.join(this.codeServer.folder, 'browser'),
      {
        executablePath: environment('WHYALIVE_CHROMIUM'),
        viewport,
        headless: true,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      },
    );
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.page.setDefaultTimeout(patience);
    for (const [name, call] of Object.entries(expose)) {
      await this.page.exposeFunction(name, call);
    }
    await this.page.goto(this.address(extensionTests));
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.statusbar-item').first().waitFor();
  }

  address(extensionTests) {
    const { url } = this.codeServer;
    const query = new URLSearchParams({ folder: this.workspace });
    if (extensionTests !== undefined) {
      const remote = (file) => `vscode-remote://${new URL(url).host}${file}`;
      const payload = [
        ['extensionDevelopmentPath', remote(extensionTests.extension)],
        ['extensionTestsPath', remote(extensionTests.tests)],
      ];
      query.set('payload', JSON.stringify(payload));
    }
    return `${url}?${query}`;
  }

  async close() {
    await this.context?.close().catch(() => {});
    this.codeServer?.stop();
  }

  async screenshot(name) {
    const folder = environment('WHYALIVE_SCREENSHOTS');
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }

  /** Types into the quick input and waits until `row` is offered, then takes it. */
  async pick(text, row = text) {
    const box = this.page.locator('.quick-input-widget:visible input').first();
    await box.waitFor();
    if (text !== '') {
      await box.fill(text);
    }
    const offered = this.page.locator('.quick-input-list .monaco-list-row', {
      hasText: row,
    });
    await offered.first().waitFor();
    await offered.first().click();
  }

  /**
   * In the editor's own file dialog. It writes into its box once it has looked at the folder, so that a
   * path may be lost that comes too early.
   */
  async chooseFile(file) {
    const box = this.page.locator('.quick-input-widget:visible input').first();
    await until('the file dialog', async () => (await box.inputValue()) !== '');
    await until('the choice of a file', async () => {
      await box.fill(file, { timeout: 5000 }).catch(() => {});
      await this.page.keyboard.press('Enter');
      return await box
        .waitFor({ state: 'detached', timeout: 3000 })
        .then(() => true)
        .catch(() => box.isHidden());
    });
  }

  /** What is offered is settled when the palette opens, at times before the editor knows it may. */
  async command(title) {
    const rows = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title });
    for (let attempt = 1; ; attempt += 1) {
      const timeout = attempt < 6 ? 4000 * attempt : patience;
      await this.page.keyboard.press('F1');
      const box = this.page.locator('.quick-input-widget:visible input').first();
      try {
        await box.waitFor({ timeout });
        await box.fill(`>${title}`, { timeout });
        await rows.first().waitFor({ timeout });
        await rows.first().click();
        return;
      } catch (error) {
        if (attempt === 6) {
          throw error;
        }
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Opens a file of the workspace, at a line (hints exist only for lines in sight). */
  async openFile(name, line = 1) {
    await this.page.keyboard.press('Control+P');
    await this.pick(`${name}:${line}`, path.basename(name));
    await this.page.locator(`.tab[data-resource-name="${path.basename(name)}"]`).waitFor();
    await this.page.locator('.monaco-editor .view-line').first().waitFor();
  }

  /** Waits for an editor line that holds all the texts (the hint is part of its line). */
  async lineWith(...texts) {
    let lines = this.page.locator('.view-line');
    for (const text of texts) {
      lines = lines.filter({ hasText: text });
    }
    await lines.first().waitFor();
    return (await lines.first().innerText()).replaceAll('\u00a0', ' ');
  }

  /** A lens is at times plain text, or the one of before, until the editor is clicked. */
  async lens(text) {
    const lens = this.page.locator('.codelens-decoration a', { hasText: text });
    for (let attempt = 0; attempt < 25; attempt += 1) {
      try {
        await lens.first().waitFor({ timeout: 3000 });
        return lens.first();
      } catch {
        // By the mouse, in the free room on the right: a locator's click would scroll the lines about.
        const { x, y, width } = await this.page.locator('.editor-instance').first().boundingBox();
        await this.page.mouse.click(x + width - 120, y + 250 + 20 * (attempt % 2));
      }
    }
    const found = await this.page.locator('.codelens-decoration').allInnerTexts();
    throw new Error(`no code lens says ${text}, but ${JSON.stringify(found)}`);
  }

  async statusBar(text) {
    await this.page.locator('.statusbar-item', { hasText: text }).first().waitFor();
  }

  /** Waits until the Snapshots view, which must be in sight, has so many; what a bar says for seconds may be missed. */
  async snapshots(count) {
    const rows = this.page.locator('.pane-body .monaco-list-row', { hasText: ' objects · ' });
    await rows.nth(count - 1).waitFor();
  }

  /** Waits for a line of the terminal in sight. */
  async terminal(text) {
    await this.page.locator('.terminal-wrapper .xterm-rows', { hasText: text }).first().waitFor();
  }

  notification(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }

  async clearNotifications() {
    await this.command('Notifications: Clear All Notifications');
  }

  /** The heap panel's page. */
  panel() {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Prints how long the panel's tabs took from an answer to the picture of it, the slowest of each. */
  async printPaints() {
    const all = await this.panel()
      .locator('body')
      .evaluate(() =>
        performance.getEntriesByType('measure').map((it) => [it.name, Math.round(it.duration)]),
      );
    const slowest = new Map();
    for (const [name, duration] of all) {
      slowest.set(name, Math.max(duration, slowest.get(name) ?? 0));
    }
    console.log([...slowest].map(([name, duration]) => `${name}: ${duration} ms`).join(', '));
  }

  async problems() {
    await this.command('Problems: Focus on Problems View');
    return this.page.locator('.markers-panel .monaco-list-row');
  }
}

/** Runs the scenario; on failure leaves a picture and the page's last notifications. */
export async function scenario(name, options, body) {
  const editor = await Editor.open(options);
  try {
    await body(editor);
    console.log(`${name}: passed`);
  } catch (error) {
    await editor.screenshot(`failed-${name}`).catch(() => {});
    const toasts = await editor.page
      .locator('.notification-toast')
      .allInnerTexts()
      .catch(() => []);
    console.error(`${name}: ${error.stack ?? error}\nnotifications: ${JSON.stringify(toasts)}`);
    process.exitCode = 1;
  } finally {
    await editor.close();
  }
}
