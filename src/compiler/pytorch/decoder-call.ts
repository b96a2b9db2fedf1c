/** Calls of decoders: places that look at themselves and at those of another value. */
import { orderAxes } from '../check/build.ts';
import type { Typed, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { dropoutOf, isDrawn } from './leaving-out.ts';
import { aligned, without, type LocatedCode } from './located-code.ts';
import { atom, method } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

interface Decoding {
  readonly target: string;
  readonly attributes: TypedAttributes['call'];
  readonly source: StageSource;
  readonly place: Place;
  /** Of its tensors: `writer.blocks`. */
  readonly name: string;
}

/** `blocks(x, memory: y)`: `[..., place, width]` and `[..., key, other width]`. What one has and the other lacks is repeated along it. */
export function decoded(body: Body, typed: Typed, { target, attributes, source, place, name }: Decoding): LocatedCode {
  const { axes: named = {}, more = [], masked } = attributes;
  const { along, key, width, over } = named;
  const given = body.operands(typed.args, 80);
  const [value, memory] = given;
  if (value === undefined || memory === undefined || along === undefined || key === undefined || width === undefined)
    throw new Unsupported(typed, 'the layer `decoder` here');
  const other = (which: 'sees' | 'own'): LocatedCode | undefined =>
    more.includes(which) ? given[2 + more.indexOf(which)] : undefined;
  const real = masked === true ? given.at(-1) : undefined;
  const [sees, own] = [other('sees'), other('own')];
  const dropout = place === 'step' ? dropoutOf(body, typed, source, name) : undefined;
  const places: readonly Axis[] = over === undefined ? [] : [over];
  // draws are laid out as clipx lays out the rows: samples first
  const laid = dropout === undefined || !isDrawn(typed, source) ? [value.axes, memory.axes] : typed.args.slice(0, 2).map((each) => stepTrace(source).axesOf(each));
  const mine = without(laid[0] ?? [], ...places, along);
  const rest = orderAxes([...mine, ...without(laid[1] ?? [], key, width, ...mine)]);
  const x = aligned(value, [...rest, ...places, along]);
  const parts = [(over === undefined ? method(x, 'unsqueeze', '-2') : x).text, aligned(memory, [...rest, key, width]).text];
  if (real !== undefined) parts.push(`real=${aligned(real, [...rest, key]).text}`);
  if (sees !== undefined && over !== undefined) parts.push(`sees=${aligned(sees, [...rest, over, key]).text}`);
  if (own !== undefined && over !== undefined) parts.push(`own=${aligned(own, [...rest, over]).text}`);
  if (dropout !== undefined) parts.push(`dropout=${dropout.text}`);
  const made = atom(`${target}(${parts.join(', ')})`);
  return { code: over === undefined ? method(made, 'squeeze', '-2') : made, axes: [...rest, ...places, along] };
} // prettier-ignore
