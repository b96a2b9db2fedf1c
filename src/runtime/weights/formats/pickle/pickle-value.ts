import type { StoredDType } from '../weights-file.ts';

/** What a pickle builds. Containers are shared where the pickle shares them, so that walks over them need bounds of their own. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | PickleObject;

/** Lists, tuples and sets. */
export interface PickleSequence {
  readonly kind: 'sequence';
  readonly type: 'list' | 'tuple' | 'set';
  readonly items: PickleValue[];
}

/** In the order of the pickle; a key that comes again stands again. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: (readonly [key: PickleValue, value: PickleValue])[];
}

/** A name of Python's that is on the list, `collections.OrderedDict`. It means nothing by itself. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** Numbers that lie elsewhere in the file, under `key`. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: StoredDType;
  /** Of elements. */
  readonly count: number;
}

/** A view of a storage: element i₁, i₂, … lies at offset + Σ iₖ·strideₖ. */
export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** An object of a class of a TorchScript module: its attributes. */
export interface PickleObject {
  readonly kind: 'object';
  readonly name: string;
  readonly attributes: PickleDict['entries'];
}
