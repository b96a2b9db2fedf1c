import type { EncoderConfig } from '../model-config.ts';
import { encoderTensors, type EncoderTensor } from './encoder-tensors.ts';
import { storedForm, type Naming, type StoredForm } from './naming.ts';

/** A tensor of an encoder with what it is in a checkpoint. */
export interface CheckpointTensor extends EncoderTensor, StoredForm {}

/** All tensors of an encoder as a checkpoint of this naming holds them; undefined where the naming has no name for one of them. */
export function checkpointTensors(config: EncoderConfig, naming: Naming): readonly CheckpointTensor[] | undefined {
  const found = encoderTensors(config).map((tensor): CheckpointTensor | undefined => {
    const stored = storedForm(naming, tensor.path, tensor.shape);
    return stored === undefined ? undefined : { ...tensor, ...stored };
  });
  const known = found.filter((tensor) => tensor !== undefined);
  return known.length === found.length ? known : undefined;
}
