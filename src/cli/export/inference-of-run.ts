/** The inference graph of a run, with the weights that the run ended with. */
import type { Inference } from '../../compiler/assemble/inference.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import { graphInputs } from '../../compiler/ir/graph.ts';
import type { Column } from '../../compiler/program/column.ts';
import type { ParameterTensor } from '../../compiler/program/parameter.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import type { OnnxInitializer, OnnxModel, OnnxValueInfo } from '../../compiler/lower/targets/onnx/onnx-proto.ts';
import type { TensorValue } from '../../runtime/backends/backend.ts';
import { columnKey } from '../../runtime/batch-source.ts';
import { createFeeder } from '../../runtime/feeds.ts';
import { readRun, readRunProgram, runPaths, type ReadRun } from '../../runtime/records/run-folder.ts';
import { readRunWeights } from '../../runtime/weights/run-weights.ts';
import type { CommandContext } from '../context.ts';
import { experimentOf, projectHost } from '../experiment.ts';
import { CommandError } from '../failure.ts';
import { factsOf } from '../recorded-experiment.ts';
import { inProject } from '../run-experiment.ts';
import type { Project } from '../settings.ts';

export interface ExportChoice {
  /** The last that measures something where absent. */
  readonly stage?: string | undefined;
  /** Values of the file; what its metrics read where there are none. */
  readonly outputs: readonly string[];
  /** The file that was run, where what it uses lies beside it. */
  readonly file?: string | undefined;
}

/** An input as a caller feeds it. */
export interface ExportedInput extends OnnxValueInfo {
  readonly column: Column;
}

export interface ExportedInference {
  readonly run: ReadRun;
  readonly program: Program;
  readonly inference: Inference;
  /** Without tensors of weights among its initialisers: those are `tensors`, by the same names. */
  readonly model: OnnxModel;
  readonly inputs: readonly ExportedInput[];
  readonly tensors: ReadonlyMap<string, TensorValue>;
  /** Of `tensors`, those that are parameters; the others were worked out of parameters. */
  readonly parameters: readonly ParameterTensor[];
  /** All parameters that it is made of, those behind constants too. */
  readonly read: readonly ParameterTensor[];
}

/** Throws CommandError where the run is of another program than its text now is, or nothing in it can be computed sample by sample. */
export async function inferenceOfRun(
  folder: string,
  choice: ExportChoice,
  project: Project,
  context: CommandContext,
): Promise<ExportedInference> {
  const run = await readRun(folder);
  const program = readRunProgram(folder);
  const inference = await assembled(folder, program, choice, project, context);
  const [{ fn }] = inference.sizes as [Inference['sizes'][number]];
  const read = [fn, ...(inference.constants === undefined ? [] : [inference.constants])];
  const names = new Set(read.flatMap((each) => Object.values(each.inputs).flatMap((source) => (source.kind === 'parameter' ? [source.name] : [])))); // prettier-ignore
  const parameters = program.parameters.filter(({ name }) => names.has(name));
  const values = await weightsOf(folder, parameters, project);
  const constants = await constantsOf(inference, program, values, project);
  const tensors = new Map<string, TensorValue>();
  for (const [name, source] of Object.entries(fn.inputs)) {
    const value = source.kind === 'parameter' ? values.get(source.name) : source.kind === 'constant' ? constants[source.id] : undefined; // prettier-ignore
    if (value !== undefined) tensors.set(source.kind === 'constant' ? constantName(source.id) : name, value);
  }
  const { model, inputs } = await lowered(inference, program);
  const used = parameters.filter(({ name }) => tensors.has(name));
  return { run, program, inference, model, inputs, tensors, parameters: used, read: parameters };
}

const constantName = (id: string): string => id.replaceAll(' ', '_');

async function assembled(
  folder: string,
  program: Program,
  { stage, outputs, file }: ExportChoice,
  project: Project,
  context: CommandContext,
): Promise<Inference> {
  const [{ compile }, { assembleInference }, { readFileSync }] = await Promise.all([
    import('../../compiler/compile.ts'),
    import('../../compiler/assemble/inference.ts'),
    import('node:fs'),
  ]);
  const text = readFileSync(runPaths(folder).experiment, 'utf8');
  const facts = factsOf(program);
  const experiment = experimentOf({ path: file ?? 'experiment.clipx', text }, project, projectHost(project.root, context.allowed)); // prettier-ignore
  const { checked, program: now, diagnostics } = compile(experiment.request(program.row, facts));
  const [error] = diagnostics.filter(({ severity }) => severity === 'error');
  if (checked === undefined || now === undefined) {
    throw new CommandError('user', `the experiment of the run no longer compiles: ${error?.message ?? 'it declares none'}`, 'name the file that was run with --file where it uses files beside it'); // prettier-ignore
  }
  if (now.digests.semantic !== program.digests.semantic) {
    throw new CommandError('user', `the experiment of the run means something else now: its digest is ${now.digests.semantic.slice(0, 12)}, the run has ${program.digests.semantic.slice(0, 12)}`, 'a file that it uses, a weights folder or clipx has changed: bring it back, or run it again'); // prettier-ignore
  }
  const found = assembleInference(checked, facts, { stage, outputs });
  if ('sizes' in found) return found;
  const near = outputs.length === 0 ? undefined : nearestName(outputs.at(-1) ?? '', found.names ?? []);
  const known = found.names === undefined ? 'name values of the file: --output NAME' : `it has ${found.names.join(', ')}`; // prettier-ignore
  throw new CommandError('user', `nothing to export: ${found.fault}`, near === undefined ? known : `did you mean \`${near}\`?`); // prettier-ignore
}

