/** What a chain or a module of one's own computes, as the `forward` of a class. */
import type { Application } from '../check/checked.ts';
import { constantOf } from '../check/build.ts';
import type { Typed } from '../check/typed.ts';
import { BatchUse } from './batch-axis.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { fromOutside } from './calls.ts';
import type { LeftOut } from './leaving-out.ts';
import { aligned, type LocatedCode } from './located-code.ts';
import { ownCall, type OwnCall } from './own-call.ts';
import type { OwnModule } from './own-modules.ts';
import { stepsOf, writeSteps } from './own-steps.ts';
import { atom } from './python-code.ts';
import { pythonName, variableName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';
import { variableOf } from './variable-words.ts';

interface ForwardInput {
  readonly name: string;
  readonly typed: Typed;
  /** Given by its name: a mask, and what else it reads from outside. */
  readonly named: boolean;
}

/** One call of it, written as if it were the only one. */
export interface Forward {
  readonly inputs: readonly ForwardInput[];
  readonly results: readonly Typed[];
  /** Statements, the last of which returns. */
  readonly lines: readonly string[];
  /** What a step draws for it, by places in it. */
  readonly draws: readonly LeftOut[];
  /** Modules of one's own that it calls. */
  readonly calls: ReadonlySet<OwnModule>;
  /** Takes what is left out. */
  readonly drops: boolean;
  readonly functions: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
}

const indent = '        ';

/** Comes from the call: it is no formula of the module. */
const fromCall: ReadonlySet<Typed['op']> = new Set<Typed['op']>(['column', 'weight', 'random', 'parameter']);

/** Has no meaning of its own inside a class. */
const elsewhere: ReadonlySet<Typed['op']> = new Set<Typed['op']>(['view', 'on_data', 'generate', 'text_measure', 'prompt', 'text', 'shuffle', 'call']); // prettier-ignore

/**
 * `inside`: the call that a value below is, of a part of this module that is a class itself. `dropping`: places from which some call leaves
 * something out. Undefined where it does not stand by itself.
 */
export function writeForward(
  application: Application,
  source: StageSource,
  inside: (typed: Typed) => OwnCall | undefined,
  dropping: readonly string[],
): Forward | undefined {
  const draft = written(application, source, inside, dropping, []);
  if (draft === undefined || draft.inputs.length === 0) return undefined;
  const final = written(application, source, inside, dropping, draft.inputs, draft.body);
  if (final === undefined) return undefined;
  const { body, ...forward } = final;
  return { ...forward, lines: body.lines, functions: body.functions, modules: body.modules };
}

interface Written extends Omit<Forward, 'lines' | 'functions' | 'modules'> {
  readonly body: Body;
}

function written(
  { owner, path, given, results }: Application,
  source: StageSource,
  inside: (typed: Typed) => OwnCall | undefined,
  dropping: readonly string[],
  known: readonly ForwardInput[],
  draft?: Body,
): Written | undefined {
  const { keys } = source;
  const arguments_ = argumentsOf(given, source);
  const inputs = new Map<number, ForwardInput>(known.map((each) => [keys.of(each.typed), each]));
  const read = new Set<number>();
  const draws: LeftOut[] = [];
  const calls = new Set<OwnModule>();
  const own = [owner, ...(path === '' ? [] : [path])].join('.');
  let drops = false;
  let isRefused = false;
  const input = (body: Body, typed: Typed, make: () => ForwardInput): LocatedCode => {
    const key = keys.of(typed);
    const found = inputs.get(key) ?? make();
    inputs.set(key, found);
    read.add(key);
    const located = { code: atom(found.name), axes: typed.type.axes };
    body.hold(located);
    return located;
  };
  const surroundings: Surroundings = {
    keys,
    sizes: source.sizes,
    words: source.words,
    refuse: () => void (isRefused = true),
    word: (typed) => variableOf(typed, (each) => wordInside(each, source, arguments_, inside)),
    draw: (_body, typed) => {
      throw new Unsupported(typed, 'a draw inside a module');
    },
    within: {
      owner,
      path,
      calls,
      drops: (name) => dropping.some((each) => `${each}.`.startsWith(`${name.slice(own.length + 1)}.`)),
      leavesOut: (name, drawn) => {
        drops = true;
        const at = name.slice(own.length + 1);
        draws.push(...drawn.map((each) => ({ ...each, place: [at, each.place].filter((word) => word !== '').join('.') }))); // prettier-ignore
        return at;
      },
    },
    given: (body, typed) => {
      if (constantOf(typed) !== undefined) return undefined;
      const key = keys.of(typed);
      const argument = arguments_.get(key);
      if (argument !== undefined) return input(body, typed, () => ({ ...argument, name: body.names.fresh(argument.name) }));
      const call = inside(typed);
      if (call !== undefined) return ownCall(body, typed, call, 'step');
      const isOwn = (typed.op === 'parameter' || typed.op === 'call') && isBelow(typed.attributes, owner, path);
      if (isOwn) return fromOutside(body, typed, { source, place: 'step', drawsViews: true });
      if (elsewhere.has(typed.op) || typed.type.element === 'text') throw new Unsupported(typed, `\`${typed.op}\` inside a module`);
      if (!fromCall.has(typed.op)) return undefined;
      return input(body, typed, () => ({ name: body.names.fresh(typed.label ?? variableOf(typed)), typed, named: true }));
    },
  }; // prettier-ignore
  const taken = ['self', 'dropout', 'step', 'place', ...known.map(({ name }) => name), ...(draft?.functions ?? [])];
  const body = new Body(surroundings, taken, draft, indent);
  for (const { name, typed } of known) body.hold({ code: atom(name), axes: typed.type.axes });
  const [only, second] = results;
  const chain = { owner, path, keys, inside, isGiven: (typed: Typed) => arguments_.has(keys.of(typed)) };
  const steps = only === undefined || second !== undefined ? undefined : stepsOf(only, chain);
  const looped = steps === undefined ? undefined : writeSteps(body, steps, chain, indent);
  const made = looped !== undefined ? [looped] : results.map((typed) => {
    const value = second === undefined ? body.expression(typed) : body.value(typed);
    return body.tensor(body.expanded(value, typed.type.axes, typed, aligned(value, typed.type.axes))).text;
  }); // prettier-ignore
  body.lines.push(`${indent}return ${made.join(', ')}`);
  if (isRefused || results.some((typed) => arguments_.has(keys.of(typed)))) return undefined;
  const order = [...arguments_.keys()];
  const place = ([key]: readonly [number, ForwardInput]): number => (order.includes(key) ? order.indexOf(key) : order.length); // prettier-ignore
  const ordered = [...inputs].filter(([key]) => read.has(key)).sort((a, b) => place(a) - place(b));
  return { inputs: ordered.map(([, each]) => each), results, draws, calls, drops, body };
}

/** What stands inside is called as there, whoever calls the module: `lift`, not `writer_lift`. */
function wordInside(typed: Typed, source: StageSource, given: ReadonlyMap<number, ForwardInput>, inside: (typed: Typed) => OwnCall | undefined): string | undefined {
  const argument = given.get(source.keys.of(typed));
  if (argument !== undefined) return argument.name;
  const { module, forward } = inside(typed) ?? {};
  if (module !== undefined && forward?.results.length === 1) return lastWord(module.path) ?? module.definition ?? 'value';
  if (typed.op === 'parameter') return lastWord(typed.attributes.path);
  if (typed.op !== 'call') return undefined;
  const { owner, part } = typed.attributes;
  const shape = source.checked.instances.find(({ name }) => name === owner)?.parts?.[part ?? '']?.shape;
  return lastWord(part ?? '') ?? (shape?.kind === 'layer' ? shape.layer : shape?.kind);
} // prettier-ignore

const lastWord = (path: string): string | undefined => {
  const last = path.split('.').at(-1) ?? '';
  return last === '' || /^\d+$/.test(last) ? undefined : last;
};

/** Its arguments and their masks, by key; what the call says as a number is one in the class too. */
function argumentsOf(given: Application['given'], { keys }: StageSource): ReadonlyMap<number, ForwardInput> {
  const found = new Map<number, ForwardInput>();
  const add = (name: string, typed: Typed, named: boolean): void => {
    const key = keys.of(typed);
    if (!found.has(key) && constantOf(typed) === undefined) found.set(key, { name: variableName(pythonName(name)), typed, named }); // prettier-ignore
  };
  for (const { name, typed } of given) add(name, typed, false);
  for (const { name, typed } of given) if (typed.mask !== undefined) add(`${name}_mask`, typed.mask, true);
  return found;
}

/** Whether a part or tensor stands below a place of the owner. */
function isBelow(attributes: { readonly owner: string } & ({ readonly path: string } | { readonly part?: string; readonly tap: string }), owner: string, path: string): boolean {
  const own = 'path' in attributes ? attributes.path : (attributes.part ?? '');
  return attributes.owner === owner && own !== '' && (path === '' || own.startsWith(`${path}.`));
} // prettier-ignore

/** Values that are inside: what the results read, as far as the inputs. */
export function interiorOf({ inputs, results }: Forward, { keys }: StageSource): Typed[] {
  const cut = new Set(inputs.map(({ typed }) => keys.of(typed)));
  const found = new Map<number, Typed>();
  const visit = (typed: Typed): void => {
    const key = keys.of(typed);
    if (cut.has(key) || found.has(key)) return;
    found.set(key, typed);
    if (typed.op !== 'parameter') typed.args.forEach(visit);
  };
  results.forEach(visit);
  return [...found.values()];
}

/**
 * Whether each process computes all of it on its own samples, or all of it on those of every process: what is drawn and what batch norms see
 * would else be of other samples.
 */
export function isOfOneKind(forward: Forward, interior: readonly Typed[], use: BatchUse): boolean {
  const local = forward.results.map((typed) => use.isLocal(typed));
  if (local.some((each) => each !== local[0])) return false;
  return local[0] === true || !interior.some((typed) => typed.op === 'call' && use.isLocal(typed));
}
