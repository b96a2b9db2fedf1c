/** What a stage minimises and how, each setting with the line that gives it. */
import type { CheckedTraining } from '../check/checked.ts';
import { formatBytes, formatFactor } from '../common/format-number.ts';
import { methodWords, samplerWords, scheduleWords, weightWords } from '../program/words.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type { Explanation } from './explanation.ts';
import type { Places } from './places.ts';
import { fieldOf, statementAt } from './statement-fields.ts';

export function explainedTraining(
  training: CheckedTraining,
  graph: ModuleGraph,
  place: Places,
): Explanation['training'] {
  const field = (name: string) => fieldOf(graph, training.span, name);
  const length = training.epochs === undefined ? ['steps', String(training.steps ?? 0)] : ['epochs', String(training.epochs)]; // prettier-ignore
  const optimiser = optimiserOptions(graph, training.span);
  return {
    objective: training.objective,
    terms: training.terms.map(({ name, weight, formula, span }) => ({
      name,
      weight: weightWords(weight),
      weightName: weight.name ?? null,
      formula,
      at: place.at(span),
    })),
    settings: [
      place.setting('data', `${training.each === true ? 'each ' : ''}${training.data ?? 'none'}`, training.span),
      place.setting(length[0] ?? '', length[1] ?? '', field(length[0] ?? '')),
      place.setting('batch', training.wholeBatch === true ? 'all' : String(training.batch), field('batch')),
      place.setting('optimizer', methodWords(training.optimiser.method), field('optimizer')),
      place.setting('optimizer.lr', formatFactor(training.optimiser.learningRate), optimiser.get('lr')),
      place.setting('optimizer.decay', formatFactor(training.optimiser.decay), optimiser.get('decay')),
      ...training.partOptimisers.map((part) => place.setting(`optimizer(${part.paths.join(', ')})`, `${methodWords(part.optimiser.method)}, lr ${formatFactor(part.optimiser.learningRate)}, decay ${formatFactor(part.optimiser.decay)}`, field('optimizer'))), // prettier-ignore
      place.setting('schedule', scheduleWords(training.schedule), field('schedule')),
      place.setting('clip_gradient', training.clipGradient === undefined ? 'off' : formatFactor(training.clipGradient), field('clip_gradient')), // prettier-ignore
      ...furtherSettings(training).map(([name, value]) => place.setting(name, value, field(name))),
    ],
    at: place.at(training.span),
  };
}

/** What the file sets besides; what it does not set has no line. */
function furtherSettings(training: CheckedTraining): (readonly [string, string])[] {
  const { accumulate, average, sampler, checkpoint, stop, noDecay, decayOn, memory, chunk, restarts, search } =
    training;
  const time = ({ value, unit }: { readonly value: number; readonly unit: string }): string => `${value} ${unit}${value === 1 ? '' : 's'}`; // prettier-ignore
  const settings: readonly (readonly [string, string | undefined])[] = [
    ['accumulate', accumulate === undefined ? undefined : `${accumulate} batches`],
    ['ema', average === undefined ? undefined : formatFactor(average)],
    ['sampler', sampler === undefined ? undefined : samplerWords(sampler)],
    ['checkpoint', checkpoint === undefined ? undefined : time(checkpoint)],
    ['stop', stop === undefined ? undefined : `patience(${stop.direction}(${stop.metric} on ${stop.evaluation}), ${time(stop.patience)})`],
    ['no_decay', noDecay?.join(', ')],
    ['decay_on', decayOn],
    ['memory', memory === undefined ? undefined : formatBytes(memory)],
    ['chunk', chunk === undefined ? undefined : String(chunk)],
    ['restarts', restarts === undefined ? undefined : `${restarts} keep best`],
    ['search', search === undefined ? undefined : `${search.method.kind} over ${search.method.values.length} values`],
  ]; // prettier-ignore
  return settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** Spans of the options that the file gives its optimiser. */
function optimiserOptions(graph: ModuleGraph, span: Span): ReadonlyMap<string, Span> {
  const train = statementAt(graph, span);
  const fields = train?.kind === 'train' ? train.fields.fields : [];
  const field = fields.find(({ key }) => key.kind === 'dotted-key' && key.parts[0]?.text === 'optimizer');
  const given = field?.value.kind === 'call' ? field.value.args : [];
  return new Map(given.flatMap((argument) => (argument.label === undefined ? [] : [[argument.label.text, argument.span]]))); // prettier-ignore
}
