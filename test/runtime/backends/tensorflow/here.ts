import { findAddon } from '../../../../src/runtime/backends/tensorflow/addon.ts';
import { isEngineRequired } from '../../../support/required-engines.ts';

/** Why tests that need TensorFlow are skipped here; undefined where they run, and where it is required: there they fail without it. */
export const withoutTensorflow =
  findAddon() === undefined && !isEngineRequired('tensorflow')
    ? 'no tfjs-node here: `clipx engine install tfjs`, or CLIPX_TFJS_FOLDER'
    : undefined;

/** A title that says why it is skipped. */
export function titled(title: string): string {
  return withoutTensorflow === undefined ? title : `${title} (${withoutTensorflow})`;
}
