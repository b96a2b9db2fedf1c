import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import type { Arguments } from './arguments.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import type { Typed } from './typed.ts';

export interface PictureAxes {
  readonly height: Axis;
  readonly width: Axis;
}

/** The `height` and `width` of a picture; told where it has none or several. */
export function pictureAxes(
  checker: Checker,
  args: Arguments,
  value: Typed,
  at = args.place(0),
): PictureAxes | undefined {
  const [height, width] = ['height', 'width'].map((name) => value.type.axes.filter((axis) => axis.name === name));
  const [tall, second] = height ?? [];
  const [wide, other] = width ?? [];
  if (tall !== undefined && wide !== undefined && second === undefined && other === undefined)
    return { height: tall, width: wide };
  args.failed = true;
  return checker.report.error(
    'CX3003',
    at,
    `\`${args.name}\` works on pictures: values with \`height\` and \`width\``,
    {
      found: printAxes(value.type.axes),
      help: 'an axis of another name becomes one by `x[rows as height, columns as width]`',
    },
  );
}

/** A positional size in pixels. */
export function wholeAt(checker: Checker, args: Arguments, position: number): number | undefined {
  const typed = args.tensor(position);
  const value = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined || (value !== undefined && Number.isInteger(value) && value >= 1)) return value;
  args.failed = true;
  return checker.report.error('CX5006', args.place(position), 'a size in pixels is a whole number of at least 1');
}
