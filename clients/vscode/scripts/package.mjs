// Makes whyalive-VERSION.vsix in the build folder: the bundled extension with the server and the agents
// of that build inside. Staged in a folder of its own, so that nothing else can slip in.
//   --without-server FILE   makes FILE, without server and agents (the setting or PATH then says where)
// WHYALIVE_BUILD_DIR: the build folder (default: build/ of the repository).
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

/** Shared libraries that this file needs, by the name under which it asks for them. */
function librariesOf(file) {
  const lines = execFileSync('ldd', [file], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, name, found] = /^\s*(\S+) => (\/\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, found }];
  });
}

/** Every system has these, and they belong together: they are never brought along. */
const ofTheSystem = /^(lib(c|m|dl|rt|pthread|resolv)\.so|ld-linux)/;

/**
 * The server's libraries go into server/lib, where it looks first, with those Graphviz plugins that draw what
 * the panel shows and exports. So the package needs nothing but a C library as new as the one it was built on.
 */
function copyLibraries() {
  const server = path.join(stage, 'server', 'whyalive');
  const own = librariesOf(server);
  const graphviz = path.dirname(own.find(({ name }) => name.startsWith('libgvc.so')).found);
  const from = path.join(graphviz, 'graphviz');
  const lib = path.join(stage, 'server', 'lib');
  mkdirSync(path.join(lib, 'graphviz'), { recursive: true });
  const wanted = ['core', 'dot_layout', 'pango'].map(
    (name) => new RegExp(`^libgvplugin_${name}\\.so\\.\\d+$`),
  );
  const plugins = readdirSync(from).filter((name) => wanted.some((pattern) => pattern.test(name)));
  for (const plugin of plugins) {
    copyFileSync(path.join(from, plugin), path.join(lib, 'graphviz', plugin));
  }
  for (const file of readdirSync(from).filter((name) => /^config\d+\w*$/.test(name))) {
    writeFileSync(path.join(lib, 'graphviz', file), configOf(path.join(from, file), plugins));
  }
  const needed = [own, ...plugins.map((plugin) => librariesOf(path.join(from, plugin)))].flat();
  for (const { name, found } of needed) {
    if (!ofTheSystem.test(name)) {
      copyFileSync(found, path.join(lib, name)); // follows links
    }
  }
}

/** Graphviz's list of plugins, with those that come along. */
function configOf(file, plugins) {
  const blocks = readFileSync(file, 'utf8').split(/^(?=libgvplugin)/m);
  return blocks.filter((block) => plugins.includes(block.split(' ')[0])).join('');
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
  copyLibraries();
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
    // With the server inside it is for this processor only, which the editor checks when it is installed.
    ...(withServer ? ['--target', `linux-${process.arch}`] : []),
    '--out',
    file,
  ],
  { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] },
);
console.log(`package: ${path.relative(process.cwd(), file)}`);
