import type { TextExpression } from '../program/text-template.ts';
import type { Module } from '../resolve/modules.ts';
import type { FnStatement, ModuleDefinition, Parameter } from '../syntax/ast.ts';
import type { Span } from '../source/span.ts';
import type { Axis } from '../types/axis.ts';
import type { Scope } from './scope.ts';
import type { Tokenizer } from './tokenizers.ts';
import type { Instance, InstanceShape, Typed } from './typed.ts';

/** What a name or expression stands for while checking. */
export type Value =
  | { readonly kind: 'tensor'; readonly typed: Typed }
  | { readonly kind: 'axis'; readonly axis: Axis }
  /** `scope`: what its body sees beside its file, where it stands inside a module. */
  | { readonly kind: 'fn'; readonly fn: FnStatement; readonly module: Module; readonly scope?: Scope }
  | { readonly kind: 'instance'; readonly instance: Instance }
  /** `clip.image`, `clip.text.tokens` */
  | { readonly kind: 'tap'; readonly instance: Instance; readonly path: string; readonly pick?: Pick }
  /** `saa.Q`, `clip.text.blocks[0..3]`: what is called inside an encoder or module. */
  | { readonly kind: 'part'; readonly part: PlacedPart }
  /** `module name(…) { … }`, waiting for its arguments. */
  | { readonly kind: 'definition'; readonly definition: ModuleDefinition; readonly module: Module }
  | { readonly kind: 'prompt'; readonly prompt: PromptTable }
  /** `prompt seven(v) = …`, waiting for its vocabulary. */
  | { readonly kind: 'prompt-fn'; readonly build: (vocabularies: readonly Axis[], span: Span) => PromptTable | undefined; readonly parameters: readonly Parameter[] }
  | { readonly kind: 'tuple'; readonly items: readonly Value[] }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'tokenizer'; readonly tokenizer: Tokenizer }
  /** `pipe p = …`, a chain of operations of a view. */
  | { readonly kind: 'pipe'; readonly name: string }
  /** A name whose meaning failed: that was told, and what reads it is not blamed again. */
  | { readonly kind: 'unknown' }; // prettier-ignore

/** `stage[3]`, `attention[0..11]`: which of several taps. */
export interface Pick {
  readonly indices: readonly number[];
  /** Written as a range or list: gives several values, or an axis. */
  readonly several: boolean;
  readonly span: Span;
}

/** A part with the place where it lives. */
export interface PlacedPart {
  /** As the file reaches it: `saa.Q`. */
  readonly name: string;
  /** The declared encoder or module that holds its tensors. */
  readonly owner: string;
  /** Its key among the parts of the owner; empty for the owner itself. */
  readonly key: string;
  readonly shape: InstanceShape;
  /** Where the owner was declared. */
  readonly span: Span;
}

/** Texts of a template over vocabularies; rows in row-major order of its axes. */
export interface PromptTable {
  readonly name: string;
  /** Of its texts: `[template, factor]`, with `batch` first where they depend on the sample. */
  readonly axes: readonly Axis[];
  /** One per template. */
  readonly templates: readonly (readonly PromptPart[])[];
  readonly over: readonly Axis[];
  /** Vectors that stand in the place of tokens, by slot. */
  readonly vectors: readonly PromptVectors[];
  /** What the texts of a sample are put together of. */
  readonly reads: readonly Typed[];
  /** The column of those texts. */
  readonly column?: string;
  readonly span: Span;
}

export type PromptPart =
  | { readonly kind: 'text'; readonly text: string }
  /** The words of the entry. */
  | { readonly kind: 'entry'; readonly axis: Axis }
  | { readonly kind: 'expression'; readonly expression: TextExpression; readonly formula: string }
  | { readonly kind: 'vectors'; readonly slot: number };

export interface PromptVectors {
  readonly typed: Typed;
  /** As the file writes it. */
  readonly formula: string;
  /** The text width. */
  readonly width: Axis;
  /** Absent for a single vector. */
  readonly position?: Axis;
  /** Positions that it takes. */
  readonly length: number;
  /** Its further axes, which the prompt then has too. */
  readonly items: readonly Axis[];
  readonly span: Span;
}
