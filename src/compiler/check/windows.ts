/** Runs of neighbours along an axis. */
import { axisWord, known, printSize, quotientOfSize, sumOfSizes, type Axis, type Size } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { bornAxis } from './born-axis.ts';
import { Compose } from './compose.ts';
import { alreadyThere } from './shape-functions.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `windows(x, over: time as [hop, tap], size: 25, every: 10)`: runs of neighbours. */
export function windowsCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  const size = args.samples('size', value);
  const every = args.has('every') ? args.samples('every', value) : size;
  const names = args.names(2, 'two new axes (windows, and entries of one)');
  if (axis === undefined || names === undefined || args.failed) return undefined;
  if (size === undefined || every === undefined)
    return args.fail('CX3006', '`windows` needs `size:`, the entries of one window');
  const padded = args.word('pad', ['end']) === 'end';
  const count = windowCount(axis.size, size, every, padded);
  if (count === undefined || (count.kind === 'known' && count.value < 1))
    return checker.report.error('CX5006', args.labelled('size')?.span, `\`${axisWord(axis)}\` has no ${size} entries for a window`, { found: printSize(axis.size) }); // prettier-ignore
  const [first, second] = names;
  const hop = first && bornAxis(checker, first, { kind: 'position', size: count }, scope);
  const tap = second && bornAxis(checker, second, { kind: 'position', size: known(size) }, scope);
  if (hop === undefined || tap === undefined) return undefined;
  const twin = [hop, tap].find((each) => hasAxis(value.type, each.id) && each.id !== axis.id);
  if (twin !== undefined) return alreadyThere(args, checker, twin);
  return windowed(new Compose(call.span), value, axis, { hop, tap, every, padded });
}

interface Windows {
  readonly hop: Axis;
  readonly tap: Axis;
  readonly every: number;
  /** The last window may reach beyond the end; what is there is masked. */
  readonly padded?: boolean;
}

export function windowed(compose: Compose, value: Typed, axis: Axis, { hop, tap, every, padded }: Windows): Typed {
  const at = compose.two('add', compose.with('mul', compose.index(hop), every), compose.index(tap));
  if (padded !== true) return compose.gather(value, axis, at);
  const last = compose.with('sub', compose.size(axis), 1);
  return compose.only(compose.gather(value, axis, compose.two('min', at, last)), compose.two('le', at, last));
}

/** Whole windows that fit; with `padded` also a last one that starts inside. */
export function windowCount(size: Size, window: number, every: number, padded = false): Size | undefined {
  const room = sumOfSizes([size, known(-window)]);
  if (!padded) {
    const further = quotientOfSize(room, every);
    return further === undefined ? undefined : sumOfSizes([further, known(1)]);
  }
  const further = quotientOfSize(sumOfSizes([room, known(every - 1)]), every);
  return further === undefined ? undefined : sumOfSizes([further, known(1)]);
}
