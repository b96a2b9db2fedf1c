import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Compilation } from '../compiler/compile.ts';
import type { Diagnostic } from '../compiler/diagnostics/diagnostic.ts';
import type { Program } from '../compiler/program/program.ts';
import { packageRoot } from '../runtime/package-root.ts';
import { packagedTokenizer } from './packaged-tokenizer.ts';

export interface PackageTarget {
  /** Absolute; made where it is absent. */
  readonly folder: string;
  /** Of the initial weights. */
  readonly seed: number;
  readonly projectRoot: string;
  readonly runsFolder: string;
}

/**
 * Writes the Python package of an experiment that was compiled with its data: what the compiler writes of it, the library and the runtime
 * that every package has, and the weights it starts with. `paths`: what was written, in the folder. Nothing is written where the experiment
 * has what PyTorch does not get: `diagnostics` says what (CX0001). Throws RunError CX82… where weights can not be read.
 */
export async function writePytorchPackage(
  { checked, program, graph }: Compilation,
  target: PackageTarget,
): Promise<{ readonly paths: readonly string[]; readonly diagnostics: readonly Diagnostic[] }> {
  if (checked === undefined || program === undefined) return { paths: [], diagnostics: [] };
  const { Reporter } = await import('../compiler/diagnostics/reporter.ts');
  const { emitPytorch } = await import('../compiler/pytorch/emit-pytorch.ts');
  const report = new Reporter();
  const made = emitPytorch(checked, program, ({ file, start }) => lineAt(graph.sources.get(file)?.text ?? '', start), report);
  if (made === undefined) return { paths: [], diagnostics: report.diagnostics };
  const { print } = await import('../compiler/syntax/print.ts');
  // what its runs keep beside their numbers
  const experiment = graph.root === undefined ? [] : ([['experiment.clipx', print(graph.root.file)]] as const);
  const files = new Map([...made.files, ...experiment, ...staticFiles(made.library)]);
  if (program.data.some(({ source }) => source.kind === 'parquet'))
    files.set('requirements.txt', `${files.get('requirements.txt') ?? ''}${parquetReader}\n`);
  for (const spec of program.tokenizers) {
    const { randomTokenizerFile } = await import('../runtime/data/random/random-tokenizer.ts');
    const file = spec.random === undefined ? await packagedTokenizer(spec, target.projectRoot) : randomTokenizerFile(spec.random);
    files.set(`tokenizers/${spec.id}.json`, `${JSON.stringify(file)}\n`);
  }
  if (program.random === true) {
    const { madeUpPlaces } = await import('../runtime/data/random/made-up-places.ts');
    files.set('made_up.json', `${JSON.stringify(await madeUpPlaces(program))}\n`);
  }
  const { writeFileAtomic } = await import('../runtime/atomic-file.ts');
  for (const [path, text] of files) {
    const file = join(target.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic(file, text);
  }
  const weights = join('weights', 'initial.safetensors');
  await writeInitialWeights(program, join(target.folder, weights), target);
  return { paths: [...files.keys(), weights], diagnostics: report.diagnostics };
} // prettier-ignore

/** Large, and of no use to other packages. */
const parquetReader = 'pyarrow==26.0.1';

/** The line of the file around a place. */
function lineAt(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  return text.slice(start, end < 0 ? undefined : end).trim();
}

/** What is the same in every package, of `pytorch/`: the runtime, and of the library the files that this one imports. */
function staticFiles(used: readonly string[]): Map<string, string> {
  const root = join(packageRoot(), 'pytorch');
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => /\.(py|toml|txt|md)$/.test(path) && !path.includes('__pycache__'))
    .sort();
  const text = (path: string): string => readFileSync(join(root, path), 'utf8');
  const library = imported(used, (name) => text(`library/${name}.py`));
  return new Map(
    all.flatMap((path): (readonly [string, string])[] => {
      if (!path.startsWith('library/')) return [[path, text(path)]];
      const name = path.slice('library/'.length);
      return library.has(name.replace(/\.py$/, '')) ? [[name, text(path)]] : [];
    }),
  );
}

/** The files of the library that these import, and those that they import in turn. */
function imported(names: readonly string[], text: (name: string) => string): ReadonlySet<string> {
  const found = new Set<string>();
  const stack = [...names];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    for (const [, other = ''] of text(name).matchAll(/^from \.(\w+) import/gm)) stack.push(other);
  }
  return found;
}

async function writeInitialWeights(program: Program, path: string, { seed, projectRoot, runsFolder }: PackageTarget): Promise<void> {
  const { initialiseParameters } = await import('../runtime/weights/initialise.ts');
  const { readPictures } = await import('../runtime/weights/read-pictures.ts');
  const { readRunWeights } = await import('../runtime/weights/run-weights.ts');
  const { writeSafetensors } = await import('../runtime/weights/safetensors.ts');
  const { values: ofRuns } = await readRunWeights(program.parameters, { projectRoot, runsFolder });
  const given = new Map([...ofRuns, ...(await readPictures(program.parameters, projectRoot))]);
  const values = initialiseParameters(program.parameters, seed, projectRoot, program.tokenizers, given, '', program.encoders); // prettier-ignore
  const tensors = program.parameters.map(({ name, shape }) => [name, { shape, data: values.get(name) ?? new Float32Array(0) }] as const); // prettier-ignore
  mkdirSync(dirname(path), { recursive: true });
  writeSafetensors(path, new Map(tensors), { seed: String(seed) });
} // prettier-ignore
