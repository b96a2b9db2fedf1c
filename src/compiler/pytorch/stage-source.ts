/** One stage as the generated package has it: what is named, what is known before the first step, what its parts are called. */
import { constantOf } from '../check/build.ts';
import type { CheckedEvaluation, CheckedExperiment, Narrowing } from '../check/checked.ts';
import { trainingRoots } from '../check/reachability.ts';
import { narrowed, narrowings, sameNarrowing, sampleCounts } from '../check/narrowed.ts';
import type { Typed } from '../check/typed.ts';
import { dataValueIds } from '../elaborate/data-value-ids.ts';
import { stepFunctions } from '../program/functions.ts';
import type { Program } from '../program/program.ts';
import type { Stage } from '../program/stage.ts';
import { narrowingWords } from '../program/vocabulary.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { hasBatch, readHere } from './batch-axis.ts';
import type { Surroundings } from './body-surroundings.ts';
import type { OwnModules } from './own-modules.ts';
import type { Unsupported } from './unsupported.ts';
import type { ValueKeys } from './value-keys.ts';
import { variableOf } from './variable-words.ts';

export interface NamedValue {
  readonly name: string;
  readonly typed: Typed;
  /** Its place among the statements of the file. */
  readonly order: number;
}

/** A value that is worked out before the first step. */
export interface ConstantValue extends NamedValue {
  /** By which functions find it: `t`; over a part of a vocabulary `t over class[new]`. */
  readonly key: string;
}

/** A stage as its functions see it; those over a part of a vocabulary see that part. */
export class StageSource {
  readonly checked: CheckedExperiment;
  readonly program: Program;
  readonly stage: Stage;
  readonly keys: ValueKeys;
  readonly sizes: SizeEnvironment;
  readonly words: Surroundings['words'];
  /** By which functions find values over whole data sets. */
  readonly dataValues: ReadonlyMap<Typed, string>;
  /** What is not written of the values of this stage. */
  readonly refused: Unsupported[];
  /** Lets of the file and of the stage, by the key of their value. */
  readonly lets: ReadonlyMap<number, NamedValue>;
  /** The part of a vocabulary that is seen; all where it is absent. */
  readonly over: Narrowing | undefined;
  /** The same stage over other parts of vocabularies. */
  readonly #parts: readonly StageSource[];
  /** Tables of texts of this part, by their name where there is no other. */
  #own: OwnModules | undefined;
  #found: ReadonlyMap<number, ConstantValue> | undefined;
  readonly #tables: ReadonlyMap<string, string>;

  /** `part`: another part than the one that training sees, of the stage as training sees it. */
  constructor(
    { checked, program, stage, keys }: Pick<StageSource, 'checked' | 'program' | 'stage' | 'keys'>,
    part?: { readonly over: Narrowing | undefined; readonly whole: StageSource },
  ) {
    const { over, whole } = part ?? { over: checked.training.over };
    this.checked = narrowed(checked, over);
    this.program = program;
    this.stage = stage;
    this.keys = keys;
    this.over = over;
    this.refused = whole?.refused ?? [];
    this.#parts = whole === undefined ? narrowings(checked).flatMap((each) => (sameNarrowing(each, over) ? [] : [new StageSource({ checked, program, stage, keys }, { over: each, whole: this })])) : []; // prettier-ignore
    this.#tables = this.#tablesRead();
    this.words = new Map(this.checked.vocabularies.map((each) => [each.name, each]));
    const vocabularies = new Map(this.checked.vocabularies.map(({ name, entries }) => [name, Math.max(entries.length, 1)])); // prettier-ignore
    const counts = new Map((stage.dataValues ?? []).map(({ data, count }) => [data, count]));
    this.sizes = {
      batch: stage.batch,
      vocabularies,
      samples: sampleCounts(checked, over, (data) => counts.get(data) ?? 1),
    };
    this.dataValues = dataValueIds(this.checked);
    const lets = new Map<number, NamedValue>();
    for (const [order, { name, typed, statement }] of checked.values.entries())
      if (statement?.kind !== 'loss' && typed.type.element !== 'text' && constantOf(typed) === undefined)
        lets.set(keys.of(typed), { name, typed, order });
    this.lets = lets;
  }

  /** What no sample changes and a part makes, by key: computed once a stage. */
  get constants(): ReadonlyMap<number, ConstantValue> {
    this.#found ??= this.#constants();
    return this.#found;
  }

  /** Modules of one's own that are called as such. */
  get own(): OwnModules | undefined {
    return this.#own;
  }

  /** Says which they are, before anything is written. */
  knows(own: OwnModules): void {
    for (const part of this.parts) part.#own = own;
  }

  /** Whether a part makes it: in Python it is a call. */
  isCall(typed: Typed): boolean {
    return typed.op === 'call' || this.#own?.callOf(this, typed) !== undefined;
  }

  /** What it is called where no statement of the file names it. */
  wordOf(typed: Typed): string {
    const { module, forward } = this.#own?.callOf(this, typed) ?? {};
    // of several results each has a name of its own
    const isOne = module !== undefined && forward?.results.length === 1;
    return typed.label ?? (isOne ? [module.owner, ...module.path.split('.')].filter((word) => word !== '').join('_') : variableOf(typed)); // prettier-ignore
  }

