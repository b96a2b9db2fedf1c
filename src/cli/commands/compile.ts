import { Option, type Command } from 'commander';
import { basename, join, resolve } from 'node:path';
import type { Compilation } from '../../compiler/compile.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { UsageError } from '../failure.ts';
import { compileWithData, remarkListener } from '../open-data.ts';
import { randomDataOf, type RandomDataFlags } from '../run-on-random-data.ts';
import { hasErrors, writeDiagnostics } from '../write-diagnostics.ts';

/** Forms that are no text, in words. */
const binaryForms: Readonly<Record<string, string>> = { onnx: 'an ONNX model', tensorflow: 'a SavedModel' };

const forms = ['ast', 'ir', 'gradient', 'program', 'onnx', 'tensorflow', 'pytorch'] as const;

interface CompileFlags extends RandomDataFlags {
  readonly emit: (typeof forms)[number];
  readonly variants: string;
  readonly function?: string;
  readonly output?: string;
  readonly data: boolean;
  readonly seed?: string;
}

export function defineCompile(program: Command, act: Act): void {
  program
    .command('compile')
    .description('Print what the compiler makes of an experiment, level by level.')
    .argument('<file>', '.clipx file')
    .addOption(new Option('--emit <form>', 'which level').choices(forms).default('program'))
    .option('--variants <row>', 'a row of its ablations', 'full')
    .option('--function <id>', 'one function, for example main/step')
    .option('--seed <number>', 'of the initial weights of a PyTorch package; the first of the file where not given')
    .option(
      '--random-data',
      'a PyTorch package of a small model, with made-up samples: what `run --random-data` would train',
    )
    .option('--steps <count>', 'with --random-data: updates of each stage (2)')
    .option('--no-data', 'leave the data closed: sizes that only they tell are nominal')
    .option('-o, --output <folder>', 'write files there instead of printing')
    .addHelpText(
      'after',
      `
  ast         the tree of the file, JSON
  ir          every function as it computes forward, text
  gradient    every stage's step with its gradients, text
  program     the lowered artefact, JSON
  onnx        every function as an ONNX model (one to stdout with --function, all with -o)
  tensorflow  the whole program as a SavedModel folder (saved_model.pb): signatures init, read, clear and each
              function, a training step with its update; with --function that one function alone, signature main
  pytorch     a Python package that trains the experiment (with -o): \`python -m out.train\`, or under torchrun`,
    )
    .action((file: string, flags: CompileFlags) => act((context) => compile(file, flags, context)));
}

async function compile(file: string, flags: CompileFlags, context: CommandContext): Promise<ExitCode> {
  const random = randomDataOf(flags);
  if (random !== undefined && flags.emit !== 'pytorch')
    throw new UsageError('--random-data is of packages: --emit pytorch');
  const experiment = await openExperiment(file, context, random);
  const output = flags.emit === 'pytorch' ? packageFolder(flags) : undefined;
  if (flags.emit === 'ast') {
    const { parse } = await import('../../compiler/parse/parse.ts');
    const { file: tree, diagnostics } = parse(experiment.source);
    writeDiagnostics(diagnostics, new Map([[experiment.source.path, experiment.source]]), context);
    context.print(`${JSON.stringify(tree, null, 2)}\n`);
    return hasErrors(diagnostics) ? ExitCode.input : ExitCode.done;
  }
  const compiled = flags.data
    ? await compileWithData(flags.variants, experiment, remarkListener(context))
    : await experiment.compile(flags.variants);
  writeDiagnostics(compiled.diagnostics, compiled.graph.sources, context);
  const { program } = compiled;
  if (program === undefined) return codeWithoutProgram(compiled, file);
  if (output !== undefined) return emitPackage(compiled, program, { flags, output, experiment, context });
  await write(await artefacts(program, flags), flags, context);
  return ExitCode.done;
}

interface PackageRequest {
  readonly flags: CompileFlags;
  /** The folder, as it was given. */
  readonly output: string;
  readonly experiment: Experiment;
  readonly context: CommandContext;
}

async function emitPackage(
  compiled: Compilation,
  program: Program,
  { flags, output, experiment, context }: PackageRequest,
): Promise<ExitCode> {
  const { writePytorchPackage } = await import('../pytorch-package.ts');
  const { root, settings } = experiment.project;
  const { paths, diagnostics } = await writePytorchPackage(compiled, {
    folder: resolve(context.cwd, output),
    seed: seedOf(flags, program),
    projectRoot: root,
    runsFolder: join(root, settings.runs),
  });
  writeDiagnostics(diagnostics, compiled.graph.sources, context);
  for (const path of paths) context.print(`${join(output, path)}\n`);
  return hasErrors(diagnostics) ? ExitCode.input : ExitCode.done;
}

