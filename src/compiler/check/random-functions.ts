/** Functions that draw: each has a stream of its own, named by the `let` that it stands in. */
import type { Call } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { Arguments } from './arguments.ts';
import { cast, node, orderAxes } from './build.ts';
import { Compose } from './compose.ts';
import { alongside } from './masks.ts';
import { axisOf } from './named-axis.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `uniform([batch, token])` in 0..1, `gaussian([batch, latent])`. */
export function randomCall(
  { checker, call, scope, name }: Site,
  distribution: 'uniform' | 'normal',
): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const like = args.option('like');
  if (like !== undefined)
    return args.failed ? undefined : drawn(like.type.axes, distribution, checker.stream(name), call);
  const list = args.positional(0)?.value;
  if (list?.kind !== 'list')
    return args.fail('CX3006', `\`${name}\` takes a list of axes`, `write \`${name}([batch, token])\`, or \`like: x\``);
  const axes = list.items.map((item) => axisOf(checker, item.value, scope));
  if (axes.some((axis) => axis === undefined) || args.failed) return undefined;
  const known = axes.filter((axis) => axis !== undefined);
  return drawn(known, distribution, checker.stream(name), call);
}

const drawn = (axes: readonly Axis[], distribution: 'uniform' | 'normal', stream: string, call: Call): Typed =>
  node('random', [], { stream, distribution }, { element: 'f32', axes: orderAxes(axes) }, call.span);

/** `draw(template, for: batch)`: an entry of the axis at random, each as likely. */
export function drawCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const named = args.positional(0);
  const axes = args.anyAxes('for');
  if (named === undefined || axes === undefined || args.failed) return undefined;
  const axis = axisOf(checker, named.value, scope);
  if (axis === undefined) return undefined;
  const compose = new Compose(call.span);
  const share = drawn(axes, 'uniform', checker.stream(name), call);
  const size = compose.size(axis);
  const place = compose.two('min', compose.two('mul', share, size), compose.with('sub', size, 1));
  const index = cast(compose.one('floor', place), 'i32');
  return { ...index, type: { ...index.type, indexes: axis } };
}

export function shuffleCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  if (axis === undefined || args.failed) return undefined;
  const stream = checker.stream('shuffle');
  const shuffled = (whole: Typed): Typed => node('shuffle', [whole], { axis, stream }, whole.type, call.span);
  const mask = alongside(value.mask, axis, shuffled);
  return { ...shuffled(value), ...(mask === undefined ? {} : { mask }) };
}

/** `redraw(x)`: the same equations with other draws. */
export function redrawCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const suffix = checker.stream('redraw');
  const known = new Map<Typed, Typed>();
  let draws = 0;
  const again = (typed: Typed): Typed => {
    const found = known.get(typed);
    if (found !== undefined) return found;
    const inner = typed.args.map(again);
    const mask = typed.mask === undefined ? undefined : again(typed.mask);
    const changed = mask !== typed.mask || inner.some((each, at) => each !== typed.args[at]);
    let copy: Typed = changed ? { ...typed, args: inner, ...(mask === undefined ? {} : { mask }) } : typed;
    if (copy.op === 'random' || copy.op === 'shuffle') {
      draws += 1;
      const stream = `${copy.attributes.stream}/${suffix}`;
      copy = { ...copy, attributes: { ...copy.attributes, stream } } as Typed;
    }
    if (copy.op === 'call' && dropsOut(checker.instances.get(copy.attributes.owner))) {
      draws += 1;
      copy = { ...copy, attributes: { ...copy.attributes, draw: suffix } };
    }
    known.set(typed, copy);
    return copy;
  };
  const result = again(value);
  if (draws > 0) return result;
  return checker.report.error('CX3006', args.place(0), 'nothing is drawn in this value, so another draw is the same', {
    help: '`redraw` is for values with dropout, `uniform`, `gaussian`, `draw` or `shuffle` in them',
  });
}

/** Whether a part has dropout somewhere in its configuration. */
function dropsOut(found: unknown): boolean {
  if (typeof found !== 'object' || found === null) return false;
  return Object.entries(found).some(([key, value]: [string, unknown]) =>
    key === 'dropout' ? value !== 0 : value === 'dropout' || dropsOut(value),
  );
}
