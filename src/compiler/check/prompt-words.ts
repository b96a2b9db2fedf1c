import type { PromptPart, PromptTable } from './value.ts';

/** A template as it is written, a slot in braces. */
export function promptText({ vectors }: Pick<PromptTable, 'vectors'>, parts: readonly PromptPart[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'entry') return `{${part.axis.name}}`;
      return `{${part.kind === 'vectors' ? (vectors[part.slot]?.formula ?? '') : part.formula}}`;
    })
    .join('');
}
