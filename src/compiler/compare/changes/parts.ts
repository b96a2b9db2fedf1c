import { partWords, settingWords } from '../../check/part-words.ts';
import type { Instance, InstanceShape } from '../../check/typed.ts';
import { counted, formatCount } from '../../common/format-number.ts';
import type { ParameterTensor } from '../../program/parameter.ts';
import type { Program } from '../../program/program.ts';
import type { Span } from '../../source/span.ts';
import { elementCount } from '../../types/dtype.ts';
import type { Axis } from '../../types/axis.ts';
import type { Change, ChangeEffect } from '../change.ts';
import { canonical } from '../digest.ts';
import { parts, type PartOfParameter, type Sides } from '../sides.ts';

type Part = Instance | PartOfParameter;

/** Encoders, modules and params: what trains, with which settings, how large, from which weights. Counts are the program's. */
export function partChanges(sides: Sides): Change[] {
  return sides.pairs('part', parts(sides.base.checked), parts(sides.head.checked)).flatMap(({ base, head }): Change[] => {
    const effect = countsOf(sides, base?.name, head?.name);
    const places = { base: base?.span, head: head?.span, effect };
    const path = pathOf(base ?? head);
    const weight = (name: string | undefined) => sides.classOf((reading) => ({ protocol: false, training: reading.training.owners.has(name ?? '') || reading.protocol.owners.has(name ?? '') })); // prettier-ignore
    if (head === undefined && base !== undefined) {
      const before = `${stateOf(sides.base.program, base)} ${whatItIs(base)}`;
      return [sides.change('part-removed', path, before, null, `− ${base.name}, ${before}, ${inAll(effect)}`, { ...places, class: weight(base.name) })]; // prettier-ignore
    }
    if (base === undefined && head !== undefined) {
      const after = `${stateOf(sides.head.program, head)} ${whatItIs(head)}`;
      return [sides.change('part-added', path, null, after, `+ ${head.name}, ${after}, ${inAll(effect)}`, { ...places, class: weight(head.name) })]; // prettier-ignore
    }
    return base === undefined || head === undefined ? [] : bothSides(sides, base, head, effect);
  }); // prettier-ignore
}

function bothSides(sides: Sides, base: Part, head: Part, effect: ChangeEffect): Change[] {
  const path = pathOf(base);
  const places = { base: base.span, head: head.span };
  const changes: Change[] = [];
  if (base.name !== head.name)
    changes.push(sides.change('part-renamed', path, base.name, head.name, `${base.name} is now called ${head.name}, and starts from other random numbers`, places)); // prettier-ignore
  const [before, after] = [stateOf(sides.base.program, base), stateOf(sides.head.program, head)];
  if (before !== after) {
    const spans = { base: stateSpan(base), head: stateSpan(head) };
    changes.push(sides.change('part-trainable', path, before, after, `${head.name}: ${before} → ${after}; ${trainingWords(effect)}`, { ...spans, effect })); // prettier-ignore
  }
  const [rules, newRules] = [settingsOf(base), settingsOf(head)];
  if (rules.text !== newRules.text) {
    changes.push(sides.change('part-settings', path, rules.text, newRules.text, `${head.name}: ${rules.text} → ${newRules.text}`, { base: rules.span ?? base.span, head: newRules.span ?? head.span })); // prettier-ignore
  }
  if (base.kind === 'param' || head.kind === 'param') return [...changes, ...tensorChanges(sides, base, head)];
  const [from, to] = [base.from ?? 'random', head.from ?? 'random'];
  if (from !== to)
    changes.push(
      sides.change('part-weights', path, from, to, `${head.name} starts from ${to} instead of ${from}`, places),
    );
  const sizes = sizeDifferences(base.shape, head.shape);
  if (sizes.length > 0) {
    const [small, large] = [sizes.map((each) => `${each.path} ${each.before}`), sizes.map((each) => `${each.path} ${each.after}`)]; // prettier-ignore
    const told = sizes.map((each) => `${each.path} ${each.before} → ${each.after}`).join(', ');
    changes.push(sides.change('part-size', path, small, large, `${head.name}: ${told}; ${inAll(effect)}`, { ...places, effect })); // prettier-ignore
  }
  return changes;
}

const pathOf = (part: Part | undefined): string => `${part?.kind ?? 'part'} ${part?.name ?? ''}`;

// ── state ────────────────────────────────────────────────────────────

/** `frozen`, `trainable`, or `frozen but image.blocks[10..11]`: what is true of the tensors that are weights. */
function stateOf(program: Program, part: Part): string {
  const weights = program.parameters.filter((tensor) => tensor.owner === part.name && tensor.role === 'weight');
  const states = new Set(weights.map((tensor) => tensor.state));
  if (states.size <= 1) return [...states][0] ?? part.flag;
  const others = part.overrides.filter((override) => override.flag !== undefined && override.flag !== part.flag);
  return `${part.flag} but ${shortPaths(others.flatMap((override) => override.paths)).join(', ')}`;
}

const stateSpan = (part: Part): Span => part.overrides.find((override) => override.flag !== undefined)?.span ?? part.span; // prettier-ignore

/** `image.blocks.10`, `image.blocks.11` → `image.blocks[10..11]` */
function shortPaths(paths: readonly string[]): string[] {
  const runs: { readonly stem: string; readonly from: number; to: number }[] = [];
  const plain: string[] = [];
  for (const path of paths) {
    const found = /^(.*)\.(\d+)$/.exec(path);
    if (found === null) {
      plain.push(path);
      continue;
    }
    const [, stem = '', digits = '0'] = found;
    const last = runs.at(-1);
    if (last?.stem === stem && last.to === Number(digits) - 1) last.to += 1;
    else runs.push({ stem, from: Number(digits), to: Number(digits) });
  }
  return [...plain, ...runs.map(({ stem, from, to }) => `${stem}[${from === to ? from : `${from}..${to}`}]`)];
}

