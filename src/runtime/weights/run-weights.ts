/** Tensors that start as a finished run left them: `from run("pretrain")`. */
import { nearestName } from '../../compiler/common/suggest.ts';
import type { ParameterTensor, RunReference } from '../../compiler/program/parameter.ts';
import type { Program } from '../../compiler/program/program.ts';
import { sameShape, type Shape } from '../../compiler/types/dtype.ts';
import { readCheckpoint } from '../checkpoint.ts';
import { sha256, tensorDigest } from '../digest.ts';
import { readRunProgram, runPaths } from '../records/run-folder.ts';
import type { WeightsSource } from '../records/run-record.ts';
import { RunError } from '../run-error.ts';
import { findRun, shorter, type FoundRun, type RunPlace } from './find-run.ts';
import { startShape } from './inflate.ts';
import { initialiseParameters } from './initialise.ts';
import { readPictures } from './read-pictures.ts';

type OfRun = Extract<ParameterTensor['init'], { kind: 'run' }>;

interface Wanted {
  readonly name: string;
  readonly shape: Shape;
  readonly init: OfRun;
}

export interface RunWeights {
  /** By the name of the tensor in this experiment. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly sources: readonly WeightsSource[];
}

/**
 * What runs left of the tensors that start so: the parameters a run ended with, which are those its evaluation selected where one did, else
 * the last ones; what stayed frozen there is as it began. Throws RunError CX8207, CX8208 (no such run, not complete), CX8209 (parts or
 * tensors that do not fit, all of one run in one error).
 */
export async function readRunWeights(parameters: readonly ParameterTensor[], place: RunPlace): Promise<RunWeights> {
  const values = new Map<string, Float32Array>();
  const sources: WeightsSource[] = [];
  for (const [, wanted] of byRun(parameters)) {
    const [first] = wanted;
    if (first === undefined) continue;
    const found = findRun(first.init, place);
    const program = readRunProgram(found.folder);
    const fits = fittingTensors(wanted, program, found, place);
    const read = await tensorsOf(found, program, new Set(fits.values()), place);
    const digests: string[] = [];
    for (const { name } of wanted) {
      const there = fits.get(name) ?? '';
      const value = read.get(there);
      if (value === undefined) throw new RunError('world', 'CX8209', `the run ${found.folder} holds no \`${there}\``);
      values.set(name, value);
      digests.push(`${there} ${tensorDigest(value)}`);
    }
    sources.push(sourceOf(first.init, found, fits, wanted, sha256(digests.sort().join('\n')), place));
  }
  return { values, sources };
}

function byRun(parameters: readonly ParameterTensor[]): Map<string, Wanted[]> {
  const runs = new Map<string, Wanted[]>();
  for (const parameter of parameters) {
    const { name, init } = parameter;
    const shape = startShape(parameter);
    if (init.kind !== 'run') continue;
    const key = JSON.stringify([init.run, init.row, init.seed]);
    const wanted = runs.get(key) ?? [];
    runs.set(key, wanted);
    wanted.push({ name, shape, init });
  }
  return runs;
}

// ── which tensor of the run ──────────────────────────────────────────

/** The tensor of the run that each starts as. A part is the one that the file names, else the one called the same, else the only one that fits. */
function fittingTensors(
  wanted: readonly Wanted[],
  program: Program,
  found: FoundRun,
  place: RunPlace,
): ReadonlyMap<string, string> {
  const there = new Map(program.parameters.map(({ name, shape }) => [name, shape]));
  const fits = new Map<string, string>();
  const faults: string[] = [];
  for (const [held, group] of partsOf(wanted)) {
    const part = partInRun(held, group, there);
    if (typeof part !== 'string') {
      faults.push(part.fault);
      continue;
    }
    for (const { name, shape, init } of group) {
      const tensor = [part, init.tensor].filter((step) => step !== '').join('.');
      const foundShape = there.get(tensor);
      if (foundShape === undefined) faults.push(missing(tensor, there));
      else if (!sameShape(foundShape, shape)) faults.push(`\`${tensor}\` is [${foundShape.join(', ')}], expected [${shape.join(', ')}]`); // prettier-ignore
      fits.set(name, tensor);
    }
  }
  if (faults.length === 0) return fits;
  const more = faults.length > 12 ? `\n  and ${faults.length - 12} more` : '';
  throw new RunError('user', 'CX8209', `the run ${shorter(found.folder, place.projectRoot)} does not fit the experiment:\n  ${faults.slice(0, 12).join('\n  ')}${more}`, {
    help: `it has ${ownersOf(program.parameters.map(({ name }) => name)).map((owner) => `\`${owner}\``).join(', ')}; a part of it is named as \`run("${wanted[0]?.init.run ?? ''}").clip.image\``,
  }); // prettier-ignore
}

