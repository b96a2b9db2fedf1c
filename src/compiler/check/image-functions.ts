/** Functions of pictures: values with `height` and `width`. */
import { hasAxis, printAxes } from '../types/value-type.ts';
import type { Axis } from '../types/axis.ts';
import { Arguments } from './arguments.ts';
import { cast, orderAxes, unbuilt } from './build.ts';
import type { Checker } from './checker.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** The `height` and `width` of a picture; told where it has none or several. */
export function pictureAxes(
  checker: Checker,
  args: Arguments,
  value: Typed,
  at = args.place(0),
): { readonly height: Axis; readonly width: Axis } | undefined {
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

/** `bezier_strokes(P, like: picture)`: coverage of each cubic stroke, P [stroke, control, xy] in pixels. */
export function bezierStrokesCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = new Arguments(checker, name, call, scope, ['like', 'pen', 'σ', 'samples'], [1, 1]);
  const points = args.tensor(0);
  const like = args.option('like');
  const [pen, σ, samples] = [args.option('pen'), args.option('σ'), args.number('samples')];
  if (!args.has('like') && points !== undefined)
    return args.fail('CX3006', '`bezier_strokes` needs the canvas: `like: picture`');
  if (points === undefined || like === undefined || args.failed) return undefined;
  const canvas = pictureAxes(checker, args, like, args.labelled('like')?.span);
  const control = points.type.axes.filter((axis) => axis.kind === 'position' && isSize(axis, 4));
  const xy = points.type.axes.filter((axis) => axis.kind === 'feature' && isSize(axis, 2));
  const [corner, coordinate] = [control[0], xy[0]];
  if (corner === undefined || coordinate === undefined || control.length > 1 || xy.length > 1) {
    return checker.report.error('CX3003', args.place(0), '`bezier_strokes` draws cubic strokes', {
      expected: 'one position axis of 4 control points and one feature axis of 2 coordinates',
      found: printAxes(points.type.axes),
    });
  }
  if (canvas === undefined) return undefined;
  const rest = points.type.axes.filter((axis) => axis.id !== corner.id && axis.id !== coordinate.id);
  const axes = orderAxes([...rest, canvas.height, canvas.width]);
  const operands = [
    cast(points, 'f32'),
    ...[pen, σ].flatMap((each) => (each === undefined ? [] : [cast(each, 'f32')])),
  ];
  const given = { corner, coordinate, samples: samples ?? 16, pen: pen !== undefined, σ: σ !== undefined };
  return unbuilt('`bezier_strokes`', operands, given, { element: 'f32', axes }, call.span, points.mask);
}

const isSize = (axis: Axis, size: number): boolean => axis.size.kind === 'known' && axis.size.value === size;

/** Whether a picture is masked along its pixels, which a filter over them has to be told about. */
export function maskedPixels(value: Typed, axes: readonly Axis[]): boolean {
  const { mask } = value;
  return mask !== undefined && axes.some((axis) => hasAxis(mask.type, axis.id));
}
