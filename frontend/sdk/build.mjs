// Writes dist/: index.js (ES module) and cloudworks.js (script tag); with --tests, the unit tests for node.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';

const folder = dirname(fileURLToPath(import.meta.url));
const shared = { absWorkingDir: folder, bundle: true, charset: 'utf8', logLevel: 'warning' };

// Names of properties that never leave the page: not those of options, of the wire or of what is stored.
const INTERNAL = [
  ...['read', 'write', 'remove', 'names', 'persist', 'wipe'], // store
  ...['holds', 'put', 'waiting', 'giveUp', 'add', 'take'], // queue, drops
  ...['current', 'isNew', 'enter', 'isFollowing', 'refreshTitle', 'sessionHint', 'stop', 'restart'],
  ...['leave', 'reconnect', 'own', 'open', 'onSeal', 'intervalMs', 'tail', 'head', 'store', 'queue'],
  ...['rejectedCount', 'retryAfter'],
];
const SHORTER = {
  ecma: 2020,
  module: true,
  compress: { ecma: 2020, passes: 3, inline: 1, unsafe_arrows: true, pure_getters: true },
  mangle: { properties: { builtins: true, regex: new RegExp(`^(${INTERNAL.join('|')})$`) } },
};

async function buildTests() {
  rmSync(join(folder, 'dist/tests'), { recursive: true, force: true });
  const entryPoints = readdirSync(join(folder, 'tests'))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => `tests/${name}`);
  await build({ ...shared, entryPoints, outdir: 'dist/tests', platform: 'node', format: 'esm' });
}

/** esbuild makes one file of the sources; terser makes it shorter by a tenth than esbuild would. */
async function buildPackage(entryPoint, name, format) {
  const outfile = join(folder, 'dist', name);
  const bundled = await build({
    ...shared,
    entryPoints: [entryPoint],
    outfile,
    format,
    target: 'es2021',
    sourcemap: 'external',
    write: false,
  });
  const [map, { text }] = bundled.outputFiles;
  const sourceMap = { content: map.text, filename: name, url: `${name}.map` };
  const short = await minify(text, { ...SHORTER, sourceMap });
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, short.code);
  writeFileSync(`${outfile}.map`, short.map);
}

if (process.argv.includes('--tests')) await buildTests();
else {
  await buildPackage('src/index.ts', 'index.js', 'esm');
  await buildPackage('src/script.ts', 'cloudworks.js', 'iife');
}