async function weightsOf(
  folder: string,
  parameters: readonly ParameterTensor[],
  project: Project,
): Promise<ReadonlyMap<string, TensorValue>> {
  const ofRun = parameters.map((parameter): ParameterTensor => {
    const { name, owner } = parameter;
    const { inflate: _, ...tensor } = parameter;
    return { ...tensor, init: { kind: 'run', run: folder, place: owner, tensor: name.slice(owner.length + 1) } };
  });
  const place = { projectRoot: project.root, runsFolder: inProject(project.root, project.settings.runs) };
  const { values } = await readRunWeights(ofRun, place);
  return new Map(parameters.map(({ name, shape }) => [name, { dtype: 'f32', shape, data: values.get(name) ?? new Float32Array() }])); // prettier-ignore
}

/** What no sample decides: the texts of a classifier through its tower, on an engine. */
async function constantsOf(
  { constants: fn, texts }: Inference,
  program: Program,
  values: ReadonlyMap<string, TensorValue>,
  project: Project,
): Promise<Readonly<Record<string, TensorValue>>> {
  if (fn === undefined) return {};
  const [{ selectEngine }, { emitOnnx }, { createDataRoom }] = await Promise.all([
    import('../../runtime/backends/select-engine.ts'),
    import('../../compiler/lower/targets/onnx/emit-onnx.ts'),
    import('../../runtime/data/data-room.ts'),
  ]);
  const data = createDataRoom({ ...program, texts }, { projectFolder: project.root, seed: 0 });
  const feeds = await createFeeder(data, 0).feeds(fn, {});
  for (const [name, source] of Object.entries(fn.inputs)) {
    const value = source.kind === 'parameter' ? values.get(source.name) : undefined;
    if (value !== undefined) feeds[name] = value;
  }
  const { settings } = project;
  const wanted = settings.backend === 'tensorflow' || settings.backend === 'auto' ? 'onnxruntime-node' : settings.backend; // prettier-ignore
  const { engine } = await selectEngine(wanted, { threads: settings.threads }).catch(() => selectEngine('onnxruntime-web', { threads: 1 })); // prettier-ignore
  try {
    const executable = await engine.load(fn, emitOnnx(fn.graph));
    const results = await executable.run(feeds);
    await executable.dispose();
    return Object.fromEntries(Object.entries(fn.outputs).flatMap(([name, source]) => {
      const value = results[name];
      // an engine may reuse its memory for the next call
      return source.kind === 'constant' && value !== undefined ? [[source.id, { ...value, data: value.data.slice() }]] : [];
    })); // prettier-ignore
  } finally {
    await engine.dispose();
  }
}

async function lowered(
  { sizes }: Inference,
  program: Program,
): Promise<{ readonly model: OnnxModel; readonly inputs: readonly ExportedInput[] }> {
  const [{ lowerToOnnx }, { withDynamicBatch }] = await Promise.all([
    import('../../compiler/lower/targets/onnx/emit-onnx.ts'),
    import('../../compiler/lower/targets/onnx/dynamic-batch.ts'),
  ]);
  const models = sizes.map(({ fn }) => lowerToOnnx(fn.graph));
  const dynamic = withDynamicBatch(models, sizes.map(({ batch }) => batch)); // prettier-ignore
  if ('fault' in dynamic) throw new CommandError('user', `nothing to export: ${dynamic.fault}`);
  const [{ fn }] = sizes as [Inference['sizes'][number]];
  const renamed = new Map(graphInputs(fn.graph).map(({ name }) => [name, nameOf(fn, name)]));
  const rename = (name: string): string => renamed.get(name) ?? name;
  const inputs = dynamic.inputs.flatMap((info): ExportedInput[] => {
    const source = fn.inputs[info.name];
    const column = source?.kind === 'column' ? program.columns.find(({ name }) => name === source.column) : undefined;
    return column === undefined ? [] : [{ ...info, name: rename(info.name), column }];
  });
  return {
    model: {
      ...dynamic,
      graphName: program.name,
      inputs: inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      nodes: dynamic.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) })),
    },
    inputs,
  };
}

function nameOf(fn: ProgramFunction, input: string): string {
  const source = fn.inputs[input];
  if (source?.kind === 'column') return columnKey(source.column, source.part);
  return source?.kind === 'constant' ? constantName(source.id) : input;
}

/** A tensor as an initialiser that lies in the model. */
export function initializer(name: string, { dtype, shape, data }: TensorValue): OnnxInitializer {
  return { name, dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
