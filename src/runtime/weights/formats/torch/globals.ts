import { isKind } from '../pickle/read-pickle.ts';
import type { PickleRules } from '../pickle/read-pickle.ts';
import type { PickleDict, PickleObject, PickleTensor, PickleValue } from '../pickle/pickle-value.ts';
import type { StoredDType } from '../weights-file.ts';

type Refuse = (why: string) => Error;
type Call = (given: readonly PickleValue[], refuse: Refuse) => PickleValue;

const storageTypes: Readonly<Record<string, StoredDType>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** Names that stand for themselves: types of numbers beside the tensors, and classes that tensors are said to be of. */
const plainNames: readonly string[] = [
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map((name) => `torch.${name}`), // prettier-ignore
  'torch.Tensor',
  'torch._tensor.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
];

/** PyTorch and Python make values of these by calls. Whatever is not here, in `storageTypes` or in `plainNames` is refused by its name. */
const calls: Readonly<Record<string, Call>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  // besides the view: requires_grad, hooks and, since 2.0, metadata
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  // (tensor, requires_grad, hooks), and the attributes of the second
  'torch._utils._rebuild_parameter': firstTensor,
  'torch._utils._rebuild_parameter_with_state': firstTensor,
  // (function, class, its arguments, attributes): a tensor of a class of its own
  'torch._tensor._rebuild_from_type_v2': ([called, , given], refuse) => {
    if (!isKind(called ?? null, 'global') || !isKind(given ?? null, 'sequence')) throw refuse('with what is no tensor'); // prettier-ignore
    const [name, items] = [(called as { name: string }).name, (given as { items: PickleValue[] }).items];
    if (name === 'torch._tensor._rebuild_from_type_v2') throw refuse('within itself');
    return callOf(name, items, refuse);
  },
  'collections.OrderedDict': ([items], refuse) => dictionary(items, refuse),
  // of Python 2: as a list of pairs
  'torch.Size': ([items]) => items ?? null,
  'torch.device': ([type]) => type ?? null,
  'torch.serialization._get_layout': ([name]) => name ?? null,
  '__builtin__.set': ([items]) => items ?? null,
  'builtins.set': ([items]) => items ?? null,
  '__builtin__.frozenset': ([items]) => items ?? null,
  'builtins.frozenset': ([items]) => items ?? null,
  // how bytes stand in protocol 2
  '_codecs.encode': ([text], refuse) => {
    if (typeof text !== 'string') throw refuse('with what is no text');
    return Buffer.from(text, 'latin1');
  },
  // of TorchScript: lists with the type of their items
  'torch.jit._pickle.build_intlist': ([items]) => items ?? null,
  'torch.jit._pickle.build_doublelist': ([items]) => items ?? null,
  'torch.jit._pickle.build_boollist': ([items]) => items ?? null,
  'torch.jit._pickle.build_tensorlist': ([items]) => items ?? null,
  'torch.jit._pickle.restore_type_tag': ([value]) => value ?? null,
};

/** Classes of a TorchScript archive, `__torch__.torch.nn.modules.conv.Conv2d`: here the name of a bundle of attributes. */
const isScriptClass = (name: string): boolean => name.startsWith('__torch__.');

/** What the pickles of PyTorch may hold. `script`: those of `torch.jit.save`, with objects of classes of their own. */
export function torchRules(script: boolean): PickleRules {
  return {
    allows: (name) =>
      Object.hasOwn(calls, name) ||
      Object.hasOwn(storageTypes, name) ||
      plainNames.includes(name) ||
      (script && isScriptClass(name)),
    call: (name, given, refuse) =>
      script && isScriptClass(name) ? emptyObject(name, given, refuse) : callOf(name, given, refuse),
    build: (object, state, refuse) => {
      if (isKind(object, 'object')) {
        if (!isKind(state, 'dict')) throw refuse('gives an object a state that is no dictionary');
        for (const entry of state.entries) object.attributes.push(entry);
        return object;
      }
      // the `_metadata` of state dictionaries, attributes of parameters: nothing of the tensors
      if (isKind(object, 'dict', 'tensor')) return object;
      throw refuse('gives a state to what has none');
    },
    persistent: storageOf,
  };
}

function callOf(name: string, given: readonly PickleValue[], refuse: Refuse): PickleValue {
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) throw refuse('which is no function that makes tensors');
  return call(given, refuse);
}

function emptyObject(name: string, given: readonly PickleValue[], refuse: Refuse): PickleObject {
  if (given.length > 0) throw refuse('with arguments');
  return { kind: 'object', name, attributes: [] };
}

function firstTensor([tensor]: readonly PickleValue[], refuse: Refuse): PickleTensor {
  if (tensor === undefined || !isKind(tensor, 'tensor')) throw refuse('with what is no tensor');
  return tensor;
}

function dictionary(items: PickleValue | undefined, refuse: Refuse): PickleDict {
  const entries: PickleDict['entries'] = [];
  if (items === undefined) return { kind: 'dict', entries };
  if (!isKind(items, 'sequence')) throw refuse('with what is no list of pairs');
  for (const pair of items.items) {
    if (!isKind(pair, 'sequence') || pair.items.length !== 2) throw refuse('with what is no list of pairs');
    entries.push([pair.items[0] ?? null, pair.items[1] ?? null]);
  }
  return { kind: 'dict', entries };
}

function rebuildTensor([storage, offset, shape, stride]: readonly PickleValue[], refuse: Refuse): PickleTensor {
  if (storage === undefined || !isKind(storage, 'storage')) throw refuse('without a storage');
  if (!isCount(offset)) throw refuse('with an offset that is none');
  const sizes = counts(shape);
  const strides = counts(stride);
  if (sizes === undefined || strides === undefined || sizes.length !== strides.length || sizes.length > mostDimensions)
    throw refuse('with a shape that is none');
  return { kind: 'tensor', storage, offset, shape: sizes, stride: strides };
}

/** As many as PyTorch allows. */
const mostDimensions = 64;

function counts(value: PickleValue | undefined): number[] | undefined {
  if (value === undefined || !isKind(value, 'sequence')) return undefined;
  return value.items.every(isCount) ? value.items : undefined;
}

const isCount = (value: PickleValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0; // prettier-ignore

/** `('storage', type, key, place, elements)`, and in the old form a view of another storage, which no writer of the last years makes. */
function storageOf(id: PickleValue, refuse: Refuse): PickleValue {
  const items = isKind(id, 'sequence') ? id.items : [];
  const [word, type, key, , count, view] = items;
  if (word !== 'storage' || type === undefined || !isKind(type, 'global')) throw refuse('refers to what is no storage');
  const dtype = Object.hasOwn(storageTypes, type.name) ? storageTypes[type.name] : undefined;
  if (dtype === undefined) throw refuse(`refers to a storage of \`${type.name}\``);
  if (typeof key !== 'string' || !isCount(count)) throw refuse('refers to a storage without a key or a size');
  if (view !== undefined && view !== null) throw refuse('refers to a view of a storage');
  return { kind: 'storage', key, dtype, count };
}
