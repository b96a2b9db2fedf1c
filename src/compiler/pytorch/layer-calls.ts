/** Calls of layers that look along places or pictures: which dimensions they see, and what is left out. */
import type { InstanceShape, Typed, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import { orderAxes } from '../check/build.ts';
import { BatchUse } from './batch-axis.ts';
import type { Body } from './body.ts';
import { dropoutOf, isDrawn } from './leaving-out.ts';
import { aligned, ordered, without, type LocatedCode } from './located-code.ts';
import { atom, method, numeral, type Code } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

interface LayerCall {
  readonly target: string;
  readonly layer: Extract<InstanceShape, { kind: 'layer' }>['layer'];
  readonly attributes: TypedAttributes['call'];
  readonly source: StageSource;
  readonly place: Place;
  /** Of its tensors: `head.2`. */
  readonly name: string;
  /** The same where another part holds them. */
  readonly holder: string;
  /** Further arguments: which blocks of a tower. */
  readonly options?: readonly string[];
}

/** Undefined where this target has no such layer. */
export function layerCall(body: Body, typed: Typed, call: LayerCall): LocatedCode | undefined {
  const { attributes, layer, source, holder } = call;
  const written = calls[layer];
  if (written === undefined) return undefined;
  if (!source.program.parameters.some(({ name }) => name.startsWith(`${holder}.`))) throw new Unsupported(typed, 'a layer that reads the tensors of another part');
  const named = attributes.axes ?? {};
  const axis = (name: string): Axis => {
    const found = named[name];
    if (found === undefined) throw new Unsupported(typed, `the layer \`${layer}\``);
    return found;
  };
  const more = attributes.more ?? [];
  const count = typed.args.length - more.length - (attributes.masked === true ? 1 : 0);
  const given = body.operands(typed.args, 60);
  const [value] = given;
  const at = more.indexOf('sees');
  if (value === undefined || count !== 1 || more.includes('own')) throw new Unsupported(typed, `the layer \`${layer}\``);
  const real = attributes.masked === true ? given.at(-1) : undefined;
  const sees = at < 0 ? undefined : given[count + at];
  const [operand = typed] = typed.args;
  const dropout = call.place === 'step' ? dropoutOf(body, typed, source, call.name) : undefined;
  // draws are laid out as clipx lays out what they are for
  const order = dropout === undefined || !isDrawn(typed, source) ? value.axes : orderAxes(stepTrace(source).axesOf(operand));
  return written({ typed, value: { ...value, order }, real, sees, dropout, axis, across: named['across'], call });
} // prettier-ignore

interface Site {
  readonly typed: Typed;
  /** `order`: in which its axes come before those that the layer sees. */
  readonly value: LocatedCode & { readonly order: readonly Axis[] };
  /** Which places there are. */
  readonly real: LocatedCode | undefined;
  /** Which other places each of them looks at. */
  readonly sees: LocatedCode | undefined;
  readonly dropout: Code | undefined;
  readonly axis: (name: string) => Axis;
  readonly across: Axis | undefined;
  readonly call: LayerCall;
}

const calls: Partial<Record<LayerCall['layer'], (site: Site) => LocatedCode>> = {
  attention: overPlaces,
  transformer: overPlaces,
  positions: overPlaces,
  attention_pool: pooled,
  embedding: ({ value, axis, call: { target } }) => ({
    code: atom(`${target}(${method(value.code, 'long').text})`),
    axes: [...value.axes, axis('to')],
  }),
  batch_norm: normed,
  group_norm: grouped,
  temporal_conv: (site) => {
    const [over, from, to] = [site.axis('over'), site.axis('from'), site.axis('to')];
    const rest = without(site.value.axes, over, from);
    return { code: applied(site, [over, from], [over]), axes: [...rest, over, to] };
  },
  gru: recurrent,
  lstm: recurrent,
  patchify: cut,
  conv: onPicture,
  conv_transpose: onPicture,
};

/** `temporal_shift`, which has no tensors. */
export function shifted(body: Body, typed: Typed, part: unknown): LocatedCode {
  const { axes = {}, masked } = typed.op === 'call' ? typed.attributes : {};
  const { over, along } = axes;
  const [value, real] = body.operands(typed.args, 70);
  if (value === undefined || over === undefined || along === undefined) throw new Unsupported(typed, 'the layer `temporal_shift`'); // prettier-ignore
  const rest = without(value.axes, over, along);
  const parts = [ordered(value, [...rest, over, along]).code.text, numeral(typeof part === 'number' ? part : 0.125).text];
  if (masked === true && real !== undefined) parts.push(aligned(real, [...rest, over]).text);
  return { code: body.library('temporal_shift', ...parts), axes: [...rest, over, along] };
} // prettier-ignore

function recurrent(site: Site): LocatedCode {
  const [over, from, to] = [site.axis('over'), site.axis('from'), site.axis('to')];
  return { code: applied(site, [over, from], [over]), axes: [...without(site.value.axes, over, from), over, to] };
}

/** Pictures in patches; films too, frame by frame. */
function cut(site: Site): LocatedCode {
  const { frame } = site.call.attributes.axes ?? {};
  const films = frame === undefined ? [] : [frame];
  const own = [...films, site.axis('height'), site.axis('width'), site.axis('from')];
  const axes = [...without(site.value.axes, ...own), ...films, site.axis('over'), site.axis('to')];
  return { code: applied(site, own, films), axes };
}

function grouped({ value, axis, real, call }: Site): LocatedCode {
  const along = axis('along');
  const places = value.axes.filter(({ kind, name }) => kind === 'position' && name !== 'frame');
  const axes = [...without(value.axes, ...places, along), ...places, along];
  const parts = [ordered(value, axes).code.text];
  if (real !== undefined) parts.push(`real=${aligned(real, axes.slice(0, -1)).text}`);
  if (places.length !== 1) parts.push(`places=${places.length}`);
  return { code: atom(`${call.target}(${parts.join(', ')})`), axes };
}

/** The call on the value, its own dimensions last; what is real has the first of them. */
function applied({ value, real, sees, dropout, axis, call }: Site, own: readonly Axis[], places: readonly Axis[]): LocatedCode['code'] {
  const rest = without(value.order, ...own);
  const parts = [ordered(value, [...rest, ...own]).code.text, ...(call.options ?? [])];
  if (real !== undefined) parts.push(`real=${aligned(real, [...rest, ...places]).text}`);
  if (sees !== undefined) {
    const key = without(sees.axes, ...rest, axis('over'))[0];
    if (key !== undefined) parts.push(`sees=${aligned(sees, [...rest, axis('over'), key]).text}`);
  }
  if (dropout !== undefined) parts.push(`dropout=${dropout.text}`);
  return atom(`${call.target}(${parts.join(', ')})`);
} // prettier-ignore

function overPlaces(site: Site): LocatedCode {
  const own = [site.axis('over'), site.axis('along')];
  return { code: applied(site, own, own.slice(0, 1)), axes: [...without(site.value.order, ...own), ...own] };
}

function pooled(site: Site): LocatedCode {
  const { value, axis, across } = site;
  const [from, to] = [axis('from'), axis('to')];
  const places = across === undefined ? [axis('over')] : [axis('over'), across];
  const made = applied(site, [...places, from], places);
  const axes = [...without(value.axes, ...places, from), to];
  if (across === undefined) return { code: made, axes };
  return { code: atom(`${made.text.slice(0, -1)}, places=2)`), axes };
}

function normed(site: Site): LocatedCode {
  const { value, axis, typed, call } = site;
  const [operand] = typed.args;
  const along = axis('along');
  const rest = without(value.axes, along);
  const made = applied(site, [along], rest.slice(rest.length));
  const axes = [...rest, along];
  // statistics are those of the samples of all processes, each once: what looks across the batch has them already
  const isLocal = operand !== undefined && new BatchUse().isLocal(operand);
  if (call.place !== 'step' || isLocal) return { code: made, axes };
  return { code: atom(`${made.text.slice(0, -1)}, whole=True)`), axes };
}

function onPicture(site: Site): LocatedCode {
  const { value, axis, typed, call } = site;
  const [height, width, to] = [axis('height'), axis('width'), axis('to')];
  const own = [height, width];
  const channel = call.attributes.axes?.['from'] ?? without(value.axes, ...own).find(({ kind }) => kind === 'feature');
  const channels = channel === undefined ? [] : [channel];
  const rest = without(value.axes, ...own, ...channels);
  const x = ordered(value, [...rest, ...own, ...channels]).code;
  const made = atom(`${call.target}(${(channel === undefined ? method(x, 'unsqueeze', '-1') : x).text})`);
  const fresh = without(typed.type.axes, ...rest, to);
  const grown = own.map((each) => fresh.find(({ name }) => name === each.name));
  const [tall, wide] = grown;
  if (tall === undefined || wide === undefined || fresh.length !== 2) throw new Unsupported(typed, `the layer \`${call.layer}\` here`);
  return { code: made, axes: [...rest, tall, wide, to] };
} // prettier-ignore
