// Writes dist/site, the shop as Amplify Hosting serves it, and dist/storefront.zip, the same in one file; with
// --tests, the unit tests for node. config.json is not in it: whoever publishes it adds the estate's addresses.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const folder = dirname(fileURLToPath(import.meta.url));
const site = join(folder, 'dist/site');
// the package as it is published; types are those of its source (tsconfig.json). Built by `npm run build`
const SDK = join(folder, '../sdk/dist/index.js');
const LICENCES = { Preact: 'preact/LICENSE', oauth4webapi: 'oauth4webapi/LICENSE.md' };
// one instant for every file, so that the same site is the same zip, byte for byte
const ZIPPED_AT = new Date(1980, 0, 1);
const shared = { absWorkingDir: folder, bundle: true, charset: 'utf8', logLevel: 'warning' };

async function buildTests() {
  rmSync(join(folder, 'dist/tests'), { recursive: true, force: true });
  const entryPoints = readdirSync(join(folder, 'tests'))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => `tests/${name}`);
  await build({ ...shared, entryPoints, outdir: 'dist/tests', platform: 'node', format: 'esm' });
}

/**
 * Returns the address of each built file by its source, such as src/main.tsx: they are named by their content.
 * `parts` are those of the program that it can't begin without: browsers are told of them at once.
 */
async function buildAssets() {
  const done = await build({
    ...shared,
    entryPoints: ['src/main.tsx', 'src/style.css'],
    outdir: 'dist/site',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    format: 'esm',
    splitting: true,
    minify: true,
    target: 'es2022',
    alias: { '@cloudworks/sdk': SDK },
    metafile: true,
  });
  const addressOf = path => `/${relative('dist/site', path)}`;
  const built = Object.entries(done.metafile.outputs).filter(([, output]) => output.entryPoint);
  const [, program] = built.find(([, output]) => output.entryPoint === 'src/main.tsx');
  return {
    addresses: new Map(built.map(([path, output]) => [output.entryPoint, addressOf(path)])),
    parts: program.imports.filter(part => part.kind === 'import-statement').map(part => addressOf(part.path)),
  };
}

/** Every address that is a page of the shop shows the same file, and finds out in the browser which it is. */
function writePages({ addresses, parts }) {
  const text = readFileSync(join(folder, 'static/index.html'), 'utf8');
  const preloads = parts.map(part => `    <link rel="modulepreload" href="${part}">\n`).join('');
  const page = text.replace('    {{parts}}\n', preloads).replace(/\{\{(.+?)\}\}/g, (_, source) => {
    if (!addresses.has(source)) throw new Error(`static/index.html names ${source}, which is not built`);
    return addresses.get(source);
  });
  for (const name of ['index.html', '404.html']) writeFileSync(join(site, name), page);
}

function writeOthers() {
  for (const name of ['favicon.svg', 'robots.txt']) {
    writeFileSync(join(site, name), readFileSync(join(folder, 'static', name)));
  }
  const licences = Object.entries(LICENCES).map(([name, file]) => {
    const text = readFileSync(join(folder, '../node_modules', file), 'utf8');
    return `This shop holds ${name}:\n\n${text}`;
  });
  writeFileSync(join(site, 'licences.txt'), licences.join('\n\n'));
}

function zipSite() {
  const names = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(site, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
  const files = Object.fromEntries(names.map(name => [name, readFileSync(join(site, name))]));
  writeFileSync(join(folder, 'dist/storefront.zip'), zipSync(files, { level: 9, mtime: ZIPPED_AT }));
}

async function buildSite() {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  writePages(await buildAssets());
  writeOthers();
  zipSite();
}

await (process.argv.includes('--tests') ? buildTests() : buildSite());
