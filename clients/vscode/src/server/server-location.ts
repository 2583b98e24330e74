/** Where the whyalive program is: the setting, else the one inside the extension, else PATH. */

export interface Surroundings {
  setting: string;
  extensionPath: string;
  searchPath: string;
  isExecutable: (path: string) => boolean;
}

export const buildItHere =
  'Build it on this system (./dev build) and name it in the setting whyalive.server.path.';

/** Why the program could not even be started. */
export function startProblem(program: string, error: Error, processor: string): string {
  return 'code' in error && error.code === 'ENOEXEC'
    ? `${program} did not start: it was built for another processor than ${processor}. ${buildItHere}`
    : `${program} did not start: ${error.message}`;
}

export type Located = { path: string } | { problem: string };

export function locateServer({
  setting,
  extensionPath,
  searchPath,
  isExecutable,
}: Surroundings): Located {
  if (setting !== '') {
    return isExecutable(setting)
      ? { path: setting }
      : { problem: `whyalive.server.path names no program that can be run: ${setting}` };
  }
  const bundled = `${extensionPath}/server/whyalive`;
  if (isExecutable(bundled)) {
    return { path: bundled };
  }
  for (const folder of searchPath.split(':')) {
    const path = `${folder}/whyalive`;
    if (folder.startsWith('/') && isExecutable(path)) {
      return { path };
    }
  }
  return {
    problem: 'The whyalive program is neither in this extension nor on PATH.',
  };
}
