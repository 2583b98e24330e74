/** Where the whyalive program is: the setting, else the one inside the extension, else PATH. */

export interface Surroundings {
  setting: string;
  extensionPath: string;
  searchPath: string;
  isExecutable: (path: string) => boolean;
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
