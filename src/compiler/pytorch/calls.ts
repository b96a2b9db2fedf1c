/** Calls of encoders and modules, and what else a formula reads from outside. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import { scalarAxis } from '../check/parts/layer-shape.ts';
import { BatchUse, hasBatch } from './batch-axis.ts';
import type { Body } from './body.ts';
import { ordered, without, type LocatedCode } from './located-code.ts';
import { atom, binary, method, numeral, text, type Code } from './python-code.ts';
import { stateEntry } from './parameter-names.ts';
import { crossAttention } from './looking-call.ts';
import { decoded } from './decoder-call.ts';
import { dropout } from './dropout-call.ts';
import { imageCall } from './image-calls.ts';
import { layerCall, shifted } from './layer-calls.ts';
import { dropoutOf, isDrawn } from './leaving-out.ts';
import { pyramid, upsampled } from './map-calls.ts';
import { partTarget, partWithin } from './parts.ts';
import { partName } from './python-names.ts';
import { copied, tensorAt } from './shared-tensors.ts';
import { soundCall } from './sound-calls.ts';
import { tensorName, type StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import { textCall } from './text-calls.ts';
import { towerBlocks } from './tower-blocks.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';
import { viewCall } from './view-calls.ts';

/** Where a body is, and whether views are drawn there. */
export interface Site {
  readonly source: StageSource;
  readonly place: Place;
  readonly drawsViews: boolean;
}

/** A value that no formula makes: a column, a tensor, a weight, the result of a part, a view. */
export function fromOutside(body: Body, typed: Typed, { source, place, drawsViews }: Site): LocatedCode | undefined {
  const { axes } = typed.type;
  switch (typed.op) {
    case 'column':
      return { code: column(body, typed, typed.attributes, source), axes };
    case 'parameter':
      return { code: tensorOf(body, typed, typed.attributes, source), axes };
    case 'weight':
      return { code: atom(`batch[${text(`${typed.attributes.ramp === undefined ? 'weight' : 'ramp'} ${typed.attributes.name}`)}]`), axes };
    case 'call':
      return call(body, typed, typed.attributes, source, place);
    case 'view': {
      const isRandom = drawsViews || typed.attributes.drawn === true;
      // which of its minibatches draws what, an evaluation says by its samples
      if (isRandom && place !== 'step' && !hasBatch(typed)) throw new Unsupported(typed, 'a view that an evaluation draws of what no sample has');
      return viewCall(body, typed, typed.attributes, isRandom);
    }
    default:
      return undefined;
  }
} // prettier-ignore

/** A tensor as a value: a `param`, or one that an encoder holds, or what it copies. */
function tensorOf(body: Body, typed: Typed, { owner, path }: TypedAttributes['parameter'], source: StageSource): Code {
  const { checked, program } = source;
  const name = tensorName({ owner, path });
  const tensor = tensorAt(checked, program, owner, name.slice(owner.length + 1));
  const entry = tensor === undefined ? undefined : stateEntry(tensor.owner, tensor.name.slice(tensor.owner.length + 1), tensor.shape, checked.instances);
  if (entry === undefined || entry.permutation !== undefined) throw new Unsupported(typed, `the tensor \`${name}\` as a value`);
  const { within } = body.surroundings;
  // the class holds it, whatever it is called outside
  const outside = within === undefined ? '' : `${[within.owner, ...within.path.split('.')].filter((word) => word !== '').map(partName).join('.')}.`;
  const own = within === undefined ? entry.key : (stateEntry(within.owner, path, tensor?.shape ?? [], checked.instances)?.key ?? entry.key).slice(outside.length);
  const isPlain = /^[\p{ID_Start}_][\p{ID_Continue}.]*$/u.test(own) && !/\.\d/.test(own);
  const holder = within === undefined ? 'model' : 'self';
  return atom(isPlain ? `${holder}.${own}` : `${holder}.get_parameter(${text(own)})`);
} // prettier-ignore

/** What holds the tensors of a part: a copy that stays as it is reads those of its origin. */
function holderOf(owner: string, place: string, source: StageSource): string {
  const origin = copied(source.checked, owner);
  if (origin === undefined) return owner;
  const start = `${[owner, place].filter((word) => word !== '').join('.')}.`;
  const hasOwn = source.program.parameters.some(({ name }) => name.startsWith(start));
  return hasOwn ? owner : holderOf(origin, place, source);
}

function column(body: Body, typed: Typed, { column: name, part }: TypedAttributes['column'], source: StageSource): Code {
  const kind = source.checked.columns.find((each) => each.name === name)?.kind;
  if (kind === 'text' && part === 'mask') {
    body.functions.add('tokens');
    return body.library('real_tokens', `*tokens(batch, ${text(name)})`);
  }
  const value = atom(`batch[${text(part === 'value' ? name : `${name}.${part}`)}]`);
  if (typed.type.element === 'text') throw new Unsupported(typed, 'a text outside of a text tower');
  const isPicture = part === 'value' && (kind === 'image' || kind === 'frames');
  return isPicture ? binary('/', method(value, 'float'), numeral(255, true)) : value;
} // prettier-ignore

