import { nearestName } from '../common/suggest.ts';
import { invariant } from '../common/invariant.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { DeclaredParameter, DeclaringContext } from '../elaborate/layers/declaring-context.ts';
import { startOf } from '../elaborate/origin.ts';
import { prefixesOf, reportNoPart } from '../elaborate/report-parts.ts';
import { matchLength, stateOf, type TensorState } from '../elaborate/state.ts';
import { tensorPaths } from '../elaborate/tensor-paths.ts';
import type { ParameterTensor } from '../program/parameter.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';

/** Every tensor that some function of the program reads, once, in the order of first use; and its state in each stage. */
export class ParameterTable {
  readonly #graph: ModuleGraph;
  readonly #tensors = new Map<string, ParameterTensor>();
  readonly #paths = new Map<string, Set<string>>();
  readonly #stages: StageParameters[] = [];

  constructor(graph: ModuleGraph) {
    this.#graph = graph;
  }

  /** The table as one stage writes it. `checked` is the experiment as that stage sees it. */
  stage(checked: CheckedExperiment): StageParameters {
    const stage = new StageParameters(this, checked);
    this.#stages.push(stage);
    return stage;
  }

  /** Enters a tensor, or what a further stage does to it: it trains where one stage trains it, and that stage's line decided. */
  enter(
    owner: string,
    path: string,
    declared: DeclaredParameter,
    state: TensorState,
    checked: CheckedExperiment,
  ): void {
    const name = `${owner}.${path}`;
    this.#paths.set(owner, (this.#paths.get(owner) ?? new Set()).add(path));
    const known = this.#tensors.get(name);
    if (known !== undefined && (known.state === 'trainable' || state.flag === 'frozen')) return;
    this.#tensors.set(name, {
      name,
      owner,
      shape: declared.shape,
      role: declared.options.role ?? 'weight',
      state: state.flag,
      ...startOf(checked.instances, owner, path, declared),
      learningRateScale: state.learningRateScale,
      decay: decays(name, declared, state, checked),
      ...(state.clamp === undefined ? {} : { clamp: state.clamp }),
      decidedAt: this.#place(state.span),
    });
  }

  get(name: string): ParameterTensor {
    const found = this.#tensors.get(name);
    invariant(found, `no tensor ${name}`);
    return found;
  }

  tensors(): ParameterTensor[] {
    return [...this.#tensors.values()];
  }

  #place(span: Span): string {
    const text = this.#graph.sources.get(span.file)?.text ?? '';
    return `${span.file}:${positionAt(text, span.start).line}`;
  }

  /** A setting for a tensor that is not there would be silently ignored: it is an error. */
  reportUnmatched(report: Reporter): void {
    const names = [...this.#tensors.keys()];
    for (const { checked } of this.#stages) {
      for (const { paths, span } of checked.training.partOptimisers) {
        for (const path of paths) {
          if (names.some((name) => name === path || name.startsWith(`${path}.`))) continue;
          // what a row leaves unread is a note there, which the check tells
          const owners = [...checked.instances, ...checked.parameters].map(({ name }) => name);
          if (checked.row !== 'full' && owners.some((name) => name === path || path.startsWith(`${name}.`))) continue;
          const suggestion = nearestName(path, prefixesOf(names));
          report.error('CX4005', span, `an optimiser is given to \`${path}\`, which is no part that a function reads`, {
            ...(suggestion === undefined ? {} : { suggestion }),
          });
        }
      }
      for (const word of checked.training.noDecay ?? []) {
        if (kindsOfTensors.has(word) || names.some((name) => name === word || name.startsWith(`${word}.`))) continue;
        const suggestion = nearestName(word, [...kindsOfTensors.keys(), ...prefixesOf(names)]);
        report.error('CX4005', checked.training.span, `\`no_decay\` names \`${word}\`, which is neither a kind of tensor nor a part that a function reads`, {
          expected: '`bias`, `norm`, or the path of a part',
          ...(suggestion === undefined ? {} : { suggestion }),
        }); // prettier-ignore
      }
      for (const part of [...checked.instances, ...checked.parameters]) {
        const paths = [...(this.#paths.get(part.name) ?? [])];
        for (const override of part.overrides) {
          if (paths.length === 0 || paths.some((path) => matchLength(override, path, part) >= 0)) continue;
          // what nothing reads is still there
          const instance = checked.instances.find(({ name }) => name === part.name);
          if (instance !== undefined) paths.push(...tensorPaths(instance).filter((path) => !paths.includes(path)));
          if (paths.some((path) => matchLength(override, path, part) >= 0)) continue;
          reportNoPart(override, part.name, paths, report);
        }
      }
    }
  }
}

/** The tensors as one stage trains them. */
export class StageParameters {
  readonly checked: CheckedExperiment;
  readonly #table: ParameterTable;
  readonly #states = new Map<string, TensorState & { readonly decays: boolean }>();

  constructor(table: ParameterTable, checked: CheckedExperiment) {
    this.#table = table;
    this.checked = checked;
  }

  add(contexts: ReadonlyMap<string, DeclaringContext>): void {
    for (const context of contexts.values()) {
      for (const [path, declared] of context.parameters) {
        const name = `${context.owner}.${path}`;
        if (this.#states.has(name)) continue;
        const state = stateOf(this.checked, context.owner, path);
        this.#states.set(name, { ...state, decays: decays(name, declared, state, this.checked) });
        this.#table.enter(context.owner, path, declared, state, this.checked);
      }
    }
  }

  state(name: string): TensorState {
    const found = this.#states.get(name);
    invariant(found, `no tensor ${name}`);
    return found;
  }

  /** Whether weight decay acts on it in this stage. */
  decays(name: string): boolean {
    return this.#states.get(name)?.decays ?? false;
  }

  get(name: string): ParameterTensor {
    return this.#table.get(name);
  }
}

/** Kinds of tensors that `no_decay` knows by a word. */
const kindsOfTensors: ReadonlyMap<string, (name: string) => boolean> = new Map([
  ['bias', (name: string) => /(^|\.)bias$/.test(name)],
  ['norm', (name: string) => name.split('.').some((part) => /(^|_)norm(_|\d|$)/.test(part) || /^bn\d*$/.test(part))],
]);

/** An exception by path first, then `no_decay`, then what the layer says of itself; else tensors of two or more dimensions, or all. */
function decays(
  name: string,
  declared: DeclaredParameter,
  state: TensorState,
  { training }: CheckedExperiment,
): boolean {
  if (state.decayRate !== undefined) return true;
  if (state.decay !== undefined) return state.decay;
  const left = (training.noDecay ?? []).some((word) => kindsOfTensors.get(word)?.(name) ?? (name === word || name.startsWith(`${word}.`))); // prettier-ignore
  if (left) return false;
  if (training.decayOn === 'all') return true;
  return declared.options.decay ?? declared.shape.length >= 2;
}
