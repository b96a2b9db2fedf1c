import { nearestName } from '../../../compiler/common/suggest.ts';
import { sameShape } from '../../../compiler/types/dtype.ts';
import type { Shape } from '../../../compiler/types/dtype.ts';
import { RunError } from '../../run-error.ts';
import type { WeightsFile } from './weights-file.ts';

/** Checks that every wanted tensor is there with its shape. Throws RunError CX8204, all faults in one. */
export function expectTensors(file: WeightsFile, wanted: ReadonlyMap<string, Shape>): void {
  const faults: string[] = [];
  for (const [name, shape] of wanted) {
    const found = file.shapeOf(name);
    if (found === undefined) {
      const nearest = nearestName(name, file.names);
      faults.push(`\`${name}\` is missing${nearest === undefined ? '' : ` (the nearest name is \`${nearest}\`)`}`);
    } else if (!sameShape(found, shape)) {
      faults.push(`\`${name}\` is [${found.join(', ')}], expected [${shape.join(', ')}]`);
    }
  }
  if (faults.length === 0) return;
  const shown = faults.slice(0, 12);
  const more = faults.length > shown.length ? `\n  and ${faults.length - shown.length} more` : '';
  throw new RunError('user', 'CX8204', `${file.path} does not fit the experiment:\n  ${shown.join('\n  ')}${more}`, {
    help: 'the sizes of an encoder are set in its call, for example `resnet18(to: clip.joint)`',
  });
}
