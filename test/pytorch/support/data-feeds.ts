import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { ProgramFunction } from '../../../src/compiler/program/program-function.ts';
import { columnKey } from '../../../src/runtime/batch-source.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { columnsRead, randomTensor, type Tensors } from '../../../src/runtime/feeds.ts';
import { stream } from '../../../src/runtime/random.ts';
import { initialiseParameters } from '../../../src/runtime/weights/initialise.ts';
import { evaluationsOf, functions, scopeOf } from '../../conformance/shrunk-experiments.ts';
import { Random } from '../../support/random.ts';
import type { FeedsOf } from './compare-functions.ts';

/** No folder of that name: whatever reads a file fails. */
const nowhere = join(tmpdir(), 'clipx-no-such-folder');

/**
 * Feeds of a program on made-up samples: the first samples of a stage for its step, the whole set for an evaluation. Parameters are drawn as
 * declared, weights moved a little, for a start of zero hides what follows it. `lift` is added to biases: where a narrow tower is dead all
 * samples are one, and what is ranked is so by rounding.
 */
export async function dataFeeds(program: Program, lift = 0): Promise<FeedsOf> {
  const room = createDataRoom(program, { projectFolder: nowhere, seed: 1 });
  const roles = new Map(program.parameters.map(({ name, role }, at) => [name, { role, random: new Random(at + 1) }]));
  const parameters = new Map([...initialiseParameters(program.parameters, 1, nowhere, program.tokenizers)].map(([name, values]) => {
    const { role, random } = roles.get(name) ?? {};
    return [name, role === 'weight' ? values.map((value) => value + (random?.uniform(-0.1, 0.1) ?? 0) + (name.endsWith('.bias') ? lift : 0)) : values];
  })); // prettier-ignore
  const columns = new Map<string, Tensors>();
  for (const [scope, { data, count, drawn, own }] of scopesOf(program)) {
    const source = await room.open(data);
    const read = columnsRead(...own);
    if (read.length > 0) columns.set(scope, await source.batch(Array.from({ length: count }, (_, at) => at % source.count), read, drawn ? 0 : undefined)); // prettier-ignore
  }
  const tables = new Map<string, Awaited<ReturnType<typeof room.texts>>>();
  for (const { id } of program.texts) tables.set(id, await room.texts(id));

  return (fn, known) => {
    const scope = scopeOf(fn);
    const [stage = ''] = fn.id.split('/');
    const count = scopesOf(program).get(scope)?.count ?? 0;
    return Object.fromEntries(graphInputs(fn.graph).map(({ name, type }) => {
      const source = fn.inputs[name];
      const found = ((): Tensors[string] | undefined => {
        switch (source?.kind) {
          case 'parameter':
            return { dtype: 'f32', shape: type.shape, data: parameters.get(source.name) ?? new Float32Array() };
          case 'column':
            return columns.get(scope)?.[columnKey(source.column, source.part)];
          case 'texts':
            return tables.get(source.table)?.[source.part];
          case 'random': {
            // minibatches of an evaluation draw for each of its samples
            const perSample = fn.id.endsWith('/samples') && source.distribution.kind !== 'permutation' && type.shape[0] === minibatchOf(program, fn);
            return randomTensor(stream(1, source.stream), source.distribution, perSample ? [count, ...type.shape.slice(1)] : type.shape, 0);
          }
          case 'weight':
          case 'measure':
            return { dtype: 'f32', shape: [], data: Float32Array.of(0.7) };
          case 'constant':
          case 'feature':
          case 'sample':
            return known[`${scope} ${source.id}`] ?? known[`${stage} ${source.id}`];
          default:
            return undefined;
        }
      })();
      if (found === undefined) throw new Error(`${fn.id} has no ${name}`);
      return [name, found];
    }));
  }; // prettier-ignore
}

interface Scope {
  readonly data: string;
  readonly count: number;
  /** As in training. */
  readonly drawn: boolean;
  readonly own: readonly ProgramFunction[];
}

/** By `main`, and `main/test`. */
function scopesOf(program: Program): ReadonlyMap<string, Scope> {
  const own = (scope: string): ProgramFunction[] => functions(program).filter((fn) => scopeOf(fn) === scope);
  return new Map(
    program.stages.flatMap((stage): (readonly [string, Scope])[] => {
      const { name, data, batch } = stage;
      return [
        ...(data === undefined ? [] : [[name, { data, count: batch, drawn: true, own: own(name) }] as const]),
        ...evaluationsOf(stage).map((each) => [`${name}/${each.name}`, { data: each.data, count: each.count, drawn: false, own: own(`${name}/${each.name}`) }] as const), // prettier-ignore
      ];
    }),
  );
}

const minibatchOf = ({ stages }: Program, { id }: ProgramFunction): number | undefined =>
  stages.flatMap(evaluationsOf).find(({ samples }) => samples?.id === id)?.batch;
