import { invariant } from '../common/invariant.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import type { InputSource } from '../program/program-function.ts';
import type { TextTable } from '../program/tokenizer.ts';
import type { DType, Shape } from '../types/dtype.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { dataValueIds } from './data-value-ids.ts';
import { DeclaringContext } from './layers/declaring-context.ts';
import { depthPart } from './layers/transformer.ts';
import { Aligner, type Located } from './located.ts';
import { meaning } from './meaning.ts';
import { SharingBuilder } from './sharing-builder.ts';
import { stateOf, type TensorState } from './state.ts';
import { textTable } from './text-table.ts';

/** A graph with what feeds its inputs; not yet split by binding time. */
export interface Elaborated {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly contexts: ReadonlyMap<string, DeclaringContext>;
  readonly texts: ReadonlyMap<string, TextTable>;
  /** `<owner>.<path>` of a buffer → its value after the step. */
  readonly buffers: ReadonlyMap<string, NodeId>;
  /** What the inputs `measure 0`, `measure 1` … are. */
  readonly measures: ReadonlyMap<string, Typed>;
  /** What the user can point at: lets and losses, and calls of encoders and modules in the words of the file. */
  readonly named: readonly NamedNode[];
}

export interface NamedNode {
  readonly name: string;
  readonly node: NodeId;
}

/** Gives typed values their positions: one instance builds one graph at one batch size, training or evaluating. */
export class Elaborator {
  readonly builder: SharingBuilder;
  readonly aligner: Aligner;
  readonly checked: CheckedExperiment;
  readonly sizes: SizeEnvironment;
  /** Whether the graph is of a training step, not of an evaluation. */
  readonly isTraining: boolean;
  /** Whether views of computed values are drawn; otherwise each has its one form. */
  readonly drawsViews: boolean;
  /** Whether it tells what a tensor starts from: then a raw `param` is what it starts from in turn. */
  readonly isStart: boolean;
  readonly #located = new Map<Typed, Located>();
  readonly #contexts = new Map<string, DeclaringContext>();
  readonly #inputs: Record<string, InputSource> = {};
  readonly #texts = new Map<string, TextTable>();
  readonly #calls = new Map<string, NodeId>();
  readonly #measures = new Map<string, Typed>();
  readonly #named: NamedNode[] = [];
  #dataValues: ReadonlyMap<Typed, string> | undefined;

  constructor(
    name: string,
    checked: CheckedExperiment,
    sizes: SizeEnvironment,
    training: boolean,
    drawsViews: boolean = training,
    isStart = false,
  ) {
    this.builder = new SharingBuilder(name);
    this.aligner = new Aligner(this.builder, sizes);
    this.checked = checked;
    this.sizes = sizes;
    this.isTraining = training;
    this.drawsViews = drawsViews;
    this.isStart = isStart;
  }

  /** The value as a node with axes; each typed node is built once. */
  value(typed: Typed): Located {
    const known = this.#located.get(typed);
    if (known !== undefined) return known;
    const build = (): Located => meaning(this, typed);
    const located = typed.label === undefined ? build() : this.builder.labelled(typed.label, build);
    this.#located.set(typed, located);
    const name = this.#nameOf(typed);
    if (name !== undefined) this.#named.push({ name, node: located.node });
    return located;
  }

