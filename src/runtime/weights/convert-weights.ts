import type { Shape } from '../../compiler/types/dtype.ts';
import { guessNaming } from '../../compiler/types/naming/guess-naming.ts';
import { namingTitle, ownPath, storedForm, type Naming, type NamingId, type StoredForm } from '../../compiler/types/naming/naming.ts'; // prettier-ignore
import { fromStored, toStored } from '../../compiler/types/naming/relayout.ts';
import { RunError } from '../run-error.ts';
import type { StoredDType, StoredTensor, WeightsFile } from './formats/weights-file.ts';
import { writeSafetensors, type TensorToLoad } from './safetensors.ts';

export interface ConvertedWeights {
  readonly path: string;
  readonly tensors: number;
  readonly bytes: number;
  readonly sha256: string;
  /** From whose names to whose, in words; absent where names stayed. */
  readonly renamed?: string;
  /** Tensors that the other naming has no name for: counters, tables of positions, heads. */
  readonly leftOut: readonly string[];
}

export interface ConvertOptions {
  /** Of floats; as they are stored when absent, double precision as single. */
  readonly dtype?: 'F16' | 'F32';
  readonly naming?: NamingId;
}

/**
 * Writes weights as one safetensors file, under other names and in the layout that goes with them where `naming` is given. One tensor is
 * in memory at a time. Throws RunError CX8218 where the names are unknown or have no counterpart, and what reading and writing throw.
 */
export function convertWeights(file: WeightsFile, path: string, { dtype, naming }: ConvertOptions): ConvertedWeights {
  const to = naming === undefined ? asTheyAre(file, dtype) : renamed(file, naming, dtype);
  const { bytes, sha256 } = writeSafetensors(path, to.tensors, file.metadata);
  const { words, leftOut } = to;
  return { path, tensors: to.tensors.size, bytes, sha256, leftOut, ...(words === undefined ? {} : { renamed: words }) };
}

interface Target {
  readonly tensors: ReadonlyMap<string, TensorToLoad>;
  readonly leftOut: readonly string[];
  readonly words?: string;
}

function asTheyAre(file: WeightsFile, dtype: ConvertOptions['dtype']): Target {
  const tensors = new Map<string, TensorToLoad>();
  for (const name of file.names) {
    const shape = file.shapeOf(name) ?? [];
    tensors.set(name, { shape, dtype: writtenType(file.dtypeOf(name) ?? 'F32', dtype), load: () => file.read(name).data }); // prettier-ignore
  }
  return { tensors, leftOut: [] };
}

/** Half precision stays as it is, so that nothing is lost or gained; whole numbers get 32 bits. */
function writtenType(stored: StoredDType, wanted: ConvertOptions['dtype']): TensorToLoad['dtype'] {
  switch (stored) {
    case 'F64':
    case 'F32':
      return wanted ?? 'F32';
    case 'F16':
    case 'BF16':
      return wanted ?? stored;
    case 'U8':
    case 'BOOL':
      return stored;
    case 'I64':
    case 'I32':
    case 'I16':
    case 'I8':
      return 'I32';
  }
}

/** One of ours, and what it is in the file. */
interface Own {
  readonly shape: Shape;
  readonly from: StoredForm;
}

function renamed(file: WeightsFile, id: NamingId, dtype: ConvertOptions['dtype']): Target {
  const guess = guessNaming(file.names, (name) => file.shapeOf(name));
  if (guess === undefined) {
    throw new RunError('user', 'CX8218', `whose names those of ${file.path} are is not known`, {
      help: 'convert it without `--naming`; `clipx weights inspect` shows its tensors',
    });
  }
  const { naming } = guess;
  const { own, leftOut } = ownTensors(file, naming);
  const target: Naming = { id, prefix: '' };
  const tensors = new Map<string, TensorToLoad>();
  const words = `${guess.title} → ${namingTitle(id)}`;
  const missing: string[] = [];
  for (const [path, { shape, from }] of own) {
    const to = storedForm(target, path, shape);
    if (to === undefined) {
      missing.push(path);
      continue;
    }
    const stored = file.dtypeOf(from.theirs[0]?.name ?? '') ?? 'F32';
    const load = once(() => toStored(to, fromStored(from, from.theirs.map(({ name }) => floats(file.read(name)))), shape)); // prettier-ignore
    for (const [at, { name, shape: theirs }] of to.theirs.entries())
      tensors.set(name, { shape: theirs, dtype: asFloat(stored, dtype), load: () => load(at, to.theirs.length) });
  }
  if (missing.length > 0) {
    const shown = missing.slice(0, 6).map((path) => `\`${path}\``);
    throw new RunError('user', 'CX8218', `${words}: no name there for ${shown.join(', ')}${missing.length > 6 ? `, and ${missing.length - 6} more` : ''}`, {
      help: 'the two are names of different models; `--naming clipx` has a name for every tensor',
    }); // prettier-ignore
  }
  return { tensors, leftOut, words };
}

function ownTensors(file: WeightsFile, naming: Naming): { own: Map<string, Own>; leftOut: string[] } {
  const own = new Map<string, Own>();
  const leftOut: string[] = [];
  for (const name of file.names) {
    const found = ownPath(naming, name, file.shapeOf(name) ?? []);
    const from = found === undefined ? undefined : storedForm(naming, found.path, found.shape);
    if (found === undefined || from === undefined) leftOut.push(name);
    else if (!own.has(found.path)) own.set(found.path, { shape: found.shape, from });
  }
  return { own, leftOut };
}

const asFloat = (stored: StoredDType, wanted: ConvertOptions['dtype']): TensorToLoad['dtype'] => {
  const written = writtenType(stored, wanted);
  return written === 'F16' || written === 'BF16' ? written : 'F32';
};

const floats = ({ data }: StoredTensor): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

/** What one tensor of ours is in several of theirs is worked out for the first and let go with the last; they are written in a row. */
function once(make: () => readonly Float32Array[]): (at: number, count: number) => Float32Array {
  let made: readonly Float32Array[] | undefined;
  return (at, count) => {
    made ??= make();
    const part = made[at] ?? new Float32Array(0);
    if (at === count - 1) made = undefined;
    return part;
  };
}
