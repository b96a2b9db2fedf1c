/**
 * Assembles src/runtime/optimiser/kernels.wat into the committed kernels-wasm.ts, so that running clipx needs no assembler.
 * `node scripts/build-optimiser.mjs --check` fails when the committed file is not what the source gives.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import initialise from 'wabt';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'runtime', 'optimiser');
const wabt = await initialise();
const module = wabt.parseWat('kernels.wat', readFileSync(join(folder, 'kernels.wat'), 'utf8'), { simd: true });
module.validate();
const { buffer } = module.toBinary({});
module.destroy();

const lines = Buffer.from(buffer)
  .toString('base64')
  .match(/.{1,100}/g)
  .map((line) => `  '${line}',`);
const text = `/** Made from kernels.wat by scripts/build-optimiser.mjs: WebAssembly in base64. */
// prettier-ignore
export const kernelsBase64: string = [
${lines.join('\n')}
].join('');
`;
const target = join(folder, 'kernels-wasm.ts');
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/runtime/optimiser/kernels-wasm.ts is stale: run node scripts/build-optimiser.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