  /** The name the file gives a value; a call without one is named by itself, `clip.image(face)`. */
  #nameOf(typed: Typed): string | undefined {
    const declared = this.checked.values.find((value) => value.typed === typed);
    if (declared !== undefined) return declared.name;
    if (typed.op !== 'call') return undefined;
    const [argument] = typed.args;
    const of = argument?.op === 'prompt' ? argument.attributes.prompt : (argument?.label ?? '…');
    const { owner, tap } = typed.attributes;
    return `${owner}${tap === '' ? '' : `.${tap}`}(${of})`;
  }

  argument(typed: Typed, position: number): Located {
    const argument = typed.args[position];
    invariant(argument, `${typed.op} has no operand ${position}`);
    return this.value(argument);
  }

  output(name: string, node: NodeId): void {
    this.builder.output(name, node);
  }

  /** The id of a value over a whole data set, which is worked out before. */
  dataValue(typed: Typed): string {
    this.#dataValues ??= dataValueIds(this.checked);
    const id = this.#dataValues.get(typed);
    invariant(id, 'a value over a data set that no function of the stage reads');
    return id;
  }

  /** A number that texts give, worked out beside the graph. */
  measure(typed: Typed): NodeId {
    const id = `measure ${this.#measures.size}`;
    this.#measures.set(id, typed);
    return this.input(id, { kind: 'measure', id }, 'f32', []);
  }

  /** A graph input; asking twice for one name gives one node. */
  input(name: string, source: InputSource, dtype: DType, shape: Shape): NodeId {
    this.#inputs[name] = source;
    return this.builder.add('input', [], { name, dtype, shape });
  }

  /** Where the tensors of an encoder, module or param are declared. */
  context(owner: string): DeclaringContext {
    const known = this.#contexts.get(owner);
    if (known !== undefined) return known;
    const state = (path: string): TensorState => stateOf(this.checked, owner, path);
    const trains = (path: string): boolean => this.isTraining && state(path).flag === 'trainable';
    const origin = this.#frozenOrigin(owner);
    const context = new DeclaringContext(
      this.builder,
      owner,
      (path) => trains(path) && state(path).statistics === undefined,
      {
        leftOut: (path, share) =>
          trains(path) ? (path.endsWith(`.${depthPart}`) ? share : (state(path).dropout ?? share)) : 0,
        random: (stream, distribution, shape) =>
          this.input(`random ${stream}`, { kind: 'random', stream, distribution }, 'f32', shape),
        ...(origin === undefined ? {} : { elsewhere: origin }),
      },
    );
    this.#contexts.set(owner, context);
    return context;
  }

  /** Tensors of a copy that are frozen in it and in what it copies, in every stage, are those of the other. */
  #frozenOrigin(owner: string): ((path: string) => DeclaringContext | undefined) | undefined {
    const { checked } = this;
    const origin = checked.instances.find(({ name }) => name === owner)?.origin;
    if (origin?.kind !== 'part' || origin.path !== '') return undefined;
    const seen = [checked, ...checked.stages];
    const frozen = (part: string, path: string): boolean =>
      seen.every((each) => stateOf(each, part, path).flag === 'frozen');
    return (path) => (frozen(owner, path) && frozen(origin.owner, path) ? this.context(origin.owner) : undefined);
  }

  /** Another of the same experiment, to compute by what a tensor starts from. */
  apart(): Elaborator {
    return new Elaborator('start', this.checked, this.sizes, false, false, true);
  }

  /** A tower applied twice to one value is applied once; `redraw` of it is another application. */
  once(key: string, typed: Typed | undefined, build: () => NodeId): NodeId {
    const again = typed?.op === 'call' ? typed.attributes.draw : undefined;
    const own = again === undefined ? key : `${key}|${again}`;
    const known = this.#calls.get(own);
    if (known !== undefined) return known;
    const node = build();
    this.#calls.set(own, node);
    return node;
  }

  /** Token ids and end positions of a constant prompt, one row a text. */
  texts(prompt: string, tokenizer: string): TextTable {
    const key = `${prompt}@${tokenizer}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const table = textTable(this.checked, this.sizes, prompt, tokenizer, key);
    this.#texts.set(key, table);
    return table;
  }

  finish(): Elaborated {
    const buffers = new Map<string, NodeId>();
    for (const context of this.#contexts.values()) {
      for (const [path] of context.parameters)
        this.#inputs[`${context.owner}.${path}`] = { kind: 'parameter', name: `${context.owner}.${path}` };
      for (const [path, node] of context.bufferUpdates) buffers.set(`${context.owner}.${path}`, node);
    }
    return {
      graph: this.builder.finish(),
      inputs: this.#inputs,
      contexts: this.#contexts,
      texts: this.#texts,
      buffers,
      measures: this.#measures,
      named: this.#named,
    };
  }
}
