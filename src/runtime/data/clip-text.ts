/**
 * The text cleaning that OpenAI's CLIP does before it splits: repair what was decoded wrongly (ftfy), undo HTML entities
 * twice, collapse white space, lower-case. The repair keeps ftfy's steps that act on single characters and whole-string
 * mojibake; text that is broken in places only stays as it is.
 */
export function cleanClipText(text: string): string {
  return unescapeHtml(unescapeHtml(repair(text)))
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}

function repair(text: string): string {
  let current = text;
  for (let round = 0; round < 4; round++) {
    const previous = current;
    if (!current.includes('<')) current = unescapeHtml(current);
    current = current.replace(terminalEscape, '');
    current = undoMojibake(current);
    current = current
      .replace(/[ﬀ-ﬆĲĳŉǄ-ǌǱ-ǳ]/gu, (ligature) => ligature.normalize('NFKC'))
      .replace(/[\u3000\uff01-\uffef]/gu, (wide) => wide.normalize('NFKC'))
      .replace(/[\u2018-\u201b\u02bc]/gu, "'")
      .replace(/[\u201c-\u201f]/gu, '"')
      .replace(/\r\n|[\r\u2028\u2029\u0085]/gu, '\n')
      .replace(/\p{Cc}|[\u206a-\u206f\ufeff\ufff9-\ufffc]/gu, (character) =>
        isKeptControl(character) ? character : '',
      )
      .normalize('NFC');
    if (current === previous) break;
  }
  return current;
}

const terminalEscape = new RegExp(`${String.fromCodePoint(27)}\\[[\\d;]*[a-zA-Z]`, 'g');

/** Tab, line feed, form feed and carriage return are white space; ftfy leaves 0x80-0x9f alone. */
function isKeptControl(character: string): boolean {
  return '\t\n\f\r'.includes(character) || (character >= '\u0080' && character <= '\u009f');
}

/** Windows-1252 for the bytes 0x80-0x9f; the five holes map to themselves ("sloppy"). */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const byteOfCharacter = new Map(Array.from(windows1252).map((character, index) => [character, 0x80 + index]));

/** UTF-8 that was read as Latin-1 or Windows-1252 and decodes back without a fault is put right. */
function undoMojibake(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) && !Array.from(text).some((character) => byteOfCharacter.has(character)))
    return text;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const byte = code < 256 ? code : byteOfCharacter.get(character);
    if (byte === undefined) return text;
    bytes.push(byte);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return text;
  }
}

/** HTML 4 names of Latin-1, in the order of the code points from U+00A0. */
const latinNames = (
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para ' +
  'middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute ' +
  'Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute ' +
  'THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ' +
  'ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
).split(' ');
const entities = new Map<string, string>([
  ...latinNames.map((name, index): [string, string] => [name, String.fromCodePoint(0xa0 + index)]),
  ...Object.entries({
    amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", hellip: '…', euro: '€', trade: '™', ndash: '–', mdash: '—', lsquo: '‘',
    rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„', dagger: '†', Dagger: '‡', bull: '•', permil: '‰', lsaquo: '‹',
    rsaquo: '›', OElig: 'Œ', oelig: 'œ', Scaron: 'Š', scaron: 'š', Yuml: 'Ÿ', fnof: 'ƒ', circ: 'ˆ', tilde: '˜', ensp: '\u2002',
    emsp: '\u2003', thinsp: '\u2009', zwnj: '\u200c', zwj: '\u200d', larr: '←', uarr: '↑', rarr: '→', darr: '↓', harr: '↔',
    hearts: '♥', spades: '♠', clubs: '♣', diams: '♦', infin: '∞', ne: '≠', le: '≤', ge: '≥', minus: '−', radic: '√', prime: '′',
    alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', lambda: 'λ', mu: 'μ', pi: 'π', sigma: 'σ', omega: 'ω', Omega: 'Ω', Delta: 'Δ',
  }), // prettier-ignore
]);

/** Names that HTML 5 knows without the semicolon too: in "&notable" it reads "&not". */
const legacyNames = new Set([...latinNames, 'amp', 'lt', 'gt', 'quot', 'AMP', 'LT', 'GT', 'QUOT', 'COPY', 'REG']);

/** Named and numbered character references; a number of the Windows range or none is mapped as HTML 5 says. */
function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#(\d+)|#[xX]([\da-fA-F]+)|([a-zA-Z]\w*));?/g,
    (whole: string, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return namedCharacter(whole, name);
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      if (code >= 0x80 && code <= 0x9f) return windows1252[code - 0x80] ?? '\ufffd';
      if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
      return String.fromCodePoint(code);
    },
  );
}

function namedCharacter(whole: string, name: string): string {
  if (whole.endsWith(';') && entities.has(name)) return entities.get(name) ?? whole;
  for (let length = name.length; length > 1; length--) {
    const prefix = name.slice(0, length);
    if (legacyNames.has(prefix))
      return `${entities.get(prefix) ?? entities.get(prefix.toLowerCase())}${whole.slice(length + 1)}`;
  }
  return whole;
}
