import { nearestName } from '../common/suggest.ts';
import { invariant } from '../common/invariant.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { DeclaringContext } from '../elaborate/layers/declaring-context.ts';
import { matchLength, stateOf, type TensorState } from '../elaborate/state.ts';
import type { ParameterTensor } from '../program/program.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';

/** Every tensor that some function of the program reads, once, in the order of first use. */
export class ParameterTable {
  readonly #checked: CheckedExperiment;
  readonly #graph: ModuleGraph;
  readonly #tensors = new Map<string, ParameterTensor>();
  readonly #states = new Map<string, TensorState>();
  readonly #paths = new Map<string, Set<string>>();

  constructor(checked: CheckedExperiment, graph: ModuleGraph) {
    this.#checked = checked;
    this.#graph = graph;
  }

  add(contexts: ReadonlyMap<string, DeclaringContext>): void {
    for (const context of contexts.values()) {
      for (const [path, declared] of context.parameters) {
        const name = `${context.owner}.${path}`;
        this.#paths.set(context.owner, (this.#paths.get(context.owner) ?? new Set()).add(path));
        if (this.#tensors.has(name)) continue;
        const state = stateOf(this.#checked, context.owner, path);
        const from = this.#checked.instances.find((instance) => instance.name === context.owner)?.from;
        this.#states.set(name, state);
        this.#tensors.set(name, {
          name,
          owner: context.owner,
          shape: declared.shape,
          role: declared.options.role ?? 'weight',
          state: state.flag,
          init: from === undefined ? declared.init : { kind: 'file', path: from, tensor: path },
          learningRateScale: state.learningRateScale,
          decay: state.decay ?? declared.options.decay ?? declared.shape.length >= 2,
          ...(state.clamp === undefined ? {} : { clamp: state.clamp }),
          decidedAt: this.#place(state.span),
        });
      }
    }
  }

  state(name: string): TensorState {
    const found = this.#states.get(name);
    invariant(found, `no tensor ${name}`);
    return found;
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
    for (const { paths, span } of this.#checked.training.partOptimisers) {
      for (const path of paths) {
        const names = [...this.#tensors.keys()];
        if (names.some((name) => name === path || name.startsWith(`${path}.`))) continue;
        const suggestion = nearestName(path, prefixesOf(names));
        report.error('CX4005', span, `an optimiser is given to \`${path}\`, which is no part that a function reads`, {
          ...(suggestion === undefined ? {} : { suggestion }),
        });
      }
    }
    for (const part of [...this.#checked.instances, ...this.#checked.parameters]) {
      const paths = [...(this.#paths.get(part.name) ?? [])];
      for (const override of part.overrides) {
        if (paths.length === 0 || paths.some((path) => matchLength(override, path) >= 0)) continue;
        const suggestion = nearestName(override.paths[0] ?? '', prefixesOf(paths));
        report.error('CX4005', override.span, `\`${part.name}\` has no part \`${override.paths.join(', ')}\``, {
          expected: [...new Set(paths.map((path) => path.split('.').slice(0, 2).join('.')))].slice(0, 12).join(', '),
          ...(suggestion === undefined ? {} : { suggestion }),
        });
      }
    }
  }
}

/** `layers`, `layers.0` and `layers.0.weight` of `layers.0.weight`. */
const prefixesOf = (paths: readonly string[]): Set<string> =>
  new Set(paths.flatMap((path) => path.split('.').map((_, index, all) => all.slice(0, index + 1).join('.'))));
