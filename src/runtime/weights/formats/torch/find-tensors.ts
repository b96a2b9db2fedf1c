import { malformedWeights } from '../faults.ts';
import { isKind } from '../pickle/read-pickle.ts';
import { checkName, printable } from '../printable.ts';
import type { PickleDict, PickleTensor, PickleValue } from '../pickle/pickle-value.ts';

/** Tensors by name, and how they were found. */
export interface FoundTensors {
  readonly tensors: ReadonlyMap<string, PickleTensor>;
  readonly notes: readonly string[];
}

/** Under which keys scripts of training keep the weights of their model, beside optimisers and counters; the first one that is there. */
const modelKeys = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'module',
  'network',
  'net',
  'weights',
  'params',
];

/** What wrappers put before each name: DistributedDataParallel and torch.compile. */
const wrappers = ['module.', '_orig_mod.'];

// Values are shared in pickles, so that a small one can stand for a tree without end: walks are bounded.
const mostVisits = 200_000;
/** Of containers, and letters of names. */
const mostChildren = 8_000_000;
const deepest = 64;
const longestName = 1024;

/** The tensors of what a pickle holds, under dotted names. Throws RunError CX8203 where there are none, or where it nests without end. */
export function findTensors(path: string, root: PickleValue): FoundTensors {
  const notes: string[] = [];
  const model = modelOf(root, notes);
  let tensors = namedTensors(path, model);
  if (tensors.size === 0) throw malformedWeights(path, 'it holds no tensor');
  for (let found = true; found;) {
    found = false;
    for (const wrapper of wrappers) {
      if (![...tensors.keys()].every((name) => name.startsWith(wrapper) && name.length > wrapper.length)) continue;
      tensors = new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor]));
      notes.push(`\`${wrapper}\` before each name is left out`);
      found = true;
    }
  }
  return { tensors, notes };
}

/** The part of a checkpoint that is the model. */
function modelOf(root: PickleValue, notes: string[]): PickleValue {
  let value = root;
  for (let depth = 0; depth < 8; depth++) {
    if (!isKind(value, 'dict') || value.entries.some(isNamedTensor)) return value;
    const { entries } = value;
    const key = modelKeys.find((each) => entries.some(([name, inner]) => name === each && isBundle(inner)));
    if (key === undefined) return value;
    const others = entries.flatMap(([name]) =>
      name !== key && isKey(name) ? [`\`${printable(String(name).slice(0, 40))}\``] : [],
    );
    const beside = others.length === 0 ? '' : ` (beside it: ${others.slice(0, 8).join(', ')}${others.length > 8 ? ', …' : ''})`; // prettier-ignore
    notes.push(`the tensors are those of \`${key}\`${beside}`);
    value = entries.find(([name]) => name === key)?.[1] ?? null;
  }
  return value;
}

const isBundle = (value: PickleValue): boolean => isKind(value, 'dict', 'object');

// a count of steps beside a nested dictionary is a tensor in some checkpoints, and a model without vectors is none
const isNamedTensor = ([, value]: PickleDict['entries'][number]): boolean =>
  isKind(value, 'tensor') && value.shape.length > 0;

function namedTensors(path: string, root: PickleValue): ReadonlyMap<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>();
  let [visits, seen] = [0, 0];
  const visit = (value: PickleValue, name: string, depth: number): void => {
    visits++;
    if (visits > mostVisits || depth > deepest) throw malformedWeights(path, 'it nests without end');
    if (isKind(value, 'tensor')) {
      if (name.length > longestName) throw malformedWeights(path, `a name in it has more than ${longestName} letters`);
      checkName(path, name);
      seen += name.length;
      tensors.set(name === '' ? 'tensor' : name, value);
      return;
    }
    const inner = children(value);
    seen += inner.length;
    if (seen > mostChildren) throw malformedWeights(path, 'it nests without end');
    for (const [at, child] of inner.entries()) {
      const [key, held] = Array.isArray(child) ? child : [at, child];
      if (isKey(key) && isKind(held, 'tensor', 'dict', 'object', 'sequence')) visit(held, name === '' ? String(key) : `${name}.${key}`, depth + 1); // prettier-ignore
    }
  };
  visit(root, '', 0);
  return tensors;
}

/** Items of a list, or pairs. */
function children(value: PickleValue): readonly (PickleValue | readonly [PickleValue, PickleValue])[] {
  if (isKind(value, 'sequence')) return value.items;
  if (isKind(value, 'dict')) return value.entries;
  return isKind(value, 'object') ? value.attributes : [];
}

const isKey = (key: PickleValue): key is string | number => typeof key === 'string' || typeof key === 'number';
