/**
 * Assembles the kernels in WebAssembly into the committed files beside them, so that running clipx needs no assembler.
 * `node scripts/build-kernels.mjs --check` fails when a committed file is not what its source gives.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import initialise from 'wabt';

const runtime = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'runtime');
const wabt = await initialise();
for (const source of ['optimiser/kernels', 'data/image/resample-kernels']) {
  const name = source.split('/').at(-1);
  const module = wabt.parseWat(`${name}.wat`, readFileSync(join(runtime, `${source}.wat`), 'utf8'), { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();

  const lines = Buffer.from(buffer)
    .toString('base64')
    .match(/.{1,100}/g)
    .map((line) => `  '${line}',`);
  const text = `/** Made from ${name}.wat by scripts/build-kernels.mjs: WebAssembly in base64. */
// prettier-ignore
export const kernelsBase64: string = [
${lines.join('\n')}
].join('');
`;
  const target = join(runtime, `${source}-wasm.ts`);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`src/runtime/${source}-wasm.ts is stale: run node scripts/build-kernels.mjs`);
    process.exitCode = 1;
  }
}
