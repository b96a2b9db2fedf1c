import type { ByteSource } from '../byte-source.ts';
import { malformedWeights, pickleRefused } from '../faults.ts';
import { printable } from '../printable.ts';
import { opcodeNames } from './opcodes.ts';
import type { PickleDict, PickleGlobal, PickleSequence, PickleValue } from './pickle-value.ts';

/** What names and persistent ids of a pickle mean. `refuse` ends the reading; its words follow the path. */
export interface PickleRules {
  /** Whether a name may stand in the pickle at all. */
  readonly allows: (name: string) => boolean;
  /** What a call of a name gives (REDUCE, NEWOBJ). */
  readonly call: (name: string, given: readonly PickleValue[], refuse: (why: string) => Error) => PickleValue;
  /** What an object becomes when it is given its state (BUILD). */
  readonly build: (object: PickleValue, state: PickleValue, refuse: (why: string) => Error) => PickleValue;
  /** What lies elsewhere in the file (BINPERSID). */
  readonly persistent: (id: PickleValue, refuse: (why: string) => Error) => PickleValue;
}

/**
 * Values that a pickle may build, its memo included. The largest checkpoints build some hundred thousand; a value takes less than a hundred
 * bytes, so that a pickle made to fill the memory ends here.
 */
const mostValues = 4_000_000;
const longestName = 1024;

const mark: unique symbol = Symbol('mark');
type Slot = PickleValue | typeof mark;

/**
 * Reads one pickle (protocols 2 to 5) as data. It is a machine with a stack, and runs nothing: a name that `rules` do not allow, or an
 * opcode beyond plain values, ends it. Throws RunError CX8210 (a name or opcode that is refused), CX8202 (truncated), CX8203 (malformed).
 */
