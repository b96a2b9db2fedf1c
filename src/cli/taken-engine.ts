import { availableParallelism } from 'node:os';
import type { EngineName } from '../runtime/backends/engine-folder.ts';
import { probeEngines } from '../runtime/backends/select-engine.ts';
import { backendOf, type EngineRow } from '../runtime/engines/list-engines.ts';
import type { Settings } from './settings.ts';

/**
 * The installed engine that a run with these settings would take; undefined where it would take one that `clipx engine` did not
 * install. Of the two TensorFlows the one with a GPU comes first.
 */
export async function takenEngine(settings: Settings, rows: readonly EngineRow[]): Promise<EngineName | undefined> {
  const report = await probeEngines(settings.backend, { threads: settings.threads || availableParallelism() });
  const backend = report.find(({ taken }) => taken)?.name;
  const order: readonly EngineName[] = ['tfjs-gpu', 'tfjs', 'onnxruntime'];
  return order.find((engine) => backendOf(engine) === backend && rows.some((it) => it.engine === engine && it.works));
}
