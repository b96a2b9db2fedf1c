import type { Shape } from '../../../compiler/types/dtype.ts';

/** The forms in which weights are stored. `torchscript` is what `torch.jit.save` writes (OpenAI's own CLIP files), `torch` what `torch.save` writes. */
export type WeightsFormat = 'safetensors' | 'sharded' | 'torch' | 'torchscript';

/** How a tensor's numbers are stored. */
export type StoredDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** Row by row. F32 for every float type, Int32Array for integers, bytes for U8 and BOOL. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** An open file (or files) of tensors: names, types and shapes are read when it is opened, values on demand, one tensor at a time. */
export interface WeightsFile {
  /** As it was opened: the file, or the index of its shards. */
  readonly path: string;
  readonly format: WeightsFormat;
  /** In the order of the file. */
  readonly names: readonly string[];
  /** What the writer noted beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the reader did to get at the tensors, for people: which part of a nested dictionary they are, which prefix was taken off. */
  readonly notes: readonly string[];
  shapeOf(name: string): Shape | undefined;
  /** The first name of the same numbers, where a tensor has several (tied weights). */
  aliasOf(name: string): string | undefined;
  dtypeOf(name: string): StoredDType | undefined;
  /**
   * One tensor. Half precision is widened to float32 exactly, double precision rounded to nearest. Throws RunError CX8205 (no such name,
   * with the nearest), CX8202 (the file ends before), CX8203 (a whole number beyond 32 bits, or bytes whose checksum differs).
   */
  read(name: string): StoredTensor;
  close(): void;
}
