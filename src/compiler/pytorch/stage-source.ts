/** One stage as the generated package has it: what is named, what is known before the first step, what its parts are called. */
import { constantOf } from '../check/build.ts';
import type { CheckedEvaluation, CheckedExperiment } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import type { Program, Stage } from '../program/program.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { hasBatch } from './batch-axis.ts';
import type { Surroundings } from './body.ts';
import { variableName } from './python-names.ts';
import type { Unsupported } from './unsupported.ts';
import type { ValueKeys } from './value-keys.ts';
import { variableOf } from './variable-words.ts';

export interface NamedValue {
  readonly name: string;
  readonly typed: Typed;
  /** Its place among the statements of the file. */
  readonly order: number;
}

export class StageSource {
  readonly checked: CheckedExperiment;
  readonly program: Program;
  readonly stage: Stage;
  readonly keys: ValueKeys;
  readonly sizes: SizeEnvironment;
  readonly words: Surroundings['words'];
  /** Which value each stream of a dropout is for. */
  readonly dropouts = new Map<string, number>();
  /** Calls of image towers that a step trains, by tower; which of them read it half way. */
  readonly towers = new Map<string, Map<number, boolean>>();
  /** What is not written of the values of this stage. */
  readonly refused: Unsupported[] = [];
  /** Lets of the file and of the stage, by the key of their value. */
  readonly lets: ReadonlyMap<number, NamedValue>;
  /** What no sample changes and a tower makes, by key: computed once a stage. */
  readonly constants: ReadonlyMap<number, NamedValue>;

  constructor(checked: CheckedExperiment, program: Program, stage: Stage, keys: ValueKeys) {
    this.checked = checked;
    this.program = program;
    this.stage = stage;
    this.keys = keys;
    this.words = new Map(checked.vocabularies.map((each) => [each.name, each]));
    const vocabularies = new Map(checked.vocabularies.map(({ name, entries }) => [name, Math.max(entries.length, 1)]));
    this.sizes = { batch: stage.batch, vocabularies };
    const lets = new Map<number, NamedValue>();
    for (const [order, { name, typed, statement }] of checked.values.entries())
      if (statement?.kind !== 'loss' && typed.type.element !== 'text' && constantOf(typed) === undefined)
        lets.set(keys.of(typed), { name, typed, order });
    this.lets = lets;
    this.constants = this.#constants();
  }

  get evaluations(): readonly CheckedEvaluation[] {
    return this.checked.evaluations;
  }

  /** Terms of the objective and metrics. */
  get roots(): readonly Typed[] {
    return [
      ...this.checked.training.terms.map(({ typed }) => typed),
      ...this.checked.evaluations.flatMap(({ metrics }) => metrics.map(({ typed }) => typed)),
    ];
  }

  /** Whether a tensor of this name, or one below it, trains here. */
  trains(name: string): boolean {
    return this.stage.trainable.some((each) => each === name || each.startsWith(`${name}.`));
  }

  isConstant(typed: Typed): boolean {
    if (hasBatch(typed)) return false;
    switch (typed.op) {
      case 'column':
      case 'shuffle':
      case 'random':
      case 'weight':
      case 'on_data':
        return false;
      case 'parameter':
        return !this.trains(tensorName(typed.attributes));
      case 'call':
        if (this.trains(towerOf(typed.attributes))) return false;
        break;
      default:
    }
    return typed.args.every((argument) => this.isConstant(argument));
  }

  #constants(): ReadonlyMap<number, NamedValue> {
    const found = new Map<number, NamedValue>();
    const taken = new Set<string>();
    const seen = new Set<number>();
    const visit = (typed: Typed): void => {
      const key = this.keys.of(typed);
      if (seen.has(key)) return;
      seen.add(key);
      const named = this.lets.get(key);
      const isCut = (named !== undefined && hasCall(typed)) || typed.op === 'call';
      if (isCut && this.isConstant(typed)) {
        const base = named?.name ?? typed.label ?? variableOf(typed);
        let name = base;
        for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
        taken.add(name);
        found.set(key, { name, typed, order: named?.order ?? Infinity });
        return;
      }
      typed.args.forEach(visit);
    };
    this.roots.forEach(visit);
    return found;
  }
}

const hasCall = (typed: Typed): boolean => typed.op === 'call' || typed.args.some(hasCall);

/** A `param` holds its numbers as `value`. */
export const tensorName = ({ owner, path }: { readonly owner: string; readonly path: string }): string =>
  `${owner}.${path === '' ? 'value' : path}`;

/** What holds the tensors that a call reads: `clip.text` of a call of it, the owner otherwise. */
export const towerOf = ({ owner, tap }: { readonly owner: string; readonly tap: string }): string => {
  const [tower] = tap.split('.');
  return tower === 'image' || tower === 'text' ? `${owner}.${tower}` : owner;
};

/** As a variable is called: `f`, `λ1`. */
export const variable = ({ name }: Pick<NamedValue, 'name'>): string => variableName(name);
