/** Where a step is held in memory a chunk of its batch at a time: as the file says, or as its memory asks for. */
import { extract } from '../bind/extract.ts';
import type { CheckedExperiment, CheckedTraining } from '../check/checked.ts';
import { checkEntries } from '../check/entries.ts';
import { Reporter } from '../diagnostics/reporter.ts';
import type { Elaborated } from '../elaborate/elaborator.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { graphCost } from '../plan/cost.ts';
import type { InputSource } from '../program/program-function.ts';
import type { Stage } from '../program/stage.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { chunkedStep, type ChunkedStep } from './chunked.ts';
import type { StageParameters } from './parameter-table.ts';
import { agree } from './two-sizes.ts';

export interface ElaboratedStep {
  readonly elaborated: Elaborated;
  /** Terms, total and buffers. */
  readonly outputs: Graph['outputs'];
}

export interface ChunkPlace {
  readonly name: string;
  readonly sizes: Omit<SizeEnvironment, 'batch'>;
  readonly id: (fn: string) => string;
  readonly sources: Readonly<Record<string, InputSource>>;
  readonly table: StageParameters;
  readonly elaborated: Elaborated;
  readonly cuts: ReadonlyMap<NodeId, string>;
  /** Of the whole batch, without gradients. */
  readonly step: Graph;
  readonly report: Reporter;
  /** With gradients, of the whole batch at once. */
  readonly plain: () => Pick<Stage, 'step'>;
  /** The step at another size of its batch. */
  readonly elaborate: (batch: number) => ElaboratedStep;
}

/** The step in chunks, where the file asks for it or its memory does. `part`: the graph of one chunk. */
export function inChunks(
  checked: CheckedExperiment,
  place: ChunkPlace,
): { readonly made: ChunkedStep; readonly part: Graph } | undefined {
  const { training } = checked;
  const { batch, memory } = training;
  const wanted = training.chunk ?? batch;
  const fits = (functions: readonly Graph[]): boolean => memory === undefined || functions.every((graph) => graphCost(graph).peakBytes <= memory); // prettier-ignore
  if (training.chunk === undefined && (memory === undefined || fits([place.plain().step.graph]))) return undefined;
  const sizes = divisors(batch).filter((size) => size < batch && size <= wanted);
  let isComparable = false;
  let smallest: { readonly made: ChunkedStep; readonly part: Graph } | undefined;
  for (const size of sizes) {
    const found = ofSize(checked, size, place);
    if (found === 'other graph') continue;
    isComparable = true;
    if (found === undefined) continue;
    smallest = found;
    if (fits([found.made.chunk.encode.graph, found.made.chunk.loss.graph, found.made.step.graph])) break;
  }
  if (training.chunk !== undefined && sizes.length > 0)
    reportChunk(training, smallest !== undefined, isComparable, place);
  return smallest;
}

function ofSize(
  checked: CheckedExperiment,
  chunk: number,
  { sizes, id, sources, table, cuts, step, elaborated, elaborate }: ChunkPlace,
): { readonly made: ChunkedStep; readonly part: Graph } | 'other graph' | undefined {
  const { batch, terms } = checked.training;
  const roots = terms.map((term) => term.typed);
  // the ten nearest of a chunk of eight do not exist, though those of the batch do
  if (!checkEntries(roots, { ...sizes, batch: chunk }, '', new Reporter())) return 'other graph';
  const small = elaborate(chunk);
  const part = small.elaborated.graph;
  // a size that happens to equal another one may merge nodes
  if (!agree(elaborated.graph, part)) return 'other graph';
  const trains = (parameter: string): boolean => table.get(parameter).role === 'weight' && table.state(parameter).flag === 'trainable'; // prettier-ignore
  const cut = extract(part, id('step'), small.outputs, cuts).graph;
  const made = chunkedStep({ id, whole: step, part: cut, batch, chunk, sources, trains });
  return made === undefined ? undefined : { made, part };
}

/** The law of `chunk:`: what is held a chunk at a time is computed sample by sample. */
function reportChunk(
  training: CheckedTraining,
  isFound: boolean,
  isComparable: boolean,
  { elaborated, name, report }: ChunkPlace,
): void {
  const [buffer] = [...elaborated.buffers.keys()];
  const span = { ...training.span, end: training.span.start + 'train'.length };
  if (buffer !== undefined) {
    const owner = buffer.split('.').slice(0, -1).join('.');
    report.error('CX6008', span, `batch norm \`${owner}\` takes its statistics over the batch, and a chunk is not the batch`, {
      help: `leave its statistics as they are (\`{ statistics: fixed }\`), take \`group_norm\` or \`layer_norm\`, or leave out \`chunk:\``,
    }); // prettier-ignore
  } else if (!isComparable) {
    report.error('CX6008', span, `the formulas of the stage \`${name}\` are others for the samples of a chunk than for those of a batch: the batch is held whole`, {
      severity: 'note',
      help: 'a chunk of one sample has no pairs; choose larger chunks',
    }); // prettier-ignore
  } else if (!isFound) {
    report.error('CX6008', span, `nothing that the stage \`${name}\` trains is computed sample by sample, so that \`chunk:\` would hold nothing back`, {
      help: 'features of each sample come first, then what compares samples; leave out `chunk:` where nothing compares them and take a smaller batch with `accumulate:`',
    }); // prettier-ignore
  }
}

const divisors = (batch: number): number[] =>
  Array.from({ length: batch }, (_, at) => batch - at).filter((size) => batch % size === 0);
