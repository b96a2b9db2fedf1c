import type { Call } from '../../syntax/ast.ts';
import { known, printSize, structuralAxis } from '../../types/axis.ts';
import type { AstConfig } from '../../types/model-config.ts';
import { printAxes } from '../../types/value-type.ts';
import { Arguments } from '../arguments.ts';
import { cast, node, orderAxes } from '../build.ts';
import type { Checker } from '../checker.ts';
import { reducedMask } from '../masks.ts';
import type { Scope } from '../scope.ts';
import { soundRate } from '../sound-rate.ts';
import type { CallAttributes, Instance } from '../typed.ts';
import type { Value } from '../value.ts';
import type { EncoderShape } from './encoder-shape.ts';
import { maskAlong } from './layer-call.ts';

interface SoundCall {
  readonly checker: Checker;
  readonly instance: Instance;
  readonly shape: EncoderShape;
  readonly config: AstConfig;
  readonly what: string;
  readonly path: string;
  readonly tap: 'hidden' | undefined;
  readonly call: Call;
  readonly scope: Scope;
}

/** The audio spectrogram transformer on a wave `[…, time]`. */
export function callSound({
  checker,
  instance,
  shape,
  config,
  what,
  path,
  tap,
  call,
  scope,
}: SoundCall): Value | undefined {
  const args = new Arguments(checker, what, call, scope, [], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const time = value.type.axes.find((axis) => axis.name === 'time');
  if (time === undefined || value.type.axes.some((axis) => axis.kind === 'feature')) {
    return checker.report.error('CX3007', args.place(0), `\`${what}\` reads sound`, {
      expected: 'an `input` of type `audio(…)`, or a value with the axis time',
      found: printAxes(value.type.axes),
    });
  }
  const rest = value.type.axes.filter((axis) => axis.id !== time.id);
  const rate = soundRate(checker, value);
  if (rate === undefined)
    return checker.report.error('CX3007', args.place(0), `\`${what}\` reads sound of one known rate`, {
      expected: 'a value made of one `input` of type `audio(…)`',
    });
  // windows of 25 ms
  const least = Math.round(rate * 0.025);
  if (time.size.kind !== 'known' || time.size.value < least)
    return checker.report.error('CX5006', args.place(0), `\`${what}\` reads at least one window of 25 ms, ${least} samples`, {
      found: printSize(time.size),
    }); // prettier-ignore
  const along = (extent: number): number => Math.floor((extent - config.patch) / config.stride) + 1;
  // a class and a distillation token stand before the patches
  const token = structuralAxis('token', known(2 + along(config.mels) * along(config.frames)));
  const axes = tap === 'hidden' ? [...rest, token, shape.joint] : [...rest, shape.to ?? shape.joint];
  const mask = maskAlong(value, time);
  const attributes: CallAttributes = { owner: instance.name, tap: path, axes: { over: time }, rate, ...(mask === undefined ? {} : { masked: true }) }; // prettier-ignore
  const operands = [cast(value, 'f32'), ...(mask === undefined ? [] : [mask])];
  return { kind: 'tensor', typed: node('call', operands, attributes, { element: 'f32', axes: orderAxes(axes) }, call.span, reducedMask(value.mask, [time], 'mean', call.span)) }; // prettier-ignore
}