/** Tensors by what holds them in this experiment. */
function partsOf(wanted: readonly Wanted[]): Map<string, Wanted[]> {
  const parts = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const key = each.init.part === undefined ? each.init.place : `${each.init.place} ${each.init.part}`;
    const part = parts.get(key) ?? [];
    parts.set(key, part);
    part.push(each);
  }
  return parts;
}

function partInRun(
  held: string,
  group: readonly Wanted[],
  there: ReadonlyMap<string, Shape>,
): string | { readonly fault: string } {
  const [first] = group;
  const said = first?.init.part;
  const isPart = (path: string): boolean => [...there.keys()].some((name) => name.startsWith(`${path}.`));
  if (said !== undefined)
    return isPart(said) || there.has(said) ? said : { fault: `it has no part \`${said}\`, which \`${held.split(' ')[0] ?? ''}\` starts from` }; // prettier-ignore
  if (isPart(held)) return held;
  const fitting = (path: string): boolean =>
    group.every(({ shape, init }) => {
      const found = there.get(`${path}.${init.tensor}`);
      return found !== undefined && sameShape(found, shape);
    });
  const ending = `.${first?.init.tensor ?? ''}`;
  const candidates = [...there.keys()].filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)).filter(fitting); // prettier-ignore
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  const fault =
    only === undefined
      ? `it has no \`${held}\`, and no part of another name with its ${group.length} tensors`
      : `it has no \`${held}\`, and several parts that fit: ${candidates.map((each) => `\`${each}\``).join(', ')}`;
  return { fault };
}

function missing(tensor: string, there: ReadonlyMap<string, Shape>): string {
  const nearest = nearestName(tensor, there.keys());
  return `\`${tensor}\` is missing${nearest === undefined ? '' : ` (the nearest name is \`${nearest}\`)`}`;
}

const ownersOf = (names: readonly string[]): string[] => [...new Set(names.map((name) => name.split('.')[0] ?? name))];

// ── what the run left ────────────────────────────────────────────────

async function tensorsOf(
  { folder, record }: FoundRun,
  program: Program,
  names: ReadonlySet<string>,
  place: RunPlace,
): Promise<Map<string, Float32Array>> {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  if (checkpoint === undefined) throw new RunError('user', 'CX8208', `the run ${folder} has no checkpoint`);
  const apart = program.stages.find(
    ({ each, trainable }) => each === true && trainable.some((name) => names.has(name)),
  );
  if (apart !== undefined) {
    throw new RunError('user', 'CX8209', `the run ${folder} has parameters of each sample of \`${apart.data}\`, and no one set of them`, {
      help: `name the file of one sample: ${runPaths(folder).samples}`,
    }); // prettier-ignore
  }
  const values = new Map<string, Float32Array>();
  for (const name of names) {
    const value = checkpoint.parameters.get(name);
    if (value !== undefined) values.set(name, value);
  }
  const frozen = program.parameters.filter(({ name }) => names.has(name) && !values.has(name));
  if (frozen.length === 0) return values;
  // a tensor that starts from words needs the table they stand in
  const tables = new Set(frozen.flatMap(({ init }) => (init.kind === 'words' ? [init.table] : [])));
  const start = [...frozen, ...program.parameters.filter(({ name }) => tables.has(name) && !frozen.some((each) => each.name === name))]; // prettier-ignore
  const inner = { ...place, recorded: record.weights ?? [] };
  const { values: ofRuns } = await readRunWeights(start, inner);
  const given = new Map([...ofRuns, ...(await readPictures(start, place.projectRoot))]);
  const began = initialiseParameters(start, record.seed, place.projectRoot, program.tokenizers, given);
  for (const { name } of frozen) {
    const value = began.get(name) ?? new Float32Array();
    const digest = checkpoint.state.frozen[name];
    if (digest !== undefined && digest !== tensorDigest(value)) {
      throw new RunError('user', 'CX8209', `frozen \`${name}\` of the run ${folder} is no longer what it ran with`, {
        help: 'the weights that it read have changed since: bring them back, or run it again',
      });
    }
    values.set(name, value);
  }
  return values;
}

function sourceOf(
  { run }: RunReference,
  { folder, record }: FoundRun,
  fits: ReadonlyMap<string, string>,
  wanted: readonly Wanted[],
  digest: string,
  { projectRoot }: RunPlace,
): WeightsSource {
  const parts = wanted.map(({ name, init }) => {
    const inside = init.tensor === '' ? 0 : init.tensor.length + 1;
    const there = (fits.get(name) ?? '').slice(0, -inside || undefined);
    return there === init.place ? init.place : `${init.place} from ${there}`;
  });
  const { row, seed, digests } = record;
  return { run, folder: shorter(folder, projectRoot), row, seed, semantic: digests.semantic, parts: [...new Set(parts)], tensors: wanted.length, sha256: digest }; // prettier-ignore
}
