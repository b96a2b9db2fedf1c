import { createRequire } from 'node:module';
import type * as Ftfy from 'ftfy-js';
import { unescapeHtml } from './unescape-html.ts';

/**
 * The text cleaning that OpenAI's CLIP does before it splits: repair what was decoded wrongly (ftfy), undo HTML's character references
 * twice, collapse white space, lower-case. White space is what Python takes for it.
 */
export function cleanClipText(text: string): string {
  const whole = untouched.test(text) && !reference.test(text) ? text : unescapeHtml(unescapeHtml(repaired(text)));
  return whole.replace(space, ' ').replace(/^ | $/g, '').toLowerCase();
}

/** ftfy leaves plain ASCII as it is, but for references of HTML. */
const untouched = /^[\t\n\x20-\x7e]*$/;
const reference = /&[#0-9A-Za-z]/;

const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g; // oxlint-disable-line no-control-regex

let ftfy: typeof Ftfy | undefined;

/** `ftfy.fix_text` of ftfy 6.3.1. Its tables take a quarter of a second to load: only a text that needs them waits for them. */
function repaired(text: string): string {
  ftfy ??= createRequire(import.meta.url)('ftfy-js') as typeof Ftfy; // the types are those of the same package
  return ftfy.fix_text(text);
}
