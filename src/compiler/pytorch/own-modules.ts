/**
 * Chains and modules of one's own as classes of the package. The typed program has their calls written out; the checker notes each. Those that
 * stand by themselves, and compute the same wherever they are called, are calls again here.
 */
import type { Application } from '../check/checked.ts';
import { reachableHere, trainingRoots } from '../check/reachability.ts';
import type { Instance, Typed } from '../check/typed.ts';
import { extent } from '../types/axis.ts';
import { BatchUse, readHere } from './batch-axis.ts';
import { movingCalls, movesStatistics } from './moving-statistics.ts';
import type { OwnCall } from './own-call.ts';
import { interiorOf, isOfOneKind, writeForward, type Forward } from './own-forward.ts';
import { copied } from './shared-tensors.ts';
import type { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';

export interface OwnModule {
  /** The part of the model that it is, or stands in. */
  readonly owner: string;
  /** Where it stands there; empty for the part itself. */
  readonly path: string;
  /** As the file calls what it is made by; absent for a chain. */
  readonly definition?: string;
  /** Sizes and numbers that the definition is given. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly made: string;
  /** What its class computes. */
  readonly forward: Forward;
  /** Some function of the package calls it. */
  isCalled: boolean;
}

interface Applied {
  readonly source: StageSource;
  readonly application: Application;
}

/** Keys of values of a stage. */
interface Seen {
  /** Whose order matters to batch norms. */
  readonly moving: (source: StageSource) => ReadonlySet<number>;
  /** That a step computes. */
  readonly trained: (source: StageSource) => ReadonlySet<number>;
}

export class OwnModules {
  /** What stands inside another comes first. */
  readonly all: OwnModule[] = [];
  /** Calls by their results; the outermost first. */
  readonly #calls = new Map<StageSource, Map<number, OwnCall[]>>();
  readonly #interiors = new Map<OwnCall, readonly Typed[]>();

  /** `instances`: parts that the model has. */
  constructor(stages: readonly StageSource[], instances: readonly Instance[]) {
    const built = new Set(instances.map(({ name }) => name));
    const groups = new Map<string, { readonly owner: string; readonly path: string; readonly applied: Applied[] }>();
    const sources = stages.flatMap(({ parts }) => parts);
    for (const source of sources) {
      for (const application of source.checked.applications) {
        const owner = holderOf(application.owner, source, built);
        if (owner === undefined) continue;
        const { path } = application;
        const name = `${owner} ${path}`;
        const group = groups.get(name) ?? { owner, path, applied: [] };
        groups.set(name, group);
        group.applied.push({ source, application });
      }
    }
    const depth = (path: string): number => (path === '' ? 0 : path.split('.').length);
    const stageOf = new Map(stages.flatMap((stage) => stage.parts.map((part) => [part, stage] as const)));
    const tables = new Map(stages.map((stage) => [stage, { moving: movingKeys(stage), trained: trainedKeys(stage) }]));
    const table = (source: StageSource) => tables.get(stageOf.get(source) ?? source);
    const seen: Seen = {
      moving: (source) => table(source)?.moving ?? new Set(),
      trained: (source) => table(source)?.trained ?? new Set(),
    };
    for (const { owner, path, applied } of [...groups.values()].sort((a, b) => depth(b.path) - depth(a.path)))
      this.#decide(owner, path, applied, seen);
    for (const stage of stages) this.#eachNormOnce(stage);
  }

  /** Those that functions call, and those that these call; what stands inside another comes first. */
  get called(): readonly OwnModule[] {
    const found = new Set(this.all.filter(({ isCalled }) => isCalled));
    for (const { forward } of found) for (const inner of forward.calls) found.add(inner);
    return this.all.filter((module) => found.has(module));
  }

  /** The call that a value is a result of, if it is one: the outermost. */
  callOf(source: StageSource, typed: Typed): OwnCall | undefined {
    return this.#calls.get(source)?.get(source.keys.of(typed))?.[0];
  }

  #decide(owner: string, path: string, all: readonly Applied[], { moving, trained }: Seen): void {
    const use = new BatchUse();
    const applied = distinct(all);
    const drafts = applied.flatMap((each) => this.#forward(each, owner, path, []) ?? []);
    // where one call leaves something out, all are written so
    const dropping = [...new Set(drafts.flatMap(({ draws }) => draws.map(({ place }) => place)))];
    const variants = new Map<string, { count: number; readonly calls: (Applied & { readonly forward: Forward })[] }>();
    for (const each of applied) {
      const { source } = each;
      const forward = this.#forward(each, owner, path, dropping);
      if (forward === undefined || forward.draws.some(({ call }) => call !== forward.draws[0]?.call)) continue;
      const interior = interiorOf(forward, source);
      // without tensors it is a formula
      if (!interior.some(isHolding)) continue;
      if (!isOfOneKind(forward, interior, use) || interior.some((typed) => moving(source).has(source.keys.of(typed)))) continue;
      const text = essence(forward);
      const variant = variants.get(text) ?? { count: 0, calls: [] };
      variants.set(text, variant);
      variant.calls.push({ ...each, forward });
      // steps come first
      variant.count += forward.results.some((typed) => trained(source).has(source.keys.of(typed))) ? applied.length : 1;
    }
    const [most] = [...variants.values()].sort((a, b) => b.count - a.count);
    const first = most?.calls.find(({ forward }) => forward.draws.length > 0) ?? most?.calls[0];
    if (most === undefined || first === undefined) return;
    const { definition, made } = first.application;
    const sizes = new Map(definition?.sizes.map(({ name, size }) => [name, extent(size, first.source.sizes)]));
    const module: OwnModule = { owner, path, ...(definition === undefined ? {} : { definition: definition.name }), sizes, made, forward: first.forward, isCalled: false };
    this.all.push(module);
    for (const { source, forward } of most.calls) {
      const call: OwnCall = { module, forward };
      this.#interiors.set(call, interiorOf(forward, source));
      const calls = this.#calls.get(source) ?? new Map<number, OwnCall[]>();
      this.#calls.set(source, calls);
      for (const typed of forward.results) {
        const key = source.keys.of(typed);
        calls.set(key, [call, ...(calls.get(key) ?? [])]);
      }
    }
  } // prettier-ignore

  #forward(
    { source, application }: Applied,
    owner: string,
    path: string,
    dropping: readonly string[],
  ): Forward | undefined {
    const inside = (typed: Typed): OwnCall | undefined =>
      this.#calls
        .get(source)
        ?.get(source.keys.of(typed))
        ?.find(({ module }) => module.owner === owner && (path === '' || module.path.startsWith(`${path}.`)));
    try {
      return writeForward(application, source, inside, dropping);
    } catch (error) {
      if (error instanceof Unsupported) return undefined;
      throw error;
    }
  }

  /** The statistics of a batch norm move once a step: what two calls have in common is written out. */
  #eachNormOnce(stage: StageSource): void {
    for (let again = true; again;) {
      again = false;
      const readers = new Map<number, (OwnCall | undefined)[]>();
      const seen = new Set<number>();
      const visit = (typed: Typed): void => {
        const key = stage.keys.of(typed);
        if (seen.has(key)) return;
        seen.add(key);
        const call = this.callOf(stage, typed);
        const norms = (call === undefined ? [typed] : (this.#interiors.get(call) ?? [])).filter((each) => movesStatistics(each, stage)); // prettier-ignore
        for (const norm of norms) {
          const own = stage.keys.of(norm);
          const known = readers.get(own) ?? [];
          if (!known.includes(call)) readers.set(own, [...known, call]);
        }
        this.readsOf(stage, typed).forEach(visit);
      };
      trainingRoots(stage.checked).forEach(visit);
      for (const calls of readers.values()) {
        if (calls.length < 2) continue;
        for (const call of calls) if (call !== undefined) again = this.#drop(stage, call) || again;
      }
    }
  }

  #drop(source: StageSource, call: OwnCall): boolean {
    let dropped = false;
    for (const [key, calls] of this.#calls.get(source) ?? []) {
      const rest = calls.filter((each) => each !== call);
      dropped ||= rest.length < calls.length;
      if (rest.length === 0) this.#calls.get(source)?.delete(key);
      else this.#calls.get(source)?.set(key, rest);
    }
    return dropped;
  }

  /** What the expression of a value is made of: operands, or what a call is given. */
  readsOf(source: StageSource, typed: Typed): readonly Typed[] {
    const call = this.callOf(source, typed);
    if (call !== undefined) return call.forward.inputs.map((input) => input.typed);
    return readHere(typed);
  }
}

