/** The layer `dropout`: what a step keeps of a value, as clipx draws it. */
import type { Typed } from '../check/typed.ts';
import { hasBatch, BatchUse } from './batch-axis.ts';
import type { Body } from './body.ts';
import { ordered, without, type LocatedCode } from './located-code.ts';
import { leftOut } from './leaving-out.ts';
import { atom, binary, numeral, text } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import type { Place } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

interface Site {
  readonly source: StageSource;
  readonly place: Place;
  /** Of the layer: `head.3`. */
  readonly name: string;
}

/** In steps of a part that trains what is kept, over the share that is; elsewhere the value. Along an axis whole slices are drawn, of extent 1. */
export function dropout(body: Body, typed: Typed, operand: Typed, { source, place, name }: Site): LocatedCode {
  const [value = body.value(operand)] = body.operands([operand], 50);
  const { within } = body.surroundings;
  if (place !== 'step') return value;
  const trace = stepTrace(source);
  const [draw] = trace.drawsOf(typed);
  if (draw?.keep === undefined) {
    if (within === undefined) return value;
    return { code: atom(`dropout(${value.code.text}, ${text(within.leavesOut(name, []))})`), axes: value.axes };
  }
  const { stream, keep } = draw;
  const axes = trace.axesOf(operand);
  const isAlike = axes.length === value.axes.length && without(axes, ...value.axes).length === 0;
  // a process has its rows of a draw: those of its samples, where they come first
  const isSliced = hasBatch(typed) && new BatchUse().isLocal(typed) && axes[0]?.id !== 'batch';
  if (!isAlike || isSliced) throw new Unsupported(typed, '`dropout` of a value that is laid out in another way');
  if (within !== undefined) {
    const at = within.leavesOut(name, leftOut([draw], typed, name));
    return { code: atom(`dropout(${ordered(value, axes).code.text}, ${text(at)})`), axes };
  }
  const drawn = ordered({ code: body.surroundings.draw(body, typed, stream, axes), axes }, value.axes);
  return { code: binary('/', binary('*', value.code, drawn.code), numeral(Number(keep.toPrecision(12)))), axes: value.axes };
} // prettier-ignore
