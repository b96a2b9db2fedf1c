import type { Argument, Call, Expression } from '../../syntax/ast.ts';
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import { layerSignatures, type LayerName } from '../../types/catalogue/layers.ts';
import type { Activation } from '../../types/model-config.ts';
import type { Checker } from '../checker.ts';
import { sizeExpression } from '../declared-axis.ts';
import { axisOf } from '../named-axis.ts';
import type { Scope } from '../scope.ts';
import type { InstanceShape, LayerOption } from '../typed.ts';
import { dividing } from './encoder-config.ts';
import { isOpen, openAxis } from './open-axis.ts';
import { OptionReader } from './option-reader.ts';
import { wholeNumber } from './whole-number.ts';

/** The end `scalar` of a chain: one number, whose axis goes. */
export const scalarAxis: Axis = { id: 'scalar', name: 'scalar', kind: 'feature', size: known(1) };

/** A layer of the catalogue with its options and the axes that its constructor names. `name`: as the file reaches it. */
export function layerShape(
  checker: Checker,
  layer: LayerName,
  call: Call,
  scope: Scope,
  name: string,
): InstanceShape | undefined {
  const { form, options, example } = layerSignatures[layer];
  const reader = new OptionReader(checker, call, scope, options);
  const values: Record<string, LayerOption> = { ...reader.values() };
  const axes: Record<string, Axis> = {};
  for (const [option, { kind }] of Object.entries(options)) {
    const axis = kind === 'axis' ? reader.axis(option) : undefined;
    if (axis !== undefined) axes[option] = axis;
  }
  const [first] = reader.unnamed;
  reader.takes(form.kind === 'nothing' ? 0 : 1);
  switch (form.kind) {
    case 'chain':
      return chainShape({ checker, layer, reader, scope, name, values, axes }, first);
    case 'axis': {
      if (first === undefined) break;
      const axis = endOfChain(checker, first.value, scope, name);
      if (axis !== undefined) axes['along'] = axis;
      break;
    }
    case 'channels':
      if (first !== undefined) readChannels(checker, reader, first.value, scope, values, axes);
      break;
    case 'first': {
      const option = options[form.option];
      const given = first !== undefined && reader.argument(form.option) !== undefined;
      if (given) reader.fail('CX3006', first.span, `\`${form.option}\` is given twice`, {});
      const value = option === undefined ? undefined : reader.value(form.option, option, reader.argument(form.option) ?? first); // prettier-ignore
      if (value !== undefined) values[form.option] = value;
      if (form.required && first === undefined && reader.argument(form.option) === undefined)
        reader.fail('CX3006', call.span, `\`${layer}\` needs its \`${form.option}\``, { expected: `\`${example}\`` });
      break;
    }
    case 'nothing':
      break;
  }
  return reader.failed ? undefined : { kind: 'layer', layer, options: values, axes };
}

function readChannels(
  checker: Checker,
  reader: OptionReader,
  expression: Expression,
  scope: Scope,
  values: Record<string, LayerOption>,
  axes: Record<string, Axis>,
): void {
  const value = checker.expression(expression, scope);
  if (value?.kind === 'axis') {
    const axis = reader.axisIn('channels', expression);
    if (axis !== undefined) axes['to'] = axis;
    return;
  }
  const count = value === undefined ? undefined : wholeNumber(checker, expression, scope);
  if (count !== undefined && Number.isInteger(count) && count >= 1) {
    values['channels'] = count;
    axes['to'] = structuralAxis('channel', known(count));
    return;
  }
  reader.fail('CX5006', expression.span, 'channels are a whole number of at least 1, or an axis', {
    expected: '`conv(64)` or `conv(class)`',
  });
}

interface Chain {
  readonly checker: Checker;
  readonly layer: LayerName;
  readonly reader: OptionReader;
  readonly scope: Scope;
  readonly name: string;
  readonly values: Record<string, LayerOption>;
  readonly axes: Record<string, Axis>;
}