  /** Operands that the samples at hand feed, as Python has them. */
  readsOf(typed: Typed): readonly Typed[] {
    return this.#own?.readsOf(this, typed) ?? readHere(typed);
  }

  get evaluations(): readonly CheckedEvaluation[] {
    return this.checked.evaluations;
  }

  /** The stage over each part of a vocabulary that its functions see, training first. */
  get parts(): readonly StageSource[] {
    return [this, ...this.#parts];
  }

  /** As a function over this part sees it. */
  under(over: Narrowing | undefined): StageSource {
    return this.parts.find((each) => sameNarrowing(each.over, over)) ?? this;
  }

  /** Terms of the objective and metrics, of the functions over this part. */
  get roots(): readonly Typed[] {
    const { training, evaluations } = this.checked;
    return [
      ...(sameNarrowing(training.over, this.over) ? trainingRoots(this.checked) : []),
      ...evaluations.flatMap(({ over, metrics }) => (sameNarrowing(over, this.over) ? metrics.map(({ typed }) => typed) : [])), // prettier-ignore
    ];
  }

  /** How the program calls a table of texts, `learned@clip.text`, whose words here may be those of a part. */
  table(name: string): string {
    return this.#tables.get(name) ?? name;
  }

  #tablesRead(): ReadonlyMap<string, string> {
    const { training, evaluations } = this.checked;
    const { constants, features, search } = this.stage;
    const { evaluation: tried } = search ?? {};
    const measured = evaluations.flatMap(({ over }, at) => (sameNarrowing(over, this.over) ? (this.stage.evaluations[at] ?? []) : [])); // prettier-ignore
    const functions = [
      ...(sameNarrowing(training.over, this.over)
        ? [constants, features, ...stepFunctions(this.stage), tried?.constants, tried?.samples, tried?.metrics]
        : []),
      ...measured.flatMap((each) => [each.constants, each.samples, each.metrics]),
    ];
    return new Map(
      functions.flatMap((fn) =>
        Object.entries(fn?.inputs ?? {}).flatMap(([input, source]): [string, string][] =>
          source.kind === 'texts' ? [[input.replace(/^texts (.*)\.\w+$/s, '$1'), source.table]] : [],
        ),
      ),
    );
  }

  /** Whether a tensor of this name, or one below it, trains here. */
  trains(name: string): boolean {
    return this.stage.trainable.some((each) => each === name || each.startsWith(`${name}.`));
  }

  isConstant(typed: Typed): boolean {
    return this.isStill(typed, (each) => hasBatch(each) || each.op === 'column');
  }

  /** Whether it is the same at every step: nothing of it is drawn, scheduled, trained or, by `moves`, otherwise another. */
  isStill(typed: Typed, moves: (typed: Typed) => boolean): boolean {
    if (moves(typed)) return false;
    switch (typed.op) {
      case 'shuffle':
      case 'random':
      case 'weight':
      case 'on_data':
      // what a view draws is drawn at every step
      case 'view':
        return false;
      case 'parameter':
        return !this.trains(tensorName(typed.attributes));
      case 'call':
        if (this.trains(towerOf(typed.attributes))) return false;
        break;
      default:
    }
    return typed.args.every((argument) => this.isStill(argument, moves));
  }

  #constants(): ReadonlyMap<number, ConstantValue> {
    const part =
      this.over === undefined ? '' : ` ${'group' in this.over ? 'over' : 'with'} ${narrowingWords(this.over)}`;
    const found = new Map<number, ConstantValue>();
    const taken = new Set<string>();
    const seen = new Set<number>();
    const visit = (typed: Typed): void => {
      const key = this.keys.of(typed);
      if (seen.has(key)) return;
      seen.add(key);
      const named = this.lets.get(key);
      const isCut = (named !== undefined && hasCall(typed)) || this.isCall(typed);
      if (isCut && this.isConstant(typed)) {
        const base = named?.name ?? this.wordOf(typed);
        let name = base;
        for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
        taken.add(name);
        found.set(key, { name, key: `${name}${part}`, typed, order: named?.order ?? Infinity });
        return;
      }
      // what a tensor starts from is no part of it
      if (typed.op !== 'parameter') (this.isCall(typed) ? this.readsOf(typed) : typed.args).forEach(visit);
    };
    this.roots.forEach(visit);
    return found;
  }
}

const hasCall = (typed: Typed): boolean =>
  typed.op === 'call' || (typed.op !== 'parameter' && typed.args.some(hasCall));

/** A `param` holds its numbers as `value`. */
export const tensorName = ({ owner, path }: { readonly owner: string; readonly path: string }): string =>
  `${owner}.${path === '' ? 'value' : path}`;

/** What holds the tensors that a call reads: `clip.text` of a call of it, the owner otherwise. */
export const towerOf = ({ owner, tap }: { readonly owner: string; readonly tap: string }): string => {
  const [tower] = tap.split('.');
  return tower === 'image' || tower === 'text' ? `${owner}.${tower}` : owner;
};
