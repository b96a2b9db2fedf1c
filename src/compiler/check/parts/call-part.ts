/** Encoders, modules and their parts, called. */
import type { Argument, Call, Index } from '../../syntax/ast.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { asTensor } from '../as-tensor.ts';
import { cast, constantOf, node, orderAxes, sized } from '../build.ts';
import type { Application } from '../checked.ts';
import type { Checker } from '../checker.ts';
import { inlineFn } from '../inline-fn.ts';
import { projectedMask } from '../masks.ts';
import { Scope } from '../scope.ts';
import { layerSignatures } from '../../types/catalogue/layers.ts';
import type { CallAttributes, InstanceShape } from '../typed.ts';
import type { Pick, PlacedPart, Value } from '../value.ts';
import { callImageTower } from './call-image.ts';
import { callLayer } from './call-layer.ts';
import { callSound } from './call-sound.ts';
import { callTextTower, isTextTap } from './call-text.ts';
import { asFn } from './definitions.ts';
import type { EncoderShape } from './encoder-shape.ts';
import { isImageTap } from './image-tower.ts';
import { scalarAxis } from './layer-shape.ts';
import type { ChainStep, PartBody } from './part-builder.ts';
import { blocksPart } from './tower-parts.ts';

type Callable = Extract<Value, { kind: 'instance' | 'tap' | 'part' }>;

/** An encoder, tower, tap, module or part applied to its values. */
export function callPart(checker: Checker, callee: Callable, call: Call, scope: Scope): Value | undefined {
  if (callee.kind === 'part') return callModule(checker, callee.part, call, scope);
  const { instance } = callee;
  const { shape, name, span } = instance;
  if (shape.kind !== 'encoder') return callModule(checker, { name, owner: name, key: '', shape, span }, call, scope);
  const path = callee.kind === 'tap' ? callee.path : '';
  const pick = callee.kind === 'tap' ? callee.pick : undefined;
  const tower = path.split('.').find((part) => part === 'image' || part === 'text') ?? shape.tower;
  const last = path === '' ? undefined : path.split('.').at(-1);
  const what = path === '' ? name : `${name}.${path}`;
  if (last === 'blocks') {
    const part = blocksPart(checker, instance, shape, tower ?? '', pick);
    return part === undefined ? undefined : callModule(checker, part, call, scope);
  }
  const { config } = shape;
  const site = { checker, instance, shape, what, path: callPath(shape, path, tower), call, scope };
  if (config.kind === 'ast') return callSound({ ...site, config, tap: last === 'hidden' ? 'hidden' : undefined });
  if (config.kind === 'text_transformer' || config.kind === 'bert')
    return callTextTower({ ...site, config, tap: last !== undefined && isTextTap(last) ? last : undefined });
  if (config.kind !== 'clip')
    return callImageTower({ ...site, config, pick, tap: last !== undefined && isImageTap(last) ? last : undefined });
  if (tower === undefined) {
    return checker.report.error('CX2009', call.callee.span, `\`${name}\` has two towers: which one?`, {
      expected: `\`${name}.image(…)\` or \`${name}.text(…)\``,
    });
  }
  const tap = last === tower ? undefined : last;
  if (tower === 'text')
    return callTextTower({ ...site, config: config.text, tap: tap !== undefined && isTextTap(tap) ? tap : undefined });
  return callImageTower({ ...site, config: config.image, pick, tap: tap !== undefined && isImageTap(tap) ? tap : undefined }); // prettier-ignore
}

const callPath = (shape: EncoderShape, path: string, tower: string | undefined): string =>
  shape.tower !== undefined && path === '' ? (tower ?? '') : path;

/** `clip.image.stage[3]`, `clip.text.blocks[0..3]`: undefined where `x[…]` is no such thing. */
export function pickedPart(checker: Checker, expression: Index, scope: Scope): Value | undefined {
  if (expression.object.kind !== 'member') return undefined;
  const picks = ['stage', 'attention', 'blocks'];
  if (!picks.includes(expression.object.member.text)) return undefined;
  const value = checker.expression(expression.object, scope);
  if (value?.kind !== 'tap') return undefined;
  const pick = pickOf(checker, expression);
  if (pick === undefined) return { kind: 'unknown' };
  const { instance, path } = value;
  if (!path.endsWith('blocks') || instance.shape.kind !== 'encoder') return { ...value, pick };
  const tower = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
  const part = blocksPart(checker, instance, instance.shape, tower, pick);
  return part === undefined ? { kind: 'unknown' } : { kind: 'part', part };
}

function pickOf(checker: Checker, expression: Index): Pick | undefined {
  const indices: number[] = [];
  let several = expression.items.length > 1;
  for (const { value, span, label } of expression.items) {
    const [from, to] = value.kind === 'range' ? [value.from, value.to] : [value, value];
    several ||= value.kind === 'range';
    const [first, last] = [from, to].map((bound) => {
      if (bound?.kind === 'quantity' && bound.unit === undefined) return bound.value;
      if (bound?.kind === 'unary' && bound.operator === '-' && bound.operand.kind === 'quantity') return -bound.operand.value; // prettier-ignore
      return undefined;
    });
    if (
      label !== undefined ||
      first === undefined ||
      last === undefined ||
      !Number.isInteger(first) ||
      !Number.isInteger(last) ||
      last < first
    ) {
      return checker.report.error('CX5006', span, 'which of them is a whole number, or a range', { expected: '`[3]`, `[1..4]` or `[-1]`' }); // prettier-ignore
    }
    for (let index = first; index <= last; index++) indices.push(index);
  }
  return { indices, several, span: expression.span };
}