function chainShape(
  { checker, layer, reader, scope, name, values, axes }: Chain,
  chain: Argument | undefined,
): InstanceShape | undefined {
  const { form, example } = layerSignatures[layer];
  const parts = chain === undefined ? [] : [chain.value, ...chain.arrows];
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined && form.kind === 'chain' && form.optional === true)
    return reader.failed ? undefined : { kind: 'layer', layer, options: values, axes };
  if (first === undefined || last === undefined || parts.length < 2) {
    return checker.report.error('CX3006', reader.call.span, `\`${layer}\` goes from one axis to another`, {
      help: `\`${layer === 'linear' || layer === 'mlp' ? `${layer}(clip.joint -> ${layer === 'mlp' ? 'hidden(512) -> ' : ''}class)` : example}\``,
    });
  }
  const from = endOfChain(checker, first, scope, name);
  const to = last.kind === 'reference' && last.name === 'scalar' ? scalarAxis : endOfChain(checker, last, scope, name); // prettier-ignore
  for (const [end, part] of [
    [from, first],
    [to, last],
  ] as const) {
    if (end?.id !== 'batch') continue;
    reader.fail('CX2009', part.span, 'a module acts on each sample by itself, not along `batch`', {
      expected: 'an axis of one sample, as `clip.joint` or a vocabulary',
    });
  }
  const inner = parts.slice(1, -1);
  if (inner.length > 0 && form.kind === 'chain' && !form.inner) {
    return checker.report.error('CX3006', reader.call.span, `a \`${layer}\` has no hidden layer`, {
      help: layer === 'linear' ? 'use `mlp`' : `\`${example}\``,
    });
  }
  const hidden = inner.map((part) => hiddenWidth(checker, part, scope));
  if (hidden.some((width) => width === undefined) || from === undefined || to === undefined || reader.failed) return undefined; // prettier-ignore
  const open = isOpen(from);
  if (layer === 'linear' && values['init'] === undefined && !open)
    return { kind: 'linear', from, to, bias: values['bias'] !== false };
  if (layer === 'mlp' && values['dropout'] === 0 && !open) {
    const activation = values['activation'] as Activation; // from the closed list of the option
    return { kind: 'mlp', from, to, hidden: hidden.filter((width) => width !== undefined), activation };
  }
  const heads = values['heads'];
  if (layer === 'attention_pool' && typeof heads === 'number' && from.size.kind === 'known')
    dividing(reader, heads, from.size.value);
  if (reader.failed) return undefined;
  const widths = hidden.filter((width) => width !== undefined);
  const options = layer === 'mlp' ? { ...values, hidden: widths } : values;
  return { kind: 'layer', layer, options, axes: { ...axes, from, to } };
}

/** An axis, or `hidden(512)`, which makes one that the later steps of a chain know as `hidden`. */
function endOfChain(checker: Checker, expression: Expression, scope: Scope, name: string): Axis | undefined {
  if (expression.kind === 'call' && expression.callee.kind === 'reference' && expression.callee.name === 'hidden') {
    const width = hiddenWidth(checker, expression, scope);
    if (width === undefined) return undefined;
    const axis: Axis = { id: `${name}.hidden`, name: 'hidden', kind: 'feature', size: known(width) };
    scope.bindAxis('hidden', axis);
    return axis;
  }
  const named = expression.kind === 'reference' ? openAxis(checker, expression.name, scope) : undefined;
  return named ?? axisOf(checker, expression, scope);
}

function hiddenWidth(checker: Checker, part: Expression, scope: Scope): number | undefined {
  const isHidden = part.kind === 'call' && part.callee.kind === 'reference' && part.callee.name === 'hidden';
  const argument = isHidden ? part.args[0] : undefined;
  // between the ends an axis stands for its size: `mlp(d -> d -> class)`
  const source = argument?.value ?? (part.kind === 'reference' || part.kind === 'member' ? part : undefined);
  const size = source === undefined ? 'unknown' : sizeExpression(checker, source, scope);
  if (size === undefined) return undefined;
  if (size !== 'unknown' && size.kind === 'known' && Number.isInteger(size.value) && size.value >= 1) return size.value;
  return checker.report.error('CX5006', part.span, 'between the ends of a module stand hidden widths', {
    expected: '`hidden(512)`',
  });
}
