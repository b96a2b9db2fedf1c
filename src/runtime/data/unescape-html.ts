import { decodeHTMLStrict } from 'entities';

/** Windows-1252 for the numbers 0x80-0x9f, as HTML 5 reads them; the five holes stay what they are. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Names that HTML 5 knows without their semicolon too: those of Latin-1. In "&notable" it reads "&not". */
const bareNames: ReadonlySet<string> = new Set(
  (
    'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para ' +
    'middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute ' +
    'Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute ' +
    'THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ' +
    'ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml amp lt gt quot AMP LT GT QUOT COPY REG'
  ).split(' '),
);
const longestBareName = 6;

/** Python's `html.unescape`: named and numbered references; without its semicolon the longest name that HTML knows so. */
export function unescapeHtml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|([^\t\n\f <&#;]{1,32})(;?))/g,
    (_whole: string, decimal?: string, hex?: string, name = '', end = '') => {
      if (decimal !== undefined) return numbered(Number(decimal));
      return hex === undefined ? named(name, end) : numbered(Number.parseInt(hex, 16));
    },
  );
}

function named(name: string, end: string): string {
  if (end === ';') {
    const found = decodeHTMLStrict(`&${name};`);
    if (found !== `&${name};`) return found;
  }
  for (let length = Math.min(name.length, longestBareName); length > 1; length--) {
    const bare = name.slice(0, length);
    if (bareNames.has(bare)) return `${decodeHTMLStrict(`&${bare};`)}${name.slice(length)}${end}`;
  }
  return `&${name}${end}`;
}

function numbered(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code >= 0x80 && code <= 0x9f) return windows1252[code - 0x80] ?? '';
  return isNone(code) ? '' : String.fromCodePoint(code);
}

/** Control characters and what Unicode keeps free: Python leaves them out. */
const isNone = (code: number): boolean =>
  (code < 0x20 && !'\t\n\f\r'.includes(String.fromCodePoint(code))) ||
  code === 0x7f ||
  (code >= 0xfdd0 && code <= 0xfdef) ||
  (code & 0xfffe) === 0xfffe;