// ── modules ──────────────────────────────────────────────────────────

function callModule(checker: Checker, part: PlacedPart, call: Call, scope: Scope): Value | undefined {
  const { shape } = part;
  switch (shape.kind) {
    case 'linear':
    case 'mlp':
      return callVectorModule(checker, part, shape, call, scope);
    case 'layer':
      return callLayer(checker, part, shape, call, scope);
    case 'encoder':
      return undefined;
    case 'composite':
      return callComposite(checker, part, call, scope);
  }
}

function callVectorModule(
  checker: Checker,
  part: PlacedPart,
  shape: Extract<InstanceShape, { kind: 'linear' | 'mlp' }>,
  call: Call,
  scope: Scope,
): Value | undefined {
  const [argument, second] = call.args;
  if (argument === undefined || second !== undefined || argument.label !== undefined) {
    return checker.report.error('CX3006', call.span, `\`${part.name}\` takes one value, and ${call.args.length} are given`); // prettier-ignore
  }
  const value = checker.expression(argument.value, scope);
  const typed = value === undefined ? undefined : asTensor(checker, value, call.span);
  if (typed === undefined) return undefined;
  const { from, to } = shape;
  if (!hasAxis(typed.type, from.id)) {
    return checker.report.error('CX3003', call.span, `\`${part.name}\` reads \`${from.id}\`, which the value does not have`, {
      expected: sized(from),
      found: printAxes(typed.type.axes),
      related: [{ span: part.span, label: `\`${part.name}\` goes from \`${from.id}\` to \`${to.id}\`` }],
      help: 'change the module, or identify two axes of equal size with `x[a as b]`',
    }); // prettier-ignore
  }
  if (to.id !== from.id && hasAxis(typed.type, to.id)) {
    return checker.report.error('CX3009', call.span, `\`${part.name}\` gives \`${to.name}\`, which the value already has`, {
      found: printAxes(typed.type.axes),
      help: `rename it first: \`x[${to.name} as another]\``,
    }); // prettier-ignore
  }
  const rest = typed.type.axes.filter((axis) => axis.id !== from.id);
  const axes = orderAxes(to.id === scalarAxis.id ? rest : [...rest, to]);
  const attributes: CallAttributes = { owner: part.owner, tap: '', ...(part.key === '' ? {} : { part: part.key }) };
  return { kind: 'tensor', typed: node('call', [cast(typed, 'f32')], attributes, { element: 'f32', axes }, call.span, projectedMask(typed.mask, from, call.span)) }; // prettier-ignore
}

/** A chain or a module of one's own, written out. */
function callComposite(checker: Checker, part: PlacedPart, call: Call, scope: Scope): Value | undefined {
  const body = checker.bodies.get(part.name);
  if (body === undefined) return undefined;
  if (body.kind === 'definition') {
    if (body.forward === undefined) {
      return checker.report.error('CX2009', call.callee.span, `\`${part.name}\` has no \`forward\`, so it is not called`, {
        related: [{ span: body.definition.name.span, label: 'defined here' }],
        expected: 'an equation `forward(x) = …` in the module',
      }); // prettier-ignore
    }
    const given = spread(checker, call, scope);
    if (given === undefined) return undefined;
    const { forward, module, definition } = body;
    const values = new Map<string, Value>();
    const told = (inner: Scope): void => {
      for (const { name } of forward.params) {
        const value = inner.ownValue(name.text);
        if (value !== undefined) values.set(name.text, value);
      }
    };
    const value = inlineFn(checker, asFn(forward), module, given.call, given.scope, body.scope, told);
    remember(checker, part, values, value, { name: definition.name.text, sizes: sizesOf(body) });
    return value;
  }
  return callChain(checker, part, body, call, scope);
}

/** Notes the call for those who write it as one again; not where something else than numbers is given or comes out. */
function remember(
  checker: Checker,
  { owner, key, shape }: PlacedPart,
  values: ReadonlyMap<string, Value>,
  result: Value | undefined,
  definition?: Application['definition'],
): void {
  if (result === undefined || shape.kind !== 'composite') return;
  const given = [...values].flatMap(([name, value]) => (value.kind === 'tensor' ? [{ name, typed: value.typed }] : []));
  const results = (result.kind === 'tuple' ? result.items : [result]).map((item) => item.kind === 'tensor' ? item.typed : undefined); // prettier-ignore
  if (given.length < values.size || results.length === 0) return;
  const whole = results.filter((typed) => typed !== undefined);
  if (whole.length < results.length) return;
  const named = definition === undefined ? {} : { definition };
  checker.applies({ owner, path: key, ...named, made: shape.label, given, results: whole });
}

