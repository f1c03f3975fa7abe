// Bundles each adapter with its tracker, as a shop would; says the sizes of what a page must load for it.
//   node build.mjs FRONTEND PEERS OUT NAME…     FRONTEND has esbuild and the built SDK, PEERS has node_modules
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const [frontend, peers, out, ...names] = process.argv.slice(2);
const { build } = createRequire(join(frontend, 'package.json'))('esbuild');
const adapters = join(dirname(fileURLToPath(import.meta.url)), 'adapters');

/** Returns the file and all that it imports when it is loaded; what is imported later is not paid at once. */
function loadedWith(file, outputs) {
  const imports = outputs[file].imports.filter(one => one.kind === 'import-statement');
  return new Set([file, ...imports.flatMap(one => [...loadedWith(one.path, outputs)])]);
}

async function bundled(name) {
  const { metafile } = await build({
    absWorkingDir: out,
    entryPoints: [join(adapters, `${name}.js`)],
    outdir: join(out, name),
    nodePaths: [join(peers, 'node_modules')],
    define: { global: 'window', 'process.env.NODE_ENV': '"production"' },
    ...{ bundle: true, minify: true, splitting: true, metafile: true },
    ...{ format: 'esm', target: 'es2021', logLevel: 'error' },
  });
  const entry = relative(out, join(out, name, `${name}.js`));
  return [...loadedWith(entry, metafile.outputs)].map(file => join(out, file));
}

const sizes = {};
for (const name of names) {
  const built = await bundled(name);
  const files = name === 'cloudworks' ? [join(frontend, 'sdk/dist/cloudworks.js')] : built;
  const texts = files.map(file => readFileSync(file));
  const total = compressed => texts.reduce((sum, text) => sum + compressed(text).length, 0);
  sizes[name] = {
    gzip_bytes: total(text => gzipSync(text, { level: 9 })),
    brotli_bytes: total(text => brotliCompressSync(text)),
  };
}
console.log(JSON.stringify(sizes));
