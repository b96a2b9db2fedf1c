/**
 * The first value of every parameter. Each tensor has a stream of its own, `init:<name>`, so adding a module changes nobody else's start.
 */
import { elementCount } from '../../compiler/types/dtype.ts';
import type { Shape } from '../../compiler/types/dtype.ts';
import { invariant, unreachable } from '../../compiler/common/invariant.ts';
import { evaluateGraph } from '../../compiler/ir/evaluate.ts';
import { graphInputs } from '../../compiler/ir/graph.ts';
import type { Initialisation, ParameterTensor } from '../../compiler/program/parameter.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { TokenizerSpec } from '../../compiler/program/tokenizer.ts';
import { openTokenizer } from '../data/open-tokenizer.ts';
import { randomTensor } from '../feeds.ts';
import { weightsPath } from '../hub/project-file.ts';
import { stream } from '../random.ts';
import { RunError } from '../run-error.ts';
import { Checkpoint, type WantedTensor } from './checkpoint.ts';
import { inflated, startShape } from './inflate.ts';
import { openWeights } from './formats/open-weights.ts';

/**
 * Values of all parameters by name. `projectRoot` is where relative weight paths start; `given` has what starts as a run left it
 * (`readRunWeights`) or from a picture (`readPictures`); `draw` names further draws of every stream, as `#1` of a restart;
 * `encoders`: those of the program, so that a file with more than an encoder has is told. Throws RunError: CX8201, CX8202, CX8203, CX8204 (one error naming every tensor at fault of a file).
 */
export function initialiseParameters(
  parameters: readonly ParameterTensor[],
  seed: number,
  projectRoot: string,
  tokenizers: readonly TokenizerSpec[] = [],
  given: ReadonlyMap<string, Float32Array> = new Map(),
  draw = '',
  encoders: Program['encoders'] = [],
): Map<string, Float32Array> {
  const files = openCheckpoints(parameters, projectRoot, encoders);
  try {
    const values = new Map<string, Float32Array>();
    for (const parameter of parameters) {
      const { init, name } = parameter;
      const shape = startShape(parameter);
      const left = init.kind === 'run' || init.kind === 'image' ? given.get(name) : undefined;
      if (left !== undefined) {
        values.set(name, left.slice());
        continue;
      }
      const file = init.kind === 'file' ? files.get(init.path) : undefined;
      // in table order, those of words too, whose tensors are put in when their tables are there
      const isLater = init.kind === 'words';
      values.set(name, isLater ? none : file === undefined ? drawInitial(init, name, shape, seed, draw) : file.read(fileStart(parameter).tensor, wantedTensor(parameter))); // prettier-ignore
    }
    for (const parameter of parameters)
      if (parameter.init.kind === 'words')
        values.set(parameter.name, fromWords(parameter, parameter.init, values, tokenizers, projectRoot));
    for (const parameter of parameters)
      if (parameter.inflate !== undefined)
        values.set(parameter.name, inflated(parameter, values.get(parameter.name) ?? none));
    return values;
  } finally {
    for (const file of files.values()) file.close();
  }
}

const none = new Float32Array(0);

/** The rows that a token table has for the tokens of a text. Throws CX8206 where there are not as many as the parameter holds. */
function fromWords(
  { name, shape }: ParameterTensor,
  init: Extract<Initialisation, { kind: 'words' }>,
  values: ReadonlyMap<string, Float32Array>,
  tokenizers: readonly TokenizerSpec[],
  projectRoot: string,
): Float32Array {
  const spec = tokenizers.find(({ id }) => id === init.tokenizer);
  const table = values.get(init.table);
  invariant(spec && table, `${name} starts from words of ${init.tokenizer}`);
  const pieces = openTokenizer(spec, projectRoot).pieces(init.text);
  const [length = 1, width = 1] = shape;
  if (pieces.length !== length) {
    throw new RunError('user', 'CX8206', `"${init.text}" has ${pieces.length} tokens, and \`${name}\` has ${length} vectors`, {
      help: `give it ${pieces.length}, or take other words`,
    }); // prettier-ignore
  }
  const rows = new Float32Array(length * width);
  for (const [at, id] of pieces.entries()) rows.set(table.subarray(id * width, (id + 1) * width), at * width);
  return rows;
}

