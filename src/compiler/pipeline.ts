import { assemble } from './assemble/assemble.ts';
import { noFacts, type DataFacts } from './assemble/facts.ts';
import { onRandomData } from './assemble/on-random-data.ts';
import { withBatch } from './assemble/with-batch.ts';
import type { CheckedExperiment } from './check/checked.ts';
import { checkExperiment } from './check/experiment.ts';
import { computedRoots, reportUnbuilt, reportUnbuiltSettings } from './check/unbuilt.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { reportParts } from './elaborate/report-parts.ts';
import { told } from './diagnostics/told.ts';
import { Reporter } from './diagnostics/reporter.ts';
import type { Program } from './program/program.ts';
import { tinySizes } from './types/tiny-sizes.ts';
import { loadModules, type CompilerHost, type ModuleGraph } from './resolve/modules.ts';

export interface CompileRequest {
  /** Project-relative path of the experiment. */
  readonly path: string;
  readonly text: string;
  readonly host: CompilerHost;
  /** A row of an `ablate`; `full` by default. */
  readonly row?: string;
  /** What the data told; without it sizes that only data decide are nominal. */
  readonly facts?: DataFacts;
  /** Samples in a batch, in the place of what the file says: to ask what fits. */
  readonly batch?: number;
  /** The last pass to run; all of them by default. */
  readonly until?: 'check';
  /** Compiled to run on random data, each stage so many steps: encoders and batches are made small, no weights are read. */
  readonly random?: { readonly steps: number };
  /** What has no body yet is refused, unless the program is only described: then a stand-in of its shape takes its place. */
  readonly unbuilt?: 'stand-in';
}

export interface Compilation {
  readonly graph: ModuleGraph;
  readonly checked?: CheckedExperiment;
  readonly program?: Program;
  readonly diagnostics: readonly Diagnostic[];
}

interface State {
  readonly request: CompileRequest;
  readonly report: Reporter;
  graph?: ModuleGraph;
  checked?: CheckedExperiment;
  program?: Program;
}

interface Pass {
  readonly name: string;
  /** Why it stands where it stands. */
  readonly why: string;
  readonly run: (state: State) => void;
}

/** The passes in order. A pass runs only if what it needs of the ones before is whole. */
const passes: readonly Pass[] = [
  {
    name: 'parse and resolve',
    why: 'the tree of the file and of all it uses; names point at declarations',
    run: (state) => {
      const { path, text, host } = state.request;
      state.graph = loadModules(path, text, host, state.report);
    },
  },
  {
    name: 'check',
    why: 'named axes, kinds, masks, states and settings: everything decidable from the file, all faults at once',
    run: (state) => {
      if (state.graph === undefined) return;
      const { host, row, random } = state.request;
      const checked =
        (random === undefined ? undefined : checkTiny(state.graph, state.request, random.steps, state.report)) ??
        checkExperiment(state.graph, host, state.report, row);
      if (checked !== undefined) state.checked = checked;
    },
  },
  {
    name: 'find the parts that are named',
    why: 'which tensors a part has, its layers tell; that a path leads nowhere is said with all else that the file says',
    run: ({ checked, report }) => {
      if (checked !== undefined) reportParts(checked, report);
    },
  },
  {
    name: 'refuse what is not built',
    why: 'the language is checked wholly before all of it can run; never is something else run instead',
    run: ({ request, checked, report }) => {
      if (checked === undefined || request.unbuilt !== undefined) return;
      reportUnbuilt(computedRoots(checked), report);
      reportUnbuiltSettings(checked, report);
    },
  },
  {
    name: 'elaborate, bind, differentiate, optimise',
    why: 'typed values become positional graphs, split by when they are known; gradients are taken of what is left for every step',
    run: (state) => {
      if (state.graph === undefined || state.checked === undefined) return;
      const { batch, facts = noFacts } = state.request;
      const checked = batch === undefined ? state.checked : withBatch(state.checked, batch);
      const program = assemble(checked, facts, state.graph, state.report);
      if (program !== undefined) state.program = state.checked.random === true ? onRandomData(program) : program;
    },
  },
];

/** The experiment at the smallest sizes that pass the check. Undefined where none do: then it is the file that is at fault. */
function checkTiny(
  graph: ModuleGraph,
  { host, row }: CompileRequest,
  steps: number,
  report: Reporter,
): CheckedExperiment | undefined {
  for (const sizes of tinySizes(steps)) {
    const trial = new Reporter();
    const checked = checkExperiment(graph, host, trial, row, sizes);
    if (checked === undefined || trial.failed) continue;
    report.adopt(trial);
    return checked;
  }
  return undefined;
}

/** The last pass of `check`. */
const lastOf = { check: 'find the parts that are named' } as const;

/** Wrong names do not keep the rest from being checked; a tree with holes does, or one fault would be told as many. */
function broken(report: Reporter, pass: Pass): boolean {
  if (pass.name !== 'parse and resolve') return report.failed;
  return report.diagnostics.some(({ severity, code }) => severity === 'error' && code.startsWith('CX1'));
}

/** As a reader meets them: the file's own faults from top to bottom, then those of the files that it uses. */
function inOrder(diagnostics: readonly Diagnostic[], path: string): Diagnostic[] {
  const place = ({ span }: Diagnostic): readonly [number, string, number] =>
    span === undefined ? [0, '', -1] : [span.file === path ? 0 : 1, span.file, span.start];
  return [...diagnostics].sort((a, b) => {
    const [[groupA, fileA, startA], [groupB, fileB, startB]] = [place(a), place(b)];
    return groupA - groupB || (fileA < fileB ? -1 : fileA > fileB ? 1 : 0) || startA - startB;
  });
}

export function runPasses(request: CompileRequest): Compilation {
  const state: State = { request, report: new Reporter() };
  for (const pass of passes) {
    pass.run(state);
    if (broken(state.report, pass) || (request.until !== undefined && pass.name === lastOf[request.until])) break;
  }
  return {
    graph: state.graph ?? { root: undefined, sources: new Map() },
    ...(state.checked === undefined ? {} : { checked: state.checked }),
    ...(state.program === undefined || state.report.failed ? {} : { program: state.program }),
    diagnostics: told(inOrder(state.report.diagnostics, request.path), state.report.beyond),
  };
}
