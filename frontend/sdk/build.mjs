// Writes dist/: index.js (ES module) and cloudworks.js (script tag); with --tests, the unit tests for node.
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = dirname(fileURLToPath(import.meta.url));
const shared = { absWorkingDir: folder, bundle: true, charset: 'utf8', logLevel: 'warning' };
const forBrowsers = { ...shared, minify: true, target: 'es2020', sourcemap: true };

async function buildTests() {
  rmSync(join(folder, 'dist/tests'), { recursive: true, force: true });
  const entryPoints = readdirSync(join(folder, 'tests'))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => `tests/${name}`);
  await build({ ...shared, entryPoints, outdir: 'dist/tests', platform: 'node', format: 'esm' });
}

async function buildPackage() {
  await build({ ...forBrowsers, entryPoints: ['src/index.ts'], outfile: 'dist/index.js', format: 'esm' });
  await build({
    ...forBrowsers,
    entryPoints: ['src/script.ts'],
    outfile: 'dist/cloudworks.js',
    format: 'iife',
  });
}

await (process.argv.includes('--tests') ? buildTests() : buildPackage());