/** Exceptions other than of the flag. */
function settingsOf(part: Part): { readonly text: string; readonly span?: Span } {
  const set = part.overrides.filter((override) => settingWords(override) !== '');
  const span = set[0]?.span;
  const text = set
    .map((override) => `${shortPaths(override.paths).join(', ')} { ${settingWords(override)} }`)
    .join(' ');
  return { text: text === '' ? 'no settings' : text, ...(span === undefined ? {} : { span }) };
}

// ── counts ───────────────────────────────────────────────────────────

/** Numbers in the tensors of one part, or of all. Buffers are counted, and never train. */
export function countOf(program: Program, keep: (tensor: ParameterTensor) => boolean): number {
  return program.parameters.filter(keep).reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
}

export function trainableCount(program: Program): number {
  const names = new Set(program.stages.flatMap((stage) => stage.trainable));
  return countOf(program, (tensor) => names.has(tensor.name));
}

function trainedIn(program: Program, owner: string | undefined): number {
  const names = new Set(program.stages.flatMap((stage) => stage.trainable));
  return countOf(program, (tensor) => tensor.owner === owner && names.has(tensor.name));
}

function countsOf({ base, head }: Sides, before: string | undefined, after: string | undefined): ChangeEffect {
  return {
    trainable: { before: trainedIn(base.program, before), after: trainedIn(head.program, after) },
    parameters: {
      before: countOf(base.program, (tensor) => tensor.owner === before),
      after: countOf(head.program, (tensor) => tensor.owner === after),
    },
  };
}

/** `0 → 396,544 of 2,603,328 parameters train` */
function trainingWords({ trainable, parameters }: ChangeEffect): string {
  return `${formatCount(trainable?.before ?? 0)} → ${formatCount(trainable?.after ?? 0)} of ${counted(parameters?.after ?? 0, 'parameter')} train`;
}

function inAll({ parameters }: ChangeEffect): string {
  const { before, after } = parameters ?? { before: 0, after: 0 };
  if (before === after) return counted(after, 'parameter');
  if (before === 0 || after === 0) return counted(before + after, 'parameter');
  return `${formatCount(before)} → ${counted(after, 'parameter')}`;
}

// ── sizes ────────────────────────────────────────────────────────────

function whatItIs(part: Part): string {
  if (part.kind === 'param') return 'param';
  const from = part.from === undefined ? '' : ` from ${part.from}`;
  switch (part.shape.kind) {
    case 'encoder':
      return `${part.shape.config.kind}${from}`;
    case 'mlp':
      return `mlp(${[part.shape.from.id, ...part.shape.hidden.map((width) => `hidden(${width})`), part.shape.to.id].join(' -> ')})`;
    case 'linear':
      return `linear(${part.shape.from.id} -> ${part.shape.to.id})`;
    case 'layer':
    case 'composite':
      return `${partWords(part.shape)}${from}`;
  }
}

interface SizeDifference {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Settings of a shape that differ, by path. Axes count by size: what they are called is nothing. */
function sizeDifferences(base: InstanceShape, head: InstanceShape): SizeDifference[] {
  const [before, after] = [leavesOf(base), leavesOf(head)];
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].flatMap((path) => {
    const [old, now] = [before.get(path) ?? 'none', after.get(path) ?? 'none'];
    return old === now ? [] : [{ path: path.replace(/^config\./, ''), before: old, after: now }];
  });
}

function leavesOf(shape: InstanceShape): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const visit = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('id' in value)) {
      for (const [key, inner] of Object.entries(value)) visit(path === '' ? key : `${path}.${key}`, inner);
    } else leaves.set(path, plain(value));
  };
  // the axes of an encoder follow from its config
  visit('', 'axes' in shape ? { ...shape, axes: undefined, joint: undefined } : shape);
  return leaves;
}

const plain = (value: unknown): string => canonical(value, undefined, (axis: Axis) => (axis.size.kind === 'known' ? String(axis.size.value) : axis.name))?.replaceAll('"', '').replaceAll(',', ', ') ?? 'none'; // prettier-ignore

/** Of a raw param: its size and its start. */
function tensorChanges(sides: Sides, base: Part, head: Part): Change[] {
  const before = sides.base.program.parameters.find((tensor) => tensor.owner === base.name);
  const after = sides.head.program.parameters.find((tensor) => tensor.owner === head.name);
  if (before === undefined || after === undefined) return [];
  const places = { base: base.span, head: head.span };
  const changes: Change[] = [];
  const [shape, newShape] = [`[${before.shape.join(', ')}]`, `[${after.shape.join(', ')}]`];
  if (shape !== newShape) {
    changes.push(sides.change('part-size', pathOf(base), shape, newShape, `${head.name}: ${shape} → ${newShape}; ${inAll(countsOf(sides, base.name, head.name))}`, { ...places, effect: countsOf(sides, base.name, head.name) })); // prettier-ignore
  }
  const [init, newInit] = [plain(before.init), plain(after.init)];
  if (init !== newInit)
    changes.push(sides.change('part-weights', pathOf(base), init, newInit, `${head.name} starts from ${newInit} instead of ${init}`, places)); // prettier-ignore
  return changes;
}
