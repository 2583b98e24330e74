/** The status bar item, and what its menu offers, for a state of the session. */
import type { SessionState } from '../session.ts';
import { plainText } from './markdown.ts';
import { formatBytes, formatCount, plural, programName } from './format.ts';

export interface StatusText {
  text: string;
  tooltip: string;
  warning: boolean;
}

export function statusText(state: SessionState): StatusText {
  if (state.server === 'failed' || (state.server === 'stopped' && state.target !== null)) {
    return { text: '$(warning) WhyAlive', tooltip: 'The server does not run', warning: true };
  }
  const { target } = state;
  const found = state.suspects > 0 ? [plural(state.suspects, 'suspect')] : [];
  if (target === null) {
    const icon = state.server === 'starting' ? '$(loading~spin)' : '$(pulse)';
    return {
      text: [`${icon} WhyAlive`, ...found].join(' · '),
      tooltip: 'No process attached',
      warning: false,
    };
  }
  const name = programName(target.command);
  const icon = state.snapshotRunning
    ? '$(loading~spin)'
    : target.alive
      ? '$(pulse)'
      : '$(debug-disconnect)';
  const memory = target.alive ? formatBytes(target.rss) : 'ended';
  return {
    text: [`${icon} ${name} ${target.pid}`, memory, ...found].join(' · '),
    tooltip: [
      `**${plainText(target.command)}**`,
      `pid ${target.pid}, Python ${target.python}, ${memory} resident`,
      `${plural(state.snapshots.length, 'snapshot')}, ${plural(state.suspects, 'suspect')}`,
    ].join('\n\n'),
    warning: false,
  };
}

export interface MenuEntry {
  label: string;
  description?: string;
  command: string;
}

export function menuEntries(state: SessionState, fileIsPython: boolean): MenuEntry[] {
  const entries: MenuEntry[] = [];
  const add = (when: boolean, label: string, command: string, description?: string): void => {
    if (when) {
      entries.push({ label, command, ...(description !== undefined && { description }) });
    }
  };
  const alive = state.target?.alive === true;
  add(alive && !state.snapshotRunning, '$(device-camera) Take snapshot', 'whyalive.takeSnapshot');
  add(
    state.current !== null,
    '$(target) Jump to leaking code',
    'whyalive.jumpToLeakingCode',
    state.suspects > 0 ? `${formatCount(state.suspects)} found` : undefined,
  );
  add(state.current !== null, '$(graph) Show heap', 'whyalive.showHeap');
  add(alive, '$(terminal) Open console in a frozen copy', 'whyalive.openConsole');
  add(true, '$(plug) Attach to Python process…', 'whyalive.attach');
  add(fileIsPython, '$(run-all) Run this file with WhyAlive', 'whyalive.runFile');
  add(true, '$(folder-opened) Open snapshot file…', 'whyalive.openSnapshot');
  add(state.current !== null, '$(save) Save snapshot as…', 'whyalive.saveSnapshot');
  add(alive, '$(debug-disconnect) Detach', 'whyalive.detach');
  add(state.server !== 'running', '$(refresh) Restart server', 'whyalive.restartServer');
  add(true, '$(output) Show log', 'whyalive.showLog');
  return entries;
}
