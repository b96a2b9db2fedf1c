/** An experiment as a Python package that reads as one would write it in PyTorch. */
import { seenBy, type CheckedExperiment } from '../check/checked.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Graph } from '../ir/graph.ts';
import type { Program } from '../program/program.ts';
import type { Span } from '../source/span.ts';
import { feedTables } from './feed-tables.ts';
import { stageFeeds } from './feeds.ts';
import { libraryFiles } from './import-lines.ts';
import { docstring } from './python-code.ts';
import { OwnModules } from './own-modules.ts';
import { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';
import { reportUnsupportedSettings } from './unsupported-settings.ts';
import { ValueKeys } from './value-keys.ts';
import { lossFunction, lossNames, writeLosses } from './write-losses.ts';
import { builtInstances, refusedParts, writeModel, writeParameters } from './write-model.ts';
import { writeObjective } from './write-objective.ts';
import { writeStage } from './write-stage.ts';
import { startFeeds } from './write-starts.ts';

export interface PytorchPackage {
  /** Path in the package → text, of what the experiment decides. */
  readonly files: ReadonlyMap<string, string>;
  /** Files of `pytorch/library` that it needs, without `.py`. */
  readonly library: readonly string[];
}

/**
 * The files of the package that the experiment decides. `checked` and `program` are of one compilation, with the data read. Nothing where the
 * experiment has what this target does not write: that is reported (CX0001), each construct where it stands.
 */
export function emitPytorch(
  checked: CheckedExperiment,
  program: Program,
  sourceText: (span: Span) => string,
  report: Reporter,
): PytorchPackage | undefined {
  reportUnsupportedSettings(checked, program, report);
  if (report.failed) return undefined;
  const refused: Unsupported[] = [];
  try {
    const made = written(withWords(checked, program), program, sourceText, refused);
    if (refused.length === 0) return made;
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    refused.push(error);
  }
  for (const { span, what } of refused)
    report.error('CX0001', span, `${what} is not written for PyTorch yet`, {
      help: 'the other engines run it: `clipx run`; grammar/README.md says what the PyTorch target takes',
    });
  return undefined;
}

/** Nothing where something is refused. */
function written(
  checked: CheckedExperiment,
  program: Program,
  sourceText: (span: Span) => string,
  refused: Unsupported[],
): PytorchPackage | undefined {
  const keys = new ValueKeys();
  const sources = checked.stages.flatMap((stage) => {
    const own = program.stages.find(({ name }) => name === stage.name);
    return own === undefined ? [] : [new StageSource({ checked: seenBy(checked, stage), program, stage: own, keys })];
  });
  const own = new OwnModules(sources, builtInstances(checked, program));
  for (const source of sources) source.knows(own);
  const terms = sources.flatMap((source) => source.checked.training.terms.map((term) => ({ stage: source.stage.name, term, source }))); // prettier-ignore
  const names = lossNames(terms);
  const losses = terms.map(({ stage, term, source }) => ({ stage, loss: lossFunction(term, names.get(term) ?? term.name, source) })); // prettier-ignore
  const stages = sources.map((source) =>
    writeStage(
      source,
      losses.flatMap(({ stage, loss }) => (stage === source.stage.name ? [loss] : [])),
    ),
  );
  refused.push(...sources.flatMap((source) => source.refused));
  // parts hold rows for all words, if for any
  const sizes = { batch: 1, vocabularies: new Map(checked.vocabularies.map(({ name, entries }) => [name, Math.max(entries.length, 1)])) };
  refused.push(...refusedParts(checked, program, sizes));
  if (refused.length > 0) return undefined;
  const model = writeModel(checked, program, sizes, sourceText, own);
  const fed = sources.flatMap((source, at) => {
    const written = stages[at];
    return written === undefined ? [] : [{ written, feeds: stageFeeds(source, source.stage.evaluations, written.evaluations.flatMap(({ generations }) => generations.flatMap(({ feeds }) => feeds))), starts: startFeeds(source) }];
  });
  const lossFunctions = losses.map(({ loss }) => loss);
  const files = new Map([
    ['__init__.py', [...docstring([checked.title, '', `Written by clipx from the experiment ${checked.name} (${program.row}), ${program.digests.semantic}.`], ''), ''].join('\n')],
    ['model.py', model.text],
    ['parameters.py', writeParameters(program, builtInstances(checked, program))],
    ...(lossFunctions.length === 0 ? [] : [['losses.py', writeLosses(checked.name, lossFunctions)] as const]),
    ['objective.py', writeObjective(checked.name, stages)],
    ['program.json', `${JSON.stringify(withoutGraphs(program), null, 1)}\n`],
    ['feeds.json', `${JSON.stringify(feedTables(fed), null, 1)}\n`],
  ]);
  return { files, library: [...new Set(['functions', ...model.files, ...libraryFiles([...files.values()])])] };
} // prettier-ignore

/** The words that the data told, and the batches. */
function withWords(checked: CheckedExperiment, program: Program): CheckedExperiment {
  const words = new Map(program.vocabularies.map((each) => [each.name, each]));
  const bound = <Model extends Pick<CheckedExperiment, 'vocabularies'>>(model: Model): Model => ({
    ...model,
    vocabularies: model.vocabularies.map((each) => words.get(each.name) ?? each),
  });
  return { ...bound(checked), stages: checked.stages.map(bound) };
}

/** The program as readers of data need it: functions compute nothing here, for the package says in Python what they do. */
function withoutGraphs(program: Program): unknown {
  return JSON.parse(
    JSON.stringify(program, (key, value: unknown) =>
      key === 'graph' && isGraph(value) ? { ...value, nodes: [], outputs: [] } : value,
    ),
  );
}

const isGraph = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'outputs' in value;
