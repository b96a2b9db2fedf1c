/** Values over whole data sets (`e on d`): gone through in minibatches once, and kept by the content of all that decides them. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../compiler/common/invariant.ts';
import type { ProgramFunction } from '../compiler/program/program-function.ts';
import type { TensorValue } from './backends/backend.ts';
import { graphDigest, sha256, tensorDigest } from './digest.ts';
import { constantsById, gather, type GatherRequest } from './evaluator.ts';
import { columnsRead, type Tensors } from './feeds.ts';
import { RunError } from './run-error.ts';
import { readSafetensors, writeSafetensors } from './weights/safetensors.ts';

/** Where values are kept whose parameters do not change. */
export interface KeptValues {
  readonly folder: string;
  /** sha256 of each parameter that the stage does not change. */
  readonly digests: ReadonlyMap<string, string>;
  readonly warn: (message: string) => void;
}

/** The values by id, `[…, samples of the set, …]`. Without `kept` they are worked out in any case. Throws as an evaluation does. */
export async function dataValues(request: GatherRequest, kept: KeptValues | undefined): Promise<Tensors> {
  const { evaluation } = request;
  const path = kept === undefined ? undefined : join(kept.folder, `${await keyOf(request, kept.digests)}.safetensors`);
  const found = path === undefined ? undefined : read(path, evaluation.metrics);
  if (found !== undefined) return found;
  const gathered = await gather(request);
  const { session, feeder, weights } = request;
  const results = await session.call(evaluation.metrics.id, await feeder.feeds(evaluation.metrics, { ...gathered, weights })); // prettier-ignore
  const values = constantsById(evaluation.metrics.outputs, results);
  checkFinite(evaluation.name, values);
  if (path !== undefined && kept !== undefined) {
    try {
      mkdirSync(kept.folder, { recursive: true });
      writeSafetensors(path, new Map(Object.entries(values).map(([id, { shape, data }]) => [id, { shape, data }])));
    } catch (error) {
      // a cache that can not be written is none
      kept.warn(`${evaluation.name} could not be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return values;
}

async function keyOf(
  { evaluation, session, source, constants, feeder }: GatherRequest,
  digests: ReadonlyMap<string, string>,
): Promise<string> {
  const functions = [evaluation.constants, evaluation.samples, evaluation.metrics].filter((fn) => fn !== undefined);
  const contents: string[] = [];
  for (let index = 0; index < source.count; index++)
    contents.push(await source.contentKey(index, columnsRead(...functions)));
  const inputs: unknown[] = [];
  for (const fn of functions) {
    const texts = { ...fn, inputs: fn.inputs, graph: { ...fn.graph, nodes: fn.graph.nodes.filter((node) => node.op === 'input' && fn.inputs[node.attributes.name]?.kind === 'texts') } }; // prettier-ignore
    const fed = await feeder.feeds(texts, {});
    for (const [name, input] of Object.entries(fn.inputs).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const value = input.kind === 'parameter' ? digests.get(input.name) : digestOf(input.kind === 'constant' ? constants[input.id] : fed[name]); // prettier-ignore
      inputs.push([name, input, value]);
    }
  }
  const { name, version, device } = session.info;
  return sha256(JSON.stringify([functions.map(({ graph }) => graphDigest(graph)), inputs, contents, name, version, device])).slice(0, 32); // prettier-ignore
}

const digestOf = (value: TensorValue | undefined): string | undefined =>
  value === undefined ? undefined : tensorDigest(value.data);

function read(path: string, { graph, outputs }: ProgramFunction): Tensors | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const stored = readSafetensors(path);
    return Object.fromEntries(
      graph.outputs.map(({ name, node }): [string, TensorValue] => {
        const source = outputs[name];
        const type = graph.nodes[node]?.type;
        const id = source?.kind === 'constant' ? source.id : name;
        const tensor = stored.get(id);
        invariant(tensor !== undefined && type !== undefined && tensor.shape.join() === type.shape.join(), id);
        return [id, { dtype: type.dtype, shape: type.shape, data: tensor.data }];
      }),
    );
  } catch {
    // what can not be read is worked out again
    return undefined;
  }
}

function checkFinite(name: string, values: Tensors): void {
  for (const [id, { dtype, data }] of Object.entries(values)) {
    if (dtype !== 'f32' || data.every(Number.isFinite)) continue;
    throw new RunError('numerical', 'CX8223', `${name}: \`${id}\` is not finite`, {
      help: 'look for a division, a logarithm or a root of zero in its formula',
    });
  }
}
