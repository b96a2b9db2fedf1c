/** Terminal cells, after the East Asian Width property and emoji presentation; ambiguous characters count as narrow. */
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]/u;
const blank = /^[\p{M}\p{Cf}]+$/u;
const ascii = /^[\u0020-\u007E]*$/;
/**
 * Runs that need no segmenter, and those that do with the letter that their marks may belong to. The segmenter takes time as the square
 * of the length (measured: 12 s for 100 kB), so it is never given much at once.
 */
const runs = /[\u0020-\u007E]+(?=[\u0020-\u007E]|$)|[\u0020-\u007E]?[^\u0020-\u007E]{1,500}|[\u0020-\u007E]/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The characters as a reader counts them: `ĝ` and a family emoji are one each. */
export function graphemes(text: string): readonly string[] {
  return (text.match(runs) ?? []).flatMap((run) =>
    ascii.test(run) ? run.split('') : Array.from(segmenter.segment(run), ({ segment }) => segment),
  );
}

/** Cells that a text without tabs and control characters takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const grapheme of graphemes(text)) {
    if (blank.test(grapheme)) continue;
    width += wide.test(grapheme) || grapheme.includes('\uFE0F') ? 2 : 1;
  }
  return width;
}

// oxlint-disable-next-line no-control-regex -- what a terminal would obey must not reach it
const unsafe = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** Makes characters visible that would steer the terminal or reorder the line: `<U+202E>`. */
export function visible(text: string): string {
  return text.replace(
    unsafe,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}
