import { formatCount } from '../common/format-number.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import { extent, type Axis, type SizeEnvironment } from '../types/axis.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/** A batch of 5,793. */
const mostPairs = 2 ** 24;

/**
 * Entries that are only there in batches or sets that are large enough: pairs of one sample, the ten nearest of eight. Decided once the
 * number of samples is known. Returns whether all are there.
 */
export function checkEntries(roots: readonly Typed[], sizes: SizeEnvironment, what: string, report: Reporter): boolean {
  let whole = true;
  const fault = (span: Span, message: string, help = 'take more samples, or fewer entries'): void => {
    whole = false;
    report.error('CX5006', span, message, { help });
  };
  const samples = `${what} of ${sizes.batch} ${sizes.batch === 1 ? 'sample' : 'samples'}`;
  const size = (axis: Axis): number => extent(axis.size, sizes);
  for (const typed of reachable(roots)) {
    const empty = typed.type.axes.find((axis) => size(axis) < 1);
    if (empty !== undefined) {
      if (typed.args.every((argument) => argument.type.axes.every((axis) => size(axis) >= 1)))
        fault(typed.span, `\`${empty.name}\` has no entries in ${samples}`);
      whole = false;
      continue;
    }
    switch (typed.op) {
      case 'top_values':
      case 'top_indices':
        if (size(typed.attributes.as) > size(typed.attributes.axis))
          fault(typed.span, `\`${typed.attributes.axis.name}\` has no ${size(typed.attributes.as)} largest entries in ${samples}`); // prettier-ignore
        break;
      case 'entry':
        if (!inside(typed.attributes.at, size(typed.attributes.axis)))
          fault(typed.span, `\`${typed.attributes.axis.name}\` has no entry ${typed.attributes.at} in ${samples}`);
        break;
      case 'slice': {
        const { axis, from, to } = typed.attributes;
        const odd = [from, to].find((at) => !inside(at, size(axis)));
        if (odd !== undefined) fault(typed.span, `\`${axis.name}\` has no entry ${odd} in ${samples}`);
        break;
      }
      case 'upper': {
        const pairs = size(typed.attributes.as);
        // their places are a constant of the graph
        if (Number.isFinite(pairs) && pairs > mostPairs)
          fault(typed.span, `\`${typed.attributes.as.name}\` has ${formatCount(pairs)} pairs in ${samples}, more than ${formatCount(mostPairs)}`, 'take a smaller batch, or compare each sample with a few others'); // prettier-ignore
        break;
      }
      default:
    }
  }
  return whole;
}

const inside = (at: number, size: number): boolean => at < size && at >= -size;