function call(body: Body, typed: Typed, attributes: TypedAttributes['call'], source: StageSource, place: Place): LocatedCode {
  const { owner, tap, part, unbuilt } = attributes;
  if (unbuilt !== undefined) throw new Unsupported(typed, unbuilt);
  const instance = source.checked.instances.find(({ name }) => name === owner);
  const [operand] = typed.args;
  if (instance === undefined || operand === undefined) throw new Unsupported(typed, `a call of \`${owner}\``);
  const inner = part === undefined ? undefined : instance.parts?.[part];
  const shape = inner?.shape ?? instance.shape;
  const isTower = instance.shape.kind === 'encoder' && instance.shape.config.kind === 'clip';
  const held = inner?.path ?? (isTower ? (tap.split('.')[0] ?? '') : '');
  const heldBy = holderOf(owner, held, source);
  const blocks = inner !== undefined && instance.shape.kind === 'encoder' ? towerBlocks(typed, instance.shape, inner) : undefined;
  const { within } = body.surroundings;
  const around = within === undefined ? partTarget(heldBy, inner?.path ?? '') : partWithin(within, owner, inner?.path ?? '');
  if (around === undefined) throw new Unsupported(typed, 'a part from outside');
  const target = blocks === undefined ? around : `${partTarget(heldBy, '')}${blocks.method}`;
  switch (shape.kind) {
    case 'linear':
    case 'mlp': {
      return along(body, target, operand, shape);
    }
    case 'layer': {
      const path = inner?.path ?? '';
      const name = `${owner}${path === '' ? '' : `.${path}`}`;
      const { from, to, along: over } = attributes.axes ?? shape.axes;
      if (attributes.masked !== true && (shape.layer === 'linear' || shape.layer === 'mlp') && from !== undefined && to !== undefined) {
        body.value(operand);
        return along(body, target, operand, { from, to, ...(place === 'step' ? leftOut(body, typed, operand, source, name) : {}) });
      }
      if (shape.layer === 'layer_norm' && over !== undefined) return along(body, target, operand, { from: over, to: over }); // prettier-ignore
      if (shape.layer === 'dropout') return dropout(body, typed, operand, { source, place, name });
      if (shape.layer === 'cross_attention') return crossAttention(body, typed, { target, attributes, source, place, name });
      if (shape.layer === 'decoder') return decoded(body, typed, { target, attributes, source, place, name });
      if (shape.layer === 'temporal_shift') return shifted(body, typed, shape.options['part']);
      if (shape.layer === 'fpn') return pyramid(body, typed, target, source);
      if (shape.layer === 'upsample') return upsampled(body, typed, shape.options['method'], source);
      const holder = `${heldBy}${path === '' ? '' : `.${path}`}`;
      const options = blocks === undefined ? {} : { options: blocks.options };
      const made = layerCall(body, typed, { target, layer: shape.layer, attributes, source, place, name, holder, ...options });
      if (made !== undefined) return made;
      throw new Unsupported(typed, `the layer \`${shape.layer}\``);
    }
    case 'composite':
      throw new Unsupported(typed, `\`${owner}\``);
    case 'encoder':
      if (shape.config.kind === 'ast') return soundCall(body, typed, attributes, { instance, target, tap, place, source });
      return operand.type.element === 'text' || tap.endsWith('embeddings') || tap === 'text.finish'
        ? textCall(body, typed, operand, { instance, target, tap, place, source })
        : imageCall(body, typed, operand, { instance, target, tap, place, source });
  }
} // prettier-ignore

interface Along {
  readonly from: Axis;
  readonly to: Axis;
  /** What it leaves out, and in which order of the axes that was drawn. */
  readonly dropout?: Code;
  readonly order?: readonly Axis[];
}

/** A module that acts on one axis, wherever it stands. */
function along(body: Body, target: string, operand: Typed, { from, to, dropout: leaves, order }: Along): LocatedCode {
  const value = body.value(operand);
  const rest = without(order ?? value.axes, from);
  const x = ordered(value, [...rest, from]);
  const made = atom(`${target}(${[x.code.text, ...(leaves === undefined ? [] : [leaves.text])].join(', ')})`);
  if (to.id === scalarAxis.id) return { code: method(made, 'squeeze', '-1'), axes: rest };
  return { code: made, axes: [...rest, to] };
}

function leftOut(body: Body, typed: Typed, operand: Typed, source: StageSource, name: string): Pick<Along, 'dropout' | 'order'> {
  const made = dropoutOf(body, typed, source, name);
  if (made === undefined) return {};
  if (!isDrawn(typed, source)) return { dropout: made };
  const order = stepTrace(source).axesOf(operand);
  // a process has its rows of a draw: those of its samples, where they come first
  if (hasBatch(operand) && new BatchUse().isLocal(typed) && order[0]?.id !== 'batch') throw new Unsupported(typed, '`dropout` of a value that is laid out in another way');
  return { dropout: made, order };
} // prettier-ignore
