import type { Instance, Typed } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import { elementCount } from '../types/dtype.ts';
import type { Elaborator } from './elaborator.ts';
import { astHead, astPool, astTokens } from './layers/ast.ts';
import { without, type Located } from './located.ts';

/** The audio spectrogram transformer on sounds `[…, time]`: its feature, or at the tap `hidden` its tokens. */
export function soundCall(elaborator: Elaborator, instance: Instance, typed: Typed, tap: string): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder' && shape.config.kind === 'ast', 'an encoder of sounds');
  invariant(typed.op === 'call', 'a call');
  const { config, to } = shape;
  const { rate, axes, masked } = typed.attributes;
  const time = axes?.['over'];
  invariant(time && rate !== undefined, 'a sound with its axis and its rate');
  const { aligner } = elaborator;
  const value = elaborator.argument(typed, 0);
  const lead = without(value.axes, time);
  const rows = [elementCount(aligner.extents(lead)), aligner.extent(time)];
  const wave = aligner.reshaped(aligner.ordered(value, [...lead, time]).node, rows);
  const real = masked === true ? aligner.reshaped(aligner.expanded(elaborator.argument(typed, 1), [...lead, time]), rows) : undefined; // prettier-ignore
  const context = elaborator.context(instance.name);
  const tokens = elaborator.once(`${instance.name}.tokens|${wave}|${real ?? ''}`, typed, () =>
    astTokens(context, '', wave, config, { rate, real }),
  );
  const rest = typed.type.axes.filter((axis) => !lead.some((each) => each.id === axis.id));
  const all = [...lead, ...rest];
  if (tap === 'hidden') return { node: aligner.reshaped(tokens, aligner.extents(all)), axes: all };
  const node = elaborator.once(`${instance.name}|${wave}|${real ?? ''}`, typed, () => {
    const feature = astPool(context, '', tokens, config);
    return to === undefined ? feature : astHead(context, '', feature, aligner.extent(to), config);
  });
  return { node: aligner.reshaped(node, aligner.extents(all)), axes: all };
}
