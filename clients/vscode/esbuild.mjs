// Bundles the extension into dist/. `--watch` rebuilds on change, `--production` minifies.
import { context } from 'esbuild';

const production = process.argv.includes('--production');
const builds = [
  {
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
  },
  {
    entryPoints: ['src/panel/main.ts', 'src/panel/panel.css'],
    outdir: 'dist/panel',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  },
];

for (const build of builds) {
  const bundle = await context({
    ...build,
    bundle: true,
    minify: production,
    sourcemap: !production,
    logLevel: 'warning',
  });
  if (process.argv.includes('--watch')) {
    await bundle.watch();
  } else {
    await bundle.rebuild();
    await bundle.dispose();
  }
}