/** The folder of a package, which Python calls by its name. Throws `UsageError` where it can be none. */
function packageFolder({ output, data }: CompileFlags): string {
  if (output === undefined)
    throw new UsageError('a PyTorch package is a folder: say where to with -o', 'for example -o out');
  const name = basename(resolve(output));
  if (!/^[a-z_]\w*$/i.test(name))
    throw new UsageError(`\`${name}\` is no name of a Python package`, 'letters, digits and _ alone: -o out');
  if (!data) throw new UsageError('a PyTorch package needs the words and counts of its data', 'leave out --no-data');
  return output;
}

function seedOf({ seed }: CompileFlags, program: Program): number {
  if (seed === undefined) return program.seeds[0] ?? 1;
  const value = Number(seed);
  if (!Number.isSafeInteger(value) || value < 0) throw new UsageError(`--seed is a whole number, not "${seed}"`);
  return value;
}

/** File name → content. */
type Artefacts = ReadonlyMap<string, string | Uint8Array>;

async function artefacts(program: Program, flags: CompileFlags): Promise<Artefacts> {
  const { functionsOf } = await import('../../compiler/program/functions.ts');
  const functions = chosenFunctions(functionsOf(program), flags.function);
  if (flags.emit === 'program') return new Map([['program.json', `${JSON.stringify(program, null, 2)}\n`]]);
  if (flags.emit === 'onnx') {
    const { emitOnnx } = await import('../../compiler/lower/targets/onnx/emit-onnx.ts');
    return new Map(functions.map((fn) => [`${fileName(fn.id)}.onnx`, emitOnnx(fn.graph)]));
  }
  if (flags.emit === 'tensorflow') return new Map([['saved_model.pb', await savedModel(program, functions, flags)]]);
  const { printGraph } = await import('../../compiler/ir/print.ts');
  const { prune } = await import('../../compiler/optimise/prune.ts');
  const steps = new Set(program.stages.map((it) => it.step.id));
  const shown = flags.emit === 'gradient' ? functions.filter((it) => steps.has(it.id)) : functions;
  const text = (fn: ProgramFunction) =>
    printGraph(flags.emit === 'gradient' ? fn.graph : prune(forward(fn)), { elideConstantsOver: 16 });
  return new Map(shown.map((fn) => [`${fileName(fn.id)}.${flags.emit}.txt`, text(fn)]));
}

async function savedModel(
  program: Program,
  [fn]: readonly ProgramFunction[],
  flags: CompileFlags,
): Promise<Uint8Array> {
  if (flags.function === undefined || fn === undefined) {
    const { emitTensorflowProgram } = await import('../../compiler/lower/targets/tensorflow/emit-program.ts');
    return emitTensorflowProgram(program);
  }
  const { emitTensorflow } = await import('../../compiler/lower/targets/tensorflow/emit-tensorflow.ts');
  return emitTensorflow(fn.graph);
}

/** A function without its gradients: what else it computes, or nothing else, as it is. */
function forward(fn: ProgramFunction): Graph {
  const outputs = fn.graph.outputs.filter(({ name }) => fn.outputs[name]?.kind !== 'gradient');
  return outputs.length === 0 ? fn.graph : { ...fn.graph, outputs };
}

function chosenFunctions(functions: readonly ProgramFunction[], id: string | undefined): readonly ProgramFunction[] {
  if (id === undefined) return functions;
  const found = functions.filter((it) => it.id === id);
  if (found.length > 0) return found;
  const ids = functions.map((it) => it.id);
  const near = nearestName(id, ids);
  throw new UsageError(
    `there is no function "${id}"; the program has ${ids.join(', ')}`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}

function fileName(id: string): string {
  return id.replaceAll('/', '-');
}

async function write(artefacts: Artefacts, flags: CompileFlags, context: CommandContext): Promise<void> {
  if (flags.output !== undefined) {
    const { mkdirSync } = await import('node:fs');
    const { writeFileAtomic } = await import('../../runtime/atomic-file.ts');
    const folder = resolve(context.cwd, flags.output);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of artefacts) writeFileAtomic(join(folder, name), content);
    for (const name of artefacts.keys()) context.print(`${join(flags.output, name)}\n`);
    return;
  }
  const contents = [...artefacts.values()];
  const binary = binaryForms[flags.emit];
  if (binary !== undefined && contents.length !== 1) {
    throw new UsageError(
      `${binary} is binary: say which with --function, or where to with -o`,
      `for example -o ${flags.emit}`,
    );
  }
  if (binary !== undefined && context.environment.stdout.isTTY === true) {
    throw new UsageError(
      `${binary} is binary and stdout is a terminal`,
      `write it to a file: … > step.${flags.emit === 'onnx' ? 'onnx' : 'pb'}, or -o ${flags.emit}`,
    );
  }
  for (const content of contents) context.environment.stdout.write(content);
}
