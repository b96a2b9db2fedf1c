import type { Span } from '../source/span.ts';
import { node } from './build.ts';
import type { Checker } from './checker.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** The value as a tensor; anything else is an error (CX2009). */
export function asTensor(checker: Checker, value: Value, span: Span): Typed | undefined {
  if (value.kind === 'tensor') return value.typed;
  if (value.kind === 'unknown') return undefined;
  if (value.kind === 'axis' && value.axis.id === 'batch') {
    // `batch / 2`: the number of samples that the loss sees
    return node('size', [], { size: value.axis.size }, { element: 'i32', axes: [] }, span);
  }
  const kinds: Record<Exclude<Value['kind'], 'tensor' | 'unknown'>, string> = {
    axis: 'an axis', fn: 'a fn', instance: 'an encoder or module', tap: 'a tower', part: 'a part', definition: 'a module that is not made yet', prompt: 'a prompt',
    'prompt-fn': 'a prompt with a parameter', tuple: 'several values', builtin: 'a function', text: 'text', pipe: 'a pipe', tokenizer: 'a tokenizer',
  }; // prettier-ignore
  return checker.report.error('CX2009', span, `this is ${kinds[value.kind]}, where a value is needed`, {
    expected: 'a tensor or a number',
    found: kinds[value.kind],
    help: waysOut[value.kind],
  });
}

/** From something else to a value. */
const waysOut: Record<Exclude<Value['kind'], 'tensor' | 'unknown'>, string> = {
  axis: '`size(axis)` is its number of entries, `index(axis)` counts along it', fn: 'call it', instance: 'call it: `E(face)`',
  tap: 'call it: `clip.image(face)`', part: 'call it: `m.Q(x)`',
  definition: 'make one: `trainable module m = name(…)`', prompt: 'a prompt goes through a text tower: `clip.text(…)`',
  'prompt-fn': 'call it with a vocabulary, and give that to a text tower', tuple: 'name them: `let (a, b) = …`', builtin: 'call it', tokenizer: 'call it with a text',
  text: 'text stands in prompts, paths and vocabularies', pipe: 'a pipe stands in an `augment`: `augment v = x |> name`',
}; // prettier-ignore
