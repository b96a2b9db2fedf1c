import { closeSync, fstatSync } from 'node:fs';
import { elementCount } from '../../../../compiler/types/dtype.ts';
import type { Shape } from '../../../../compiler/types/dtype.ts';
import { malformedWeights, noSuchTensor, truncatedWeights } from '../faults.ts';
import type { PickleStorage, PickleValue } from '../pickle/pickle-value.ts';
import { readView, spanOf } from '../read-view.ts';
import type { StoredView } from '../read-view.ts';
import { storedBytes } from '../stored-tensor.ts';
import type { StoredDType, StoredTensor, WeightsFile, WeightsFormat } from '../weights-file.ts';
import { findTensors } from './find-tensors.ts';

/** What was read of an open file of PyTorch besides its numbers. */
export interface TorchContent {
  readonly path: string;
  readonly format: WeightsFormat;
  readonly file: number;
  /** What its pickle holds. */
  readonly root: PickleValue;
  /** Where in the file a storage lies; throws where it is not there as large as it says. */
  readonly placeOf: (storage: PickleStorage) => number;
  /** Throws where a storage is not what was written; it is read through, once. */
  readonly verify?: (storage: PickleStorage) => void;
  readonly swapped: boolean;
  readonly notes: readonly string[];
}

/** Tensors as `torch.save` and `torch.jit.save` write them: views of storages. */
export class TorchFile implements WeightsFile {
  readonly path: string;
  readonly format: WeightsFormat;
  readonly metadata = {};
  readonly notes: readonly string[];
  readonly #file: number;
  readonly #views = new Map<string, StoredView>();
  readonly #storages = new Map<string, PickleStorage>();
  readonly #verify: TorchContent['verify'];
  readonly #aliases = new Map<string, string>();

  /** Throws RunError CX8202, CX8203: where there are no tensors, or one does not lie in its storage. The file stays the caller's then. */
  constructor({ path, format, file, root, placeOf, verify, swapped, notes }: TorchContent) {
    const found = findTensors(path, root);
    this.path = path;
    this.format = format;
    this.notes = [...notes, ...found.notes];
    this.#file = file;
    this.#verify = verify;
    const { size } = fstatSync(file);
    const first = new Map<string, string>();
    for (const [name, { storage, offset, shape, stride }] of found.tensors) {
      const { dtype } = storage;
      const count = elementCount(shape);
      // spread out views (a row for all rows) may take more than their storage, but never more than the file
      if (!(offset + spanOf(shape, stride) <= storage.count) || !(count * storedBytes[dtype] <= size))
        throw malformedWeights(path, `\`${name}\` [${shape.join(', ')}] does not lie in its storage`);
      const start = placeOf(storage) + offset * storedBytes[dtype];
      const place = [start, dtype, ...shape, ...stride].join(' ');
      const known = count === 0 ? undefined : first.get(place);
      if (known === undefined) first.set(place, name);
      else this.#aliases.set(name, known);
      this.#storages.set(name, storage);
      this.#views.set(name, { path, name, dtype, start, count, shape, stride, swapped });
    }
  }

  get names(): readonly string[] {
    return [...this.#views.keys()];
  }

  shapeOf(name: string): Shape | undefined {
    return this.#views.get(name)?.shape;
  }

  dtypeOf(name: string): StoredDType | undefined {
    return this.#views.get(name)?.dtype;
  }

  aliasOf(name: string): string | undefined {
    return this.#aliases.get(name);
  }

  read(name: string): StoredTensor {
    const view = this.#views.get(name);
    if (view === undefined) throw noSuchTensor(this, name);
    const { dtype, shape, start, stride } = view;
    const storage = this.#storages.get(name);
    if (storage !== undefined) this.#verify?.(storage);
    const data = readView(this.#file, view);
    if (data === undefined) throw truncatedWeights(this.path, start + spanOf(shape, stride) * storedBytes[dtype], fstatSync(this.#file).size); // prettier-ignore
    return { dtype, shape, data };
  }

  close(): void {
    closeSync(this.#file);
  }
}
