/** Running Python processes as rows for a person to choose from. */
import type { ProcessInfo } from '../wire.ts';
import { formatBytes, programName } from './format.ts';

export interface ProcessItem {
  label: string;
  description: string;
  detail: string;
  process: ProcessInfo;
}

const icons: Record<string, string> = {
  loaded: '$(pulse)',
  absent: '$(circle-outline)',
  unsupported: '$(circle-slash)',
  foreign: '$(lock)',
  copy: '$(layers)',
};

const agentWords: Record<string, string> = {
  loaded: 'agent loaded',
  absent: '',
  unsupported: 'no agent for this version',
  foreign: "another user's",
  copy: 'frozen copy of a process',
};

/** A process that can be asked at once comes first, one that cannot be asked last; then the youngest. */
const order: Record<string, number> = { loaded: 0, absent: 1, unsupported: 2, foreign: 3, copy: 4 };

export function canAttach(process: ProcessInfo): boolean {
  return !['foreign', 'unsupported', 'copy'].includes(process.agent);
}

/** A frozen copy calls itself by what it is, not by its program. */
export function processName({ agent, command }: ProcessInfo): string {
  return agent === 'copy' ? 'frozen copy' : programName(command);
}

export function agentText(process: ProcessInfo): string {
  return process.note !== '' ? process.note : (agentWords[process.agent] ?? process.agent);
}

export function processItems(processes: readonly ProcessInfo[]): ProcessItem[] {
  return processes
    .toSorted((a, b) => (order[a.agent] ?? 9) - (order[b.agent] ?? 9) || b.pid - a.pid)
    .map((process) => ({
      label: `${icons[process.agent] ?? '$(question)'} ${processName(process)}`,
      description: [
        `pid ${process.pid}`,
        `Python ${process.python}`,
        formatBytes(process.rss),
      ].join(' · '),
      detail: [process.command, agentText(process)].filter((part) => part !== '').join(' · '),
      process,
    }));
}

/** The process the terminal's program is or has started, once its agent answers. */
export function findLaunched(
  processes: readonly ProcessInfo[],
  terminalPid: number,
): ProcessInfo | undefined {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const descends = (process: ProcessInfo): boolean => {
    const seen = new Set<number>();
    for (let pid = process.pid; pid > 1 && !seen.has(pid); pid = byPid.get(pid)?.parentPid ?? 0) {
      seen.add(pid);
      if (pid === terminalPid || byPid.get(pid)?.parentPid === terminalPid) {
        return true;
      }
    }
    return false;
  };
  return processes
    .filter((process) => process.agent === 'loaded' && descends(process))
    .sort((a, b) => a.pid - b.pid)[0];
}
