import type { DatasetSpec } from '../../program/dataset.ts';
import { originWords, sourceWords, stepWords } from '../../program/words.ts';
import type { Change, ChangeClass } from '../change.ts';
import { columnsRead } from '../digest.ts';
import { paired, type Sides } from '../sides.ts';

/** Data sets: where they come from, which columns, what is filtered, what they may be used for. Unread columns are cosmetic. */
export function dataChanges(sides: Sides): Change[] {
  return sides.pairs('data', sides.base.checked.data, sides.head.checked.data).flatMap(({ base, head }): Change[] => {
    const names = [base?.name, head?.name].filter((name) => name !== undefined);
    const weight = sides.classOf((reading) => ({ protocol: names.some((name) => reading.protocolData.has(name)), training: names.some((name) => reading.trainingData.has(name)) }));
    const places = { base: base && sides.declared('base', base.name, 'data'), head: head && sides.declared('head', head.name, 'data'), class: weight };
    const path = `data ${names[0] ?? ''}`;
    if (base === undefined && head !== undefined) return [sides.change('data-added', path, null, setWords(head), `+ ${head.name} = ${setWords(head)}`, places)];
    if (head === undefined && base !== undefined) return [sides.change('data-removed', path, setWords(base), null, `− ${base.name} = ${setWords(base)}`, places)];
    return base === undefined || head === undefined ? [] : bothSides(sides, base, head, path, weight);
  }); // prettier-ignore
}

function bothSides(sides: Sides, base: DatasetSpec, head: DatasetSpec, path: string, weight: ChangeClass): Change[] {
  const places = { base: sides.declared('base', base.name, 'data'), head: sides.declared('head', head.name, 'data') };
  const { data } = sides.names;
  const changes: Change[] = [];
  const differing = (rule: Change['rule'], before: string, after: string, as: ChangeClass, what: string): void => {
    if (before !== after)
      changes.push(sides.change(rule, path, before, after, `${head.name}: ${what}${before} → ${after}`, { ...places, class: as })); // prettier-ignore
  };
  if (base.name !== head.name)
    changes.push(sides.change('data-renamed', path, base.name, head.name, `${base.name} is now called ${head.name}`, { ...places, class: weight === 'training' ? 'runtime' : weight })); // prettier-ignore
  differing('data-source', originWords(base.source, data), originWords(head.source), weight, '');
  for (const column of paired(
    Object.keys(base.columns),
    Object.keys(head.columns),
    (name) => name,
    sides.names.input,
  )) {
    const name = column.base ?? column.head ?? '';
    const before = column.base === undefined ? undefined : base.columns[column.base];
    const after = column.head === undefined ? undefined : head.columns[column.head];
    const [old, now] = [sourceWords(before), sourceWords(after)];
    if (old === now) continue;
    const read = columnClass(sides, [base, head], [column.base, column.head], weight);
    changes.push(sides.change('data-columns', `${path}.${name}`, old, now, `${head.name}.${column.head ?? name}: ${old} → ${now}`, { ...places, class: read })); // prettier-ignore
  }
  differing('data-steps', base.steps.map((step) => stepWords(step, data)).join(' ') || 'as it is', head.steps.map((step) => stepWords(step)).join(' ') || 'as it is', weight, ''); // prettier-ignore
  differing('data-mark', base.mark ?? 'no mark', head.mark ?? 'no mark', weight === 'cosmetic' ? 'cosmetic' : 'protocol', 'mark '); // prettier-ignore
  differing('data-faults', base.onBad, head.onBad, weight, 'on_bad ');
  return changes;
}

/** A column of a set counts as far as something reads it: an evaluation, a loss, or a step of the set itself. */
function columnClass(
  sides: Sides,
  specs: readonly DatasetSpec[],
  names: readonly (string | undefined)[],
  weight: ChangeClass,
): ChangeClass {
  if (specs.some((spec) => names.some((name) => name !== undefined && columnsRead(spec).has(name)))) return weight;
  const [set] = specs;
  return sides.classOf((reading) => ({
    protocol: reading.protocolData.has(set?.name ?? '') && names.some((name) => reading.protocol.columns.has(name ?? '')),
    training: reading.trainingData.has(set?.name ?? '') && names.some((name) => reading.training.columns.has(name ?? '')),
  })); // prettier-ignore
}

function setWords(spec: DatasetSpec): string {
  const mark = spec.mark === undefined ? '' : ` |> mark(${spec.mark})`;
  return `${originWords(spec.source)}${spec.steps.map((step) => ` ${stepWords(step)}`).join('')}${mark}`;
}
