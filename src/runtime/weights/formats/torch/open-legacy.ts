import { fstatSync } from 'node:fs';
import { ByteSource } from '../byte-source.ts';
import { malformedWeights } from '../faults.ts';
import { isKind, readPickle } from '../pickle/read-pickle.ts';
import type { PickleStorage } from '../pickle/pickle-value.ts';
import { printable } from '../printable.ts';
import { storedBytes } from '../stored-tensor.ts';
import { torchRules } from './globals.ts';
import { TorchFile } from './torch-file.ts';

/** How files of `torch.save` before 1.6 begin: a pickle of the number 0x1950a86a20f9469cfc6c. */
export const legacyStart = Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex');

/**
 * An open file of `torch.save` before 1.6: five pickles (its mark, its version, the machine, the value, the names of the storages), then
 * each storage after its number of elements. Throws RunError CX8202, CX8203, CX8210; the file stays the caller's then.
 */
export function openLegacy(path: string, file: number): TorchFile {
  const source = new ByteSource(path, file, 0, fstatSync(file).size);
  const storages = new Map<string, PickleStorage>();
  const rules = torchRules(false);
  const next = (): ReturnType<typeof readPickle> =>
    readPickle(source, {
      ...rules,
      persistent: (id, refuse) => {
        const storage = rules.persistent(id, refuse);
        if (isKind(storage, 'storage')) storages.set(storage.key, storage);
        return storage;
      },
    });
  next();
  const version = next();
  if (version !== 1001) throw malformedWeights(path, 'its version is not 1001');
  const machine = next();
  const swapped = isKind(machine, 'dict') && machine.entries.some(([key, value]) => key === 'little_endian' && value === false); // prettier-ignore
  const root = next();
  const keys = next();
  if (!isKind(keys, 'sequence')) throw malformedWeights(path, 'it has no list of storages');
  const places = new Map<string, number>();
  for (const key of keys.items) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw malformedWeights(path, 'it holds a storage of no tensor');
    const count = source.uint64();
    if (count < storage.count)
      throw malformedWeights(path, `a storage has ${count} elements, expected ${storage.count}`);
    places.set(storage.key, source.position);
    source.skip(count * storedBytes[storage.dtype]);
  }
  const placeOf = ({ key, count }: PickleStorage): number => {
    const place = places.get(key);
    if (place === undefined || count > (storages.get(key)?.count ?? 0)) throw malformedWeights(path, `it has no storage \`${printable(key)}\``); // prettier-ignore
    return place;
  };
  const notes = ['the form of torch.save before 1.6'];
  return new TorchFile({ path, format: 'torch', file, root, placeOf, swapped, notes });
}