const isHolding = ({ op }: Typed): boolean => op === 'call' || op === 'parameter';

/** What holds the tensors of a part: a copy without any of its own is what it copies. */
function holderOf(owner: string, source: StageSource, built: ReadonlySet<string>): string | undefined {
  if (built.has(owner)) return owner;
  const origin = copied(source.checked, owner);
  return origin === undefined ? undefined : holderOf(origin, source, built);
}

/** Values whose order matters to batch norms. */
function movingKeys(source: StageSource): ReadonlySet<number> {
  try {
    return new Set(movingCalls(source).map((typed) => source.keys.of(typed)));
  } catch (error) {
    // told where the step is written
    if (error instanceof Unsupported) return new Set();
    throw error;
  }
}

const trainedKeys = ({ checked, keys }: StageSource): ReadonlySet<number> =>
  new Set([...reachableHere(trainingRoots(checked))].map((typed) => keys.of(typed)));

/** Each call once in what sees it. */
function distinct(all: readonly Applied[]): Applied[] {
  const seen = new Map<StageSource, Set<string>>();
  return all.filter(({ source, application }) => {
    const known = seen.get(source) ?? new Set();
    seen.set(source, known);
    const results = application.results.map((typed) => source.keys.of(typed)).join();
    const isNew = !known.has(results);
    known.add(results);
    return isNew;
  });
}

/** What a forward computes, however it is laid out; in evaluations nothing is left out. */
export function essence({ inputs, lines }: Forward): string {
  const code = lines.filter((line) => !line.trimStart().startsWith('#')).map((line) => line.replace(/ {2}# \[.*\]$/u, ''));
  const bare = code.join('').replaceAll(/,?\s*(?:dropout=)?dropout\.below\("[^"]*"\)/gu, '').replaceAll(/\s/gu, '').replaceAll(/,(?=[)\]])/gu, ''); // prettier-ignore
  return [...inputs.map(({ name }) => name), bare].join('\n');
} // prettier-ignore