/** Values of one tensor whose start is not in a file. */
export function drawInitial(init: Initialisation, name: string, shape: Shape, seed: number, draw = ''): Float32Array {
  const values = new Float32Array(elementCount(shape));
  switch (init.kind) {
    case 'constant':
      return values.fill(init.value);
    case 'normal': {
      stream(seed, `init:${init.stream ?? name}${draw}`).fillNormal(values);
      for (let index = 0; index < values.length; index++)
        values[index] = init.mean + init.deviation * (values[index] ?? 0);
      return values;
    }
    case 'uniform': {
      stream(seed, `init:${init.stream ?? name}${draw}`).fillUniform(values);
      const width = init.high - init.low;
      for (let index = 0; index < values.length; index++) values[index] = init.low + width * (values[index] ?? 0);
      return values;
    }
    case 'words':
      throw new RunError('internal', 'CX8299', `${name} starts from words, which need their table`);
    case 'values':
      if (init.values.length !== values.length) {
        throw new RunError(
          'internal',
          'CX8299',
          `${name} starts from ${init.values.length} values and has ${values.length}`,
        );
      }
      values.set(init.values);
      if (init.shuffled === true) {
        const order = stream(seed, `init:${name}${draw}`).permutation(values.length, 0);
        order.forEach((from, to) => (values[to] = init.values[from] ?? 0));
      }
      return values;
    case 'formula':
      values.set(startOfFormula(init, seed, draw));
      return values;
    case 'sample':
      // known for each sample apart: until the first one begins it is nothing
      return values;
    case 'image':
      throw new RunError('internal', 'CX8299', `${name} starts from a picture, which was not read`);
    case 'file':
      throw new RunError('internal', 'CX8299', `${name} starts from a file`);
    case 'run':
      throw new RunError('internal', 'CX8299', `${name} starts from a run, which was not read`);
    default:
      return unreachable(init);
  }
}

/** A formula with draws, worked out by the reference: the same on every engine. */
function startOfFormula(
  { graph, inputs }: Extract<Initialisation, { kind: 'formula' }>,
  seed: number,
  draw: string,
): Float32Array {
  const feeds = graphInputs(graph).map(({ name, type }) => {
    const source = inputs[name];
    invariant(source?.kind === 'random', `a start reads ${name}, which is no draw`);
    return [name, randomTensor(stream(seed, `${source.stream}${draw}`), source.distribution, type.shape, 0)] as const;
  });
  const { start } = evaluateGraph(graph, Object.fromEntries(feeds));
  invariant(start, 'a formula without its result');
  return Float32Array.from(start.data);
}

/** The files that tensors start in, by path, each checked as a whole. */
function openCheckpoints(
  parameters: readonly ParameterTensor[],
  projectRoot: string,
  encoders: Program['encoders'],
): Map<string, Checkpoint> {
  const files = new Map<string, Checkpoint>();
  try {
    for (const [path, started] of startedIn(parameters)) {
      const checkpoint = new Checkpoint(openWeights(weightsPath(projectRoot, path)));
      files.set(path, checkpoint);
      const wanted = new Map(started.map((parameter) => [fileStart(parameter).tensor, wantedTensor(parameter)]));
      const owners = new Set(started.map(({ owner }) => owner));
      const whole = encoders.filter(({ name }) => owners.has(name));
      // a part of a module takes what it needs
      checkpoint.expect(wanted, whole.length < owners.size ? [] : whole.map(({ config }) => config));
    }
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
  return files;
}

function startedIn(parameters: readonly ParameterTensor[]): Map<string, ParameterTensor[]> {
  const started = new Map<string, ParameterTensor[]>();
  for (const parameter of parameters)
    if (parameter.init.kind === 'file')
      started.set(parameter.init.path, [...(started.get(parameter.init.path) ?? []), parameter]);
  return started;
}

function fileStart({ init }: ParameterTensor): Extract<Initialisation, { kind: 'file' }> {
  invariant(init.kind === 'file', 'a tensor of a file');
  return init;
}

function wantedTensor(parameter: ParameterTensor): WantedTensor {
  const { positions } = fileStart(parameter);
  return { shape: startShape(parameter), ...(positions === undefined ? {} : { positions }) };
}
