import { nearestName } from '../../../compiler/common/suggest.ts';
import { RunError } from '../../run-error.ts';
import type { WeightsFile } from './weights-file.ts';

/** CX8205, with the nearest name that is there. */
export function noSuchTensor({ path, names }: Pick<WeightsFile, 'path' | 'names'>, name: string): RunError {
  const nearest = nearestName(name, names);
  return new RunError(
    'user',
    'CX8205',
    `${path} has no tensor \`${name}\``,
    nearest === undefined ? {} : { help: `the nearest name there is \`${nearest}\`` },
  );
}
