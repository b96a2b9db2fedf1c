// Bundles the command line into dist/: one small entry, and a chunk for each heavy part that only the commands that need it load.
import { build } from 'esbuild';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Output name → source. The workers are entries of their own, because a thread starts from a file. */
const entries = {
  main: 'src/cli/main.ts',
  worker: 'src/runtime/worker.ts',
  'face-worker': 'src/runtime/data/faces/face-worker.ts',
};

const present = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path))));

rmSync(join(root, 'dist'), { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: present,
  outdir: 'dist',
  // Flat: a chunk finds the workers beside itself.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  jsx: 'automatic',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Native code, WebAssembly beside the code, and what is installed by `clipx engine install`.
  external: [
    'sharp',
    'onnxruntime-node',
    'onnxruntime-web',
    'onnxruntime-common',
    '@tensorflow/*',
    'react-devtools-core',
  ],
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
  },
  // Bundled CommonJS packages ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as createClipxRequire } from 'node:module'; const require = createClipxRequire(import.meta.url);",
  },
});

if (process.argv.includes('--sizes')) {
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    process.stdout.write(`${(output.bytes / 1024).toFixed(0).padStart(7)} KiB  ${path}\n`);
  }
}
