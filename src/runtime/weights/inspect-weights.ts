import { elementCount } from '../../compiler/types/dtype.ts';
import type { Shape } from '../../compiler/types/dtype.ts';
import { guessNaming } from '../../compiler/types/naming/guess-naming.ts';
import { statSync } from 'node:fs';
import { fileDigest, tensorDigest } from '../digest.ts';
import { ShardedFile } from './formats/sharded-file.ts';
import type { StoredDType, WeightsFile, WeightsFormat } from './formats/weights-file.ts';

export interface InspectedTensor {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** sha256 of its values row by row, floats as float32: the same for the same numbers, however they are stored. */
  readonly sha256?: string;
  /** The first name of the same numbers. */
  readonly sameAs?: string;
}

/** What a file of weights holds, as `clipx weights inspect --json` prints it. */
export interface InspectedWeights {
  readonly path: string;
  readonly format: WeightsFormat;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256?: string }[];
  readonly notes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Elements that training would change: floats but for running statistics, tied ones once. */
  readonly parameters: number;
  /** Whose names they are, `openai`, and in words; null where nobody can tell. */
  readonly naming: { readonly id: string; readonly prefix: string; readonly title: string } | null;
  /** Such as `CLIP: ViT-B/32 (224 px) and …`; null where the sizes cannot be told. */
  readonly architecture: string | null;
  /** Why the sizes cannot be told, where the names are known. */
  readonly fault?: string;
  /** Tensors that are no part of that model: counters, tables of positions and heads, and those that nobody knows. */
  readonly beside: { readonly harmless: readonly string[]; readonly unknown: readonly string[] };
  readonly tensors: readonly InspectedTensor[];
}

/** Looks through an open file; its values are read only for digests, one tensor at a time. */
export function inspectWeights(file: WeightsFile, digests: boolean): InspectedWeights {
  const tensors = file.names.map((name): InspectedTensor => {
    const sameAs = file.aliasOf(name);
    return {
      name,
      dtype: file.dtypeOf(name) ?? 'F32',
      shape: file.shapeOf(name) ?? [],
      ...(digests ? { sha256: tensorDigest(file.read(name).data) } : {}),
      ...(sameAs === undefined ? {} : { sameAs }),
    };
  });
  const guess = guessNaming(file.names, (name) => file.shapeOf(name));
  const paths = file instanceof ShardedFile ? [file.path, ...file.files] : [file.path];
  return {
    path: file.path,
    format: file.format,
    files: paths.map((path) => ({
      path,
      bytes: statSync(path).size,
      ...(digests ? { sha256: fileDigest(path) } : {}),
    })),
    notes: file.notes,
    metadata: file.metadata,
    parameters: tensors.reduce((sum, tensor) => sum + (isParameter(tensor) ? elementCount(tensor.shape) : 0), 0),
    naming: guess === undefined ? null : { ...guess.naming, title: guess.title },
    architecture: guess?.architecture ?? null,
    ...(guess?.fault === undefined ? {} : { fault: guess.fault }),
    beside: guess?.extras ?? { harmless: [], unknown: [] },
    tensors,
  };
}

const floatTypes: ReadonlySet<StoredDType> = new Set(['F64', 'F32', 'F16', 'BF16']);

const isParameter = ({ name, dtype, sameAs }: InspectedTensor): boolean =>
  sameAs === undefined && floatTypes.has(dtype) && !/(^|\.)(running_(mean|var)|mean|variance)$/.test(name);
