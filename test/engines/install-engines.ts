/** Before all engine tests: TensorFlow is there, or nothing is tested. A test that finds none after that fails. */
import process from 'node:process';
import { installEngine } from '../../src/runtime/engines/install-engine.ts';
import { listEngines } from '../../src/runtime/engines/list-engines.ts';

export async function setup(): Promise<void> {
  const required = ['onnxruntime-node'];
  if (process.platform === 'linux' && process.arch === 'x64') {
    const known = (await listEngines()).find(({ engine }) => engine === 'tfjs');
    if (known?.works !== true) await installEngine('tfjs');
    required.push('tensorflow');
  }
  process.env['CLIPX_REQUIRE_ENGINES'] = required.join(',');
}
