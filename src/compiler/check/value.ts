import type { Module } from '../resolve/modules.ts';
import type { FnStatement, Parameter } from '../syntax/ast.ts';
import type { Span } from '../source/span.ts';
import type { Axis } from '../types/axis.ts';
import type { Instance, Typed } from './typed.ts';

/** What a name or expression stands for while checking. */
export type Value =
  | { readonly kind: 'tensor'; readonly typed: Typed }
  | { readonly kind: 'axis'; readonly axis: Axis }
  | { readonly kind: 'fn'; readonly fn: FnStatement; readonly module: Module }
  | { readonly kind: 'instance'; readonly instance: Instance }
  /** `clip.image`, `clip.text.tokens` */
  | { readonly kind: 'tap'; readonly instance: Instance; readonly path: string }
  | { readonly kind: 'prompt'; readonly prompt: PromptTable }
  /** `prompt seven(v) = …`, waiting for its vocabulary. */
  | { readonly kind: 'prompt-fn'; readonly build: (vocabulary: Axis, span: Span) => PromptTable | undefined; readonly parameters: readonly Parameter[] }
  | { readonly kind: 'tuple'; readonly items: readonly Value[] }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'text'; readonly value: string }
  /** A name whose meaning failed: that was told, and what reads it is not blamed again. */
  | { readonly kind: 'unknown' }; // prettier-ignore

/** Texts of a template over vocabularies; rows in row-major order of its axes. */
export interface PromptTable {
  readonly name: string;
  /** `[template, factor]` */
  readonly axes: readonly Axis[];
  /** One per template; `{0}`, `{1}` … stand for the entry of that axis of `over`. */
  readonly templates: readonly (readonly PromptPart[])[];
  readonly over: readonly Axis[];
  readonly span: Span;
}

export type PromptPart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'entry'; readonly axis: Axis };
