// Makes whyalive-VERSION.vsix in the build folder: the bundled extension with the server and the agents
// of that build inside. Staged in a folder of its own, so that nothing else can slip in.
//   --without-server FILE   makes FILE, without server and agents (the setting or PATH then says where)
// WHYALIVE_BUILD_DIR: the build folder (default: build/ of the repository).
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const repository = path.dirname(path.dirname(extension));
const build = path.resolve(process.env.WHYALIVE_BUILD_DIR ?? path.join(repository, 'build'));
const [option, otherFile] = process.argv.slice(2);
const withServer = option !== '--without-server';
const stage = path.join(build, withServer ? 'vsix' : 'vsix-without-server');

function run(program, ...args) {
  execFileSync(program, args, { cwd: extension, stdio: ['ignore', 'inherit', 'inherit'] });
}

function copyServer() {
  const server = path.join(build, 'whyalive');
  if (!existsSync(server)) {
    console.error(`package: ${server} is missing: build it first (./dev build)`);
    process.exit(1);
  }
  mkdirSync(path.join(stage, 'server'), { recursive: true });
  cpSync(server, path.join(stage, 'server', 'whyalive'));
  // Where the server looks for the agents: beside itself, as in the build folder.
  const agents = path.join('agent', 'python');
  cpSync(path.join(build, agents), path.join(stage, 'server', agents), {
    recursive: true,
    filter: (source) => !source.includes('__pycache__'),
  });
}

function writeManifest() {
  const manifest = JSON.parse(readFileSync(path.join(extension, 'package.json'), 'utf8'));
  for (const key of ['private', 'scripts', 'dependencies', 'devDependencies']) {
    delete manifest[key];
  }
  manifest.files = ['dist/**', 'media/**', 'LICENSE', 'README.md', 'CHANGELOG.md'];
  if (withServer) {
    manifest.files.push('server/**');
  }
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
  return manifest;
}

rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
run(process.execPath, 'esbuild.mjs', '--production');
for (const name of ['dist', 'media', 'README.md']) {
  cpSync(path.join(extension, name), path.join(stage, name), {
    recursive: true,
    filter: (source) => !source.endsWith('.map'),
  });
}
for (const name of ['LICENSE', 'CHANGELOG.md']) {
  cpSync(path.join(repository, name), path.join(stage, name));
}
if (withServer) {
  copyServer();
}
const { name, version } = writeManifest();
const file = path.resolve(otherFile ?? path.join(build, `${name}-${version}.vsix`));
execFileSync(
  process.execPath,
  [
    path.join(extension, 'node_modules', '@vscode', 'vsce', 'vsce'),
    'package',
    '--allow-missing-repository',
    '--no-dependencies',
    '--out',
    file,
  ],
  { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] },
);
console.log(`package: ${path.relative(process.cwd(), file)}`);
