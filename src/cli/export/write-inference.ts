import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel, type OnnxInitializer } from '../../compiler/lower/targets/onnx/onnx-proto.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import { writeFileAtomic, writeJsonAtomic } from '../../runtime/atomic-file.ts';
import type { EvaluationResult } from '../../runtime/checkpoint.ts';
import { writeSafetensors } from '../../runtime/weights/safetensors.ts';
import { initializer, type ExportedInference } from './inference-of-run.ts';
import { modelCard } from './model-card.ts';

/** `config.json` of an exported graph (schema `schemas/inference.json`). */
export interface InferenceConfig {
  readonly schema: 'clipx.inference/1';
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly seed: number;
  readonly stage: string;
  readonly digests: { readonly semantic: string; readonly protocol: string };
  readonly opset: number;
  /** Whether the model reads its tensors from `weights.safetensors`. */
  readonly external: boolean;
  readonly inputs: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly (number | string)[]; readonly column: object }[]; // prettier-ignore
  readonly outputs: ExportedInference['inference']['outputs'];
  readonly results: readonly EvaluationResult[];
}

export interface WrittenInference {
  readonly folder: string;
  readonly outputs: readonly string[];
  readonly tensors: number;
  readonly parameters: number;
  /** Of the model and of its weights. */
  readonly bytes: number;
}

/** More than this is left in the file of weights: a protobuf message holds 2 GB at most, and nobody wants to hold it twice. */
const mostInside = 2 ** 30;

/** Writes `model.onnx`, `weights.safetensors`, `config.json` and `README.md`. `inside`: bytes of tensors that the model itself may hold. */
export function writeInference(exported: ExportedInference, folder: string, inside = mostInside): WrittenInference {
  const { model, tensors, program, run, inference, inputs } = exported;
  mkdirSync(folder, { recursive: true });
  const size = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const weights = writeSafetensors(
    join(folder, weightsFile),
    new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data }])),
    { format: 'clipx', experiment: program.name, digest: program.digests.semantic },
  );
  const external = size > inside;
  const initializers = [
    ...model.initializers,
    ...(external ? outside(exported, weights.bytes - size) : [...tensors].map(([name, value]) => initializer(name, value))),
  ]; // prettier-ignore
  const bytes = encodeModel({ ...model, initializers });
  writeFileAtomic(join(folder, 'model.onnx'), bytes);
  const config: InferenceConfig = {
    schema: 'clipx.inference/1',
    name: program.name,
    title: program.title,
    row: program.row,
    seed: run.record.seed,
    stage: inference.stage,
    digests: program.digests,
    opset: model.opset,
    external,
    inputs: inputs.map(({ name, dtype, shape, column }) => ({ name, dtype, shape, column })),
    outputs: inference.outputs,
    results: run.results.filter(({ stage }) => stage === inference.stage),
  };
  writeJsonAtomic(join(folder, 'config.json'), config);
  writeFileAtomic(join(folder, 'README.md'), modelCard(exported, config));
  const parameters = exported.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return {
    folder,
    outputs: inference.outputs.map(({ name }) => name),
    tensors: tensors.size,
    parameters,
    bytes: bytes.length + weights.bytes,
  };
}

const weightsFile = 'weights.safetensors';

/** Where the tensors lie in the file of weights, whose header takes `start` bytes. */
function outside({ tensors }: ExportedInference, start: number): OnnxInitializer[] {
  let offset = start;
  return [...tensors].map(([name, { dtype, shape, data }]) => {
    const length = data.byteLength;
    const place = { name, dtype, shape, bytes: { file: weightsFile, offset, length } };
    offset += length;
    return place;
  });
}
