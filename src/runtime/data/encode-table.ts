import type { TextTable } from '../../compiler/program/tokenizer.ts';
import { readableText } from '../../compiler/program/text-template.ts';
import type { RunData } from '../batch-source.ts';
import { DataError } from './data-error.ts';
import type { DataEnvironment, DataPlan } from './data-plan.ts';
import { sameTokens } from './same-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A table of constant prompts as token ids. Throws CX8111, but for random data; warns of CX8114. */
export function encodeTable(
  { id: table, texts, shape, vectors: slots = [] }: TextTable,
  encoder: Tokenizer,
  { random }: Pick<DataPlan, 'random'>,
  { onWarning }: Pick<DataEnvironment, 'onWarning'>,
): Awaited<ReturnType<RunData['texts']>> {
  const { ids, length, starts, truncated } = encoder.encode(texts, slots);
  const cut = truncated.indexOf(true);
  if (cut >= 0 && random !== true) {
    throw new DataError('user', 'CX8111', `${table}: ${truncated.filter(Boolean).length} of ${texts.length} prompts are longer than the ${encoder.context} tokens that the encoder reads; the first: "${readableText(texts[cut] ?? '')}"`, {
      help: 'say it in fewer words: `clipx plan` counts the tokens of every prompt',
    }); // prettier-ignore
  }
  const twins = sameTokens(texts, ids, encoder.context);
  const [first] = twins;
  if (first !== undefined) {
    const more = twins.length === 1 ? '' : ` (and ${twins.length - 1} more)`;
    onWarning?.(
      'CX8114',
      `${table}: "${readableText(first[0])}" and "${readableText(first[1])}" give the same tokens${more}: no model can tell them apart`,
    );
  }
  return {
    ids: { dtype: 'i32', shape: [...shape, encoder.context], data: ids },
    length: { dtype: 'i32', shape, data: length },
    starts: { dtype: 'i32', shape: [...shape, slots.length], data: starts },
  };
}