export function readPickle(source: ByteSource, rules: PickleRules): PickleValue {
  const stack: Slot[] = [];
  const memo = new Map<number, PickleValue>();
  const { path } = source;
  let values = 0;
  let [opcode, at] = [0, 0];

  const here = (): string => `${opcodeNames[opcode] ?? `0x${opcode.toString(16)}`} at byte ${at}`;
  const malformed = (why: string): Error => malformedWeights(path, `${why} (${here()})`);
  const refuse = (why: string): Error => pickleRefused(path, `${printable(why)} (${here()})`);
  const count = (): void => {
    values++;
    if (values > mostValues) throw malformed(`its pickle builds more than ${mostValues} values`);
  };
  const push = (value: Slot): void => {
    count();
    stack.push(value);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === mark) throw malformed('its pickle takes what is not there');
    return value;
  };
  const top = (): PickleValue => {
    const value = stack.at(-1);
    if (value === undefined || value === mark) throw malformed('its pickle takes what is not there');
    return value;
  };
  /** What stands above the last mark, which goes too. */
  const popToMark = (): PickleValue[] => {
    const from = stack.lastIndexOf(mark);
    if (from === -1) throw malformed('its pickle has no mark');
    const items = stack.splice(from).slice(1);
    return items as PickleValue[]; // above the last mark there is none
  };
  const list = (type: PickleSequence['type'], items: PickleValue[]): PickleSequence => ({
    kind: 'sequence',
    type,
    items,
  });
  const asList = (value: PickleValue, type: PickleSequence['type']): PickleSequence => {
    if (!isKind(value, 'sequence') || value.type !== type) throw malformed(`its pickle takes for a ${type} what is none`); // prettier-ignore
    return value;
  };
  const asDict = (value: PickleValue): PickleDict => {
    if (!isKind(value, 'dict')) throw malformed('its pickle takes for a dictionary what is none');
    return value;
  };
  const pairs = (items: readonly PickleValue[]): PickleDict['entries'] => {
    if (items.length % 2 !== 0) throw malformed('a dictionary of its pickle has a key without a value');
    const entries: PickleDict['entries'] = [];
    for (let index = 0; index < items.length; index += 2)
      entries.push([items[index] ?? null, items[index + 1] ?? null]);
    return entries;
  };
  const addAll = <T>(into: T[], more: readonly T[]): void => {
    for (const item of more) into.push(item);
  };
  const remember = (index: number): void => {
    count();
    memo.set(index, top());
  };
  const recall = (index: number): PickleValue => {
    const value = memo.get(index);
    if (value === undefined) throw malformed(`its pickle has nothing under ${index}`);
    return value;
  };
  const global = (name: string): PickleGlobal => {
    if (!rules.allows(name)) throw refuse(`asks for \`${name}\``);
    return { kind: 'global', name };
  };
  const call = (given: PickleValue, called: PickleValue): PickleValue => {
    if (!isKind(called, 'global')) throw refuse('calls what is no name');
    return rules.call(called.name, asList(given, 'tuple').items, (why) => refuse(`calls \`${called.name}\` ${why}`));
  };
  const text = (length: number): string => source.bytes(length).toString('utf8');
  const integer = (length: number): number | bigint => {
    if (length > 256) throw malformed(`a whole number of its pickle has ${length} bytes`);
    const bytes = source.bytes(length).reverse();
    const value = length === 0 ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${bytes.toString('hex')}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };

  /** One total table from opcode to what it does; undefined where the opcode is refused. */
  const steps: Readonly<Record<string, () => void>> = {
    PROTO: () => {
      const protocol = source.uint8();
      if (protocol < 2 || protocol > 5) throw malformed(`its pickle is of protocol ${protocol}; 2 to 5 are read`);
    },
    FRAME: () => void source.uint64(),
    MARK: () => push(mark),
    POP: () => void (stack.at(-1) === mark ? stack.pop() : pop()),
    POP_MARK: () => void popToMark(),
    DUP: () => push(top()),
    NONE: () => push(null),
    NEWTRUE: () => push(true),
    NEWFALSE: () => push(false),
    BININT: () => push(source.int32()),
    BININT1: () => push(source.uint8()),
    BININT2: () => push(source.uint16()),
    LONG1: () => push(integer(source.uint8())),
    LONG4: () => push(integer(source.uint32())),
    BINFLOAT: () => push(source.float64BigEndian()),
    // of Python 2, whose strings are bytes
    SHORT_BINSTRING: () => push(text(source.uint8())),
    BINSTRING: () => push(text(source.uint32())),
    SHORT_BINUNICODE: () => push(text(source.uint8())),
    BINUNICODE: () => push(text(source.uint32())),
    BINUNICODE8: () => push(text(source.uint64())),
    SHORT_BINBYTES: () => push(source.bytes(source.uint8())),
    BINBYTES: () => push(source.bytes(source.uint32())),
    BINBYTES8: () => push(source.bytes(source.uint64())),
    EMPTY_LIST: () => push(list('list', [])),
    LIST: () => push(list('list', popToMark())),
    APPEND: () => {
      const item = pop();
      asList(top(), 'list').items.push(item);
    },
    APPENDS: () => {
      const items = popToMark();
      addAll(asList(top(), 'list').items, items);
    },
    EMPTY_TUPLE: () => push(list('tuple', [])),
    TUPLE: () => push(list('tuple', popToMark())),
    TUPLE1: () => push(list('tuple', [pop()])),
    TUPLE2: () => push(list('tuple', [pop(), pop()].reverse())),
    TUPLE3: () => push(list('tuple', [pop(), pop(), pop()].reverse())),
    EMPTY_DICT: () => push({ kind: 'dict', entries: [] }),
    DICT: () => push({ kind: 'dict', entries: pairs(popToMark()) }),
    SETITEM: () => {
      const [value, key] = [pop(), pop()];
      asDict(top()).entries.push([key, value]);
    },
    SETITEMS: () => {
      const items = popToMark();
      addAll(asDict(top()).entries, pairs(items));
    },
    EMPTY_SET: () => push(list('set', [])),
    ADDITEMS: () => {
      const items = popToMark();
      addAll(asList(top(), 'set').items, items);
    },
    FROZENSET: () => push(list('set', popToMark())),
    BINGET: () => push(recall(source.uint8())),
    LONG_BINGET: () => push(recall(source.uint32())),
    BINPUT: () => remember(source.uint8()),
    LONG_BINPUT: () => remember(source.uint32()),
    MEMOIZE: () => remember(memo.size),
    GLOBAL: () => {
      const module = source.line(longestName);
      push(global(`${module}.${source.line(longestName)}`));
    },
    STACK_GLOBAL: () => {
      const [name, module] = [pop(), pop()];
      if (typeof name !== 'string' || typeof module !== 'string') throw malformed('a name of its pickle is no text');
      push(global(`${module}.${name}`.slice(0, longestName)));
    },
    REDUCE: () => push(call(pop(), pop())),
    NEWOBJ: () => push(call(pop(), pop())),
    BUILD: () => {
      const state = pop();
      push(rules.build(pop(), state, refuse));
    },
    BINPERSID: () => push(rules.persistent(pop(), refuse)),
  };

  for (;;) {
    at = source.position;
    opcode = source.uint8();
    const name = opcodeNames[opcode];
    if (name === 'STOP') return pop();
    const step = name === undefined ? undefined : steps[name];
    if (step !== undefined) step();
    else if (name === undefined) throw malformed('its pickle has a byte that is no opcode');
    else throw refuse(`uses the opcode ${name}`);
  }
}

type Kinded = Exclude<PickleValue, null | boolean | number | bigint | string | Uint8Array>;

/** Whether a value is one of these kinds. */
export function isKind<K extends Kinded['kind']>(
  value: PickleValue,
  ...kinds: K[]
): value is Extract<Kinded, { kind: K }> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && (kinds as string[]).includes(value.kind); // prettier-ignore
}
