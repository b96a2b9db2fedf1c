/**
 * The words of a caption as the captioning metrics count them. pycocoevalcap cuts by Stanford's PTBTokenizer, makes letters small and drops
 * punctuation. Here that is done by rule, and is equal for plain sentences: words, numbers, hyphens within words, contractions and
 * possessives ("don't" is "do n't", "dog's" is "dog 's"). It differs where the Stanford tokenizer knows more: abbreviations that keep
 * their point ("mr."), web addresses, fractions and time of day, and words of other scripts, which it treats each in its own way.
 */
export function captionWords(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replace(/[\u2018\u2019\u201b\u02bc]/gu, "'")
    .replace(/[\u201c\u201d\u201e]/gu, '"')
    .replace(/[\u2013\u2014]/gu, ' -- ');
  return plain.split(/\s+/u).flatMap(cut).filter((word) => !punctuation.has(word)); // prettier-ignore
}

/** What pycocoevalcap leaves out, and the quotation marks that PTBTokenizer writes so. */
const punctuation: ReadonlySet<string> = new Set(["''", "'", '``', '`', '-lrb-', '-rrb-', '-lcb-', '-rcb-', '.', '?', '!', ',', ':', '-', '--', '...', ';', '"', '(', ')', '{', '}', '']); // prettier-ignore

/** A decimal or grouped number, a word with hyphens, points of an ellipsis, or any other sign by itself. */
const token = /\p{N}+(?:[.,:/]\p{N}+)*(?:-?\p{L}+)*|[\p{L}\p{M}\p{N}_]+(?:-[\p{L}\p{M}\p{N}_]+)*|'(?:s|m|d|re|ve|ll)(?![\p{L}\p{N}])|\.{2,}|-{2,}|\S/gu; // prettier-ignore

function cut(chunk: string): string[] {
  const separated = chunk.replace(/(\p{L}+)n't(?![\p{L}\p{N}])/gu, '$1 \uE000').replace(/(?<=\p{L})'(?=(?:s|m|d|re|ve|ll)(?![\p{L}\p{N}]))/gu, " '"); // prettier-ignore
  return separated
    .split(' ')
    .flatMap((part) => part.split(/(\uE000)/u))
    .flatMap((part) => (part === '\uE000' ? ["n't"] : (part.match(token) ?? [])))
    .flatMap((part) => (part === 'cannot' ? ['can', 'not'] : [part]));
}
