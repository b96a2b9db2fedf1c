/** Digests of what a program means. Formatting, comments, order and the names of local axes do not enter. */
import { createHash } from 'node:crypto';
import type { CheckedExperiment } from '../check/checked.ts';
import { reachable } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import { printSize, type Axis } from '../types/axis.ts';

/** Two files with this digest equal train the same model in the same way and measure it the same. */
export function semanticDigest(checked: CheckedExperiment): string {
  const hash = structure(() => undefined);
  const roots = [...checked.training.terms.map((term) => term.typed), ...metrics(checked)];
  const used = usedNames(roots);
  return sha256(canonical({
    columns: checked.columns.filter((column) => used.columns.has(column.name)),
    vocabularies: byName(checked.vocabularies),
    prompts: byName(checked.prompts.filter((prompt) => used.prompts.has(prompt.name)).map(promptContent)),
    instances: byName(checked.instances.filter((instance) => used.owners.has(instance.name)).map(({ span: _, overrides, ...instance }) => ({ ...instance, overrides: overrides.map(({ span: __, ...override }) => override) }))),
    parameters: byName(checked.parameters.filter((parameter) => used.owners.has(parameter.name)).map(({ span: _, overrides, ...parameter }) => ({ ...parameter, overrides: overrides.map(({ span: __, ...override }) => override) }))),
    data: byName(checked.data),
    training: { ...checked.training, span: undefined, objective: undefined, terms: checked.training.terms.map((term) => ({ name: term.name, weight: { ...term.weight, name: undefined }, typed: hash(term.typed) })) },
    evaluations: byName(checked.evaluations.map(({ span: _, ...evaluation }) => ({ ...evaluation, metrics: evaluation.metrics.map((metric) => ({ name: metric.name, unit: metric.unit, typed: hash(metric.typed) })) }))),
  })); // prettier-ignore
}

/** Two numbers with this digest equal are comparable: same data, split, preprocessing, evaluation prompts and metric. */
export function protocolDigest(checked: CheckedExperiment): string {
  // the model is what is compared, so a call of it is a leaf over the columns it reads
  const hash = structure((typed) => (typed.op === 'call' && typed.args[0]?.op !== 'prompt' ? 'model' : undefined));
  const used = usedNames(metrics(checked));
  const read = new Set(checked.evaluations.map((evaluation) => evaluation.data));
  return sha256(canonical({
    columns: checked.columns.filter((column) => used.columns.has(column.name)).map((column) => ({ ...column, tokenizer: undefined })),
    prompts: byName(checked.prompts.filter((prompt) => used.prompts.has(prompt.name)).map(promptContent)),
    vocabularies: byName(checked.vocabularies),
    data: byName(dataBehind(checked, read)),
    evaluations: byName(checked.evaluations.map((evaluation) => ({ name: evaluation.name, data: evaluation.data, metrics: evaluation.metrics.map((metric) => ({ name: metric.name, unit: metric.unit, typed: hash(metric.typed) })) }))),
  })); // prettier-ignore
}

const metrics = (checked: CheckedExperiment): Typed[] =>
  checked.evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed));

/** The data sets of these names and all that they are made of. */
function dataBehind(checked: CheckedExperiment, names: ReadonlySet<string>): CheckedExperiment['data'] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    const source = checked.data.find((spec) => spec.name === name)?.source;
    if (source?.kind === 'same' || source?.kind === 'split') add(source.data);
    if (source?.kind === 'mix') for (const part of source.parts) add(part.data);
  };
  for (const name of names) add(name);
  return checked.data.filter((spec) => wanted.has(spec.name));
}

const promptContent = (
  prompt: CheckedExperiment['prompts'][number],
): { readonly name: string } & Record<string, unknown> => ({
  name: prompt.name,
  axes: prompt.axes.map(axisKey),
  templates: prompt.templates.map((parts) =>
    parts.map((part) => (part.kind === 'text' ? part.text : { entry: part.axis.name })),
  ),
});

export function usedNames(roots: readonly Typed[]): {
  columns: Set<string>;
  owners: Set<string>;
  prompts: Set<string>;
} {
  const used = { columns: new Set<string>(), owners: new Set<string>(), prompts: new Set<string>() };
  for (const typed of reachable(roots)) {
    if (typed.op === 'column') used.columns.add(typed.attributes.column);
    if (typed.op === 'call' || typed.op === 'parameter') used.owners.add(typed.attributes.owner);
    if (typed.op === 'prompt') used.prompts.add(typed.attributes.prompt);
  }
  return used;
}

/** A hash of a typed DAG by structure; `leaf` may stand for a whole sub-tree. */
export function structure(leaf: (typed: Typed) => string | undefined): (typed: Typed) => string {
  const known = new Map<Typed, string>();
  const hash = (typed: Typed): string => {
    const found = known.get(typed);
    if (found !== undefined) return found;
    const name = leaf(typed);
    const args = typed.args.map(hash);
    const mask = typed.mask === undefined ? undefined : hash(typed.mask);
    const value = sha256(
      canonical(name === undefined ? { op: typed.op, attributes: typed.attributes, args, mask } : { leaf: name, args }),
    );
    known.set(typed, value);
    return value;
  };
  return hash;
}

function axisKey(axis: Axis): string {
  // the running number of an inlined fn is no part of the meaning
  return `${axis.id.replace(/#\d+/g, '')}:${axis.kind}:${printSize(axis.size)}`;
}

const byName = <Item extends { readonly name: string }>(items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => (a.name < b.name ? -1 : 1));

/** JSON with sorted keys; axes by identity, spans and labels dropped. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => {
    if (key === 'span' || key === 'label') return undefined;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    if (isAxis(item)) return axisKey(item);
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const isAxis = (value: object): value is Axis =>
  'id' in value && 'kind' in value && 'size' in value && 'name' in value && typeof value.size === 'object';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
