// Lets VS Code run clients/vscode/test/host inside its extension host, and waits for the exit code.
import { Editor } from '../driver/editor.mjs';

const settings = { 'whyalive.server.path': process.env.WHYALIVE_FAKE_SERVER };
const extension = process.env.WHYALIVE_EXTENSION;
const tests = process.env.WHYALIVE_HOST_TESTS;

let finish;
const finished = new Promise((resolve) => {
  finish = resolve;
});
const editor = await Editor.open({
  settings,
  extensionTests: { extension, tests },
  expose: {
    codeAutomationLog: (_type, args) => {
      const text = args.join(' ');
      // The editor's own chatter comes this way too.
      if (/^(ok|FAILED): /.test(text)) {
        console.log(text);
      }
    },
    codeAutomationExit: (code) => finish(code),
  },
});
const timeout = setTimeout(() => finish('no exit code within 400 s'), 400_000);
const code = await finished;
clearTimeout(timeout);
console.log(`extension host: exit code ${code}`);
process.exitCode = code === 0 ? 0 : 1;
await editor.close();