/** Parameters of a definition that are axes and numbers. */
function sizesOf({ definition, scope }: Extract<PartBody, { kind: 'definition' }>): NonNullable<Application['definition']>['sizes'] {
  return definition.params.flatMap(({ name }) => {
    const value = scope.ownValue(name.text);
    const axis = scope.ownAxis(name.text);
    const number = value?.kind === 'tensor' ? constantOf(value.typed) : undefined;
    if (axis !== undefined) return [{ name: name.text, size: axis.size }];
    return number === undefined ? [] : [{ name: name.text, size: { kind: 'known', value: number } }];
  });
} // prettier-ignore

/** `head(neck(x1, x2))`: several values in one argument are as many arguments. */
function spread(
  checker: Checker,
  call: Call,
  scope: Scope,
): { readonly call: Call; readonly scope: Scope } | undefined {
  const [argument, second] = call.args;
  if (argument === undefined || second !== undefined || argument.label !== undefined) return { call, scope };
  if (argument.value.kind !== 'call' && argument.value.kind !== 'reference') return { call, scope };
  const value = checker.expression(argument.value, scope);
  if (value === undefined) return undefined;
  const inner = new Scope(scope.module, scope.prefix, scope);
  const items = value.kind === 'tuple' ? value.items : [value];
  const args = items.map((item, place): Argument => {
    inner.bind(`·${place}`, item);
    return { ...argument, value: { kind: 'reference', name: `·${place}`, span: argument.span } };
  });
  return { call: { ...call, args }, scope: inner };
}

/** The first step takes all values; the others take what comes, and the named values that they know. */
function callChain(
  checker: Checker,
  part: PlacedPart,
  { steps, repeats }: Extract<PartBody, { kind: 'chain' }>,
  call: Call,
  scope: Scope,
): Value | undefined {
  const inner = new Scope(scope.module, `${part.name}.`, scope);
  const given: Argument[] = [];
  const values = new Map<string, Value>();
  for (const [place, argument] of call.args.entries()) {
    const isAxis = argument.label?.text === 'over' || argument.label?.text === 'along';
    if (isAxis) {
      given.push(argument);
      continue;
    }
    const value = checker.expression(argument.value, scope);
    if (value === undefined) return undefined;
    const name = `·${place}`;
    inner.bind(name, value);
    values.set(argument.label?.text ?? (place === 0 ? 'x' : `x${place + 1}`), value);
    given.push({ ...argument, value: { kind: 'reference', name, span: argument.span } });
  }
  const named = given.filter((argument) => argument.label !== undefined);
  const unnamed = given.filter((argument) => argument.label === undefined);
  const unread = named.find((argument) => !steps.some((step) => knows(step, argument)));
  if (
    unread?.label !== undefined &&
    steps.every((step) => step.kind === 'apply' || step.part.shape.kind !== 'composite')
  ) {
    return checker.report.error('CX2010', unread.label.span, `\`${part.name}\` has no option \`${unread.label.text}\``, {
      expected: 'an option that one of its steps has',
    }); // prettier-ignore
  }
  let value: Value | undefined;
  for (const [place, step] of steps.entries()) {
    const flowing: Argument[] = [];
    if (value !== undefined) {
      inner.bind('·', value);
      flowing.push({ kind: 'argument', value: { kind: 'reference', name: '·', span: call.span }, arrows: [], span: call.span }); // prettier-ignore
    }
    const args = place === 0 ? unnamed : [...flowing, ...(repeats ? unnamed.slice(1) : [])];
    value = step.kind === 'apply' ? applied(checker, step, args, inner, call) : callModule(checker, step.part, { ...call, args: [...args, ...named.filter((argument) => knows(step, argument))] }, inner); // prettier-ignore
    if (value === undefined) return undefined;
  }
  remember(checker, part, values, value);
  return value;
}

/** Whether a step takes an argument of this name. A module of one's own says so itself. */
function knows(step: ChainStep, { label }: Argument): boolean {
  if (label === undefined || step.kind === 'apply') return false;
  const { shape } = step.part;
  return shape.kind === 'composite' || (shape.kind === 'layer' && layerSignatures[shape.layer].labels.includes(label.text)); // prettier-ignore
}

/** A function in a chain: `gelu`, `pool(max, 3)` with what comes as its first value. */
function applied(
  checker: Checker,
  { step, scope }: Extract<ChainStep, { kind: 'apply' }>,
  args: readonly Argument[],
  values: Scope,
  call: Call,
): Value | undefined {
  const inner = new Scope(scope.module, scope.prefix, scope);
  const rebound = args.map((argument, place) => {
    if (argument.value.kind !== 'reference') return argument;
    const value = values.value(argument.value.name);
    const name = `·step${place}`;
    if (value !== undefined) inner.bind(name, value);
    return { ...argument, value: { ...argument.value, name } };
  });
  const own = step.kind === 'call' ? step.args : [];
  const callee = step.kind === 'call' ? step.callee : step;
  return checker.expression({ kind: 'call', callee, args: [...rebound, ...own], span: call.span }, inner);
}
