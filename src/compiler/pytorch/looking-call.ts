/** Calls of layers that look at another value: which of its places are looked at by which. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import { orderAxes } from '../check/build.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { dropoutOf, isDrawn } from './leaving-out.ts';
import { aligned, hasAxis, without, type LocatedCode } from './located-code.ts';
import { atom, method } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

interface Looking {
  readonly target: string;
  readonly attributes: TypedAttributes['call'];
  readonly source: StageSource;
  readonly place: Place;
  /** Of its tensors: `cross`. */
  readonly name: string;
}

/** `cross(x, memory: y)`: `[..., place, width]` and `[..., key, other width]`. What one has and the other lacks is repeated along it. */
export function crossAttention(body: Body, typed: Typed, { target, attributes, source, place, name }: Looking): LocatedCode {
  const { axes: named = {}, more = [], masked } = attributes;
  const { along, key, width, over } = named;
  const given = body.operands(typed.args, 80);
  const [value, memory] = given;
  if (value === undefined || memory === undefined || along === undefined || key === undefined || width === undefined || more.includes('own'))
    throw new Unsupported(typed, 'the layer `cross_attention`');
  const real = masked === true ? given.at(-1) : undefined;
  const sees = more.includes('sees') ? given[2 + more.indexOf('sees')] : undefined;
  const dropout = place === 'step' ? dropoutOf(body, typed, source, name) : undefined;
  // any axis of the value alone may be that of its places: each looks by itself
  const others = [memory, real, sees].flatMap((each) => each?.axes ?? []);
  const own = without(value.axes, along).filter((axis) => !hasAxis(others, axis));
  const queries = over ?? (dropout === undefined || !isDrawn(typed, source) ? own.at(-1) : undefined);
  const places: readonly Axis[] = queries === undefined ? [] : [queries];
  const mine = without(value.axes, ...places, along);
  const rest = dropout === undefined || !isDrawn(typed, source) ? [...mine, ...without(memory.axes, key, width, ...mine)] : rowsDrawn(typed, source, { places, along, key, width });
  const x = aligned(value, [...rest, ...places, along]);
  const parts = [(queries === undefined ? method(x, 'unsqueeze', '-2') : x).text, aligned(memory, [...rest, key, width]).text];
  if (real !== undefined) parts.push(`real=${aligned(real, [...rest, key]).text}`);
  if (sees !== undefined) parts.push(`sees=${aligned(sees, [...rest, ...places, key]).text}`);
  if (dropout !== undefined) parts.push(`dropout=${dropout.text}`);
  const made = atom(`${target}(${parts.join(', ')})`);
  return { code: queries === undefined ? method(made, 'squeeze', '-2') : made, axes: [...rest, ...places, along] };
} // prettier-ignore

/** Draws are laid out as clipx lays out the rows: all axes but those of places and widths, samples first. */
function rowsDrawn(typed: Typed, source: StageSource, { places, along, key, width }: { readonly places: readonly Axis[]; readonly along: Axis; readonly key: Axis; readonly width: Axis }): readonly Axis[] {
  const trace = stepTrace(source);
  const [mine = [], theirs = []] = typed.args.slice(0, 2).map((each) => trace.axesOf(each));
  const own = without(mine, ...places, along);
  return orderAxes([...own, ...without(theirs, key, width, ...own)]);
} // prettier-ignore
