import process from 'node:process';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { selectEngine } from '../../src/runtime/backends/select-engine.ts';

/**
 * `CLIPX_REQUIRE_ENGINES=tensorflow,onnxruntime-node` names the engines that must be there: tests that would be skipped without one fail
 * instead. `.ci/run` sets it once an engine is installed, so that an engine that no longer opens is not taken for one that was never added.
 */
export function isEngineRequired(engine: BackendName): boolean {
  return (process.env['CLIPX_REQUIRE_ENGINES'] ?? '').split(',').includes(engine);
}

/** Whether an engine opens on this machine. Throws where it does not and has to. */
export async function isEngineHere(backend: BackendName): Promise<boolean> {
  try {
    const { engine } = await selectEngine(backend, { threads: 1 });
    await engine.dispose();
    return true;
  } catch (error) {
    if (isEngineRequired(backend)) throw error;
    return false;
  }
}
