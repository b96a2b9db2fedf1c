/**
 * Colours that people with any of the common colour blindnesses tell apart: Okabe and Ito, "Color Universal Design", 2008.
 * Ordered so that neighbours differ in lightness too, for print in grey. Each has a partner for dark backgrounds.
 */
export const palette: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9147' },
  { light: '#009e73', dark: '#2fd0a3' },
  { light: '#cc79a7', dark: '#e6a5c8' },
  { light: '#e69f00', dark: '#ffc247' },
  { light: '#56b4e9', dark: '#8fd0f5' },
  { light: '#7a5c00', dark: '#d6bd5a' },
  { light: '#5b5b5b', dark: '#b5b5b5' },
];

export function seriesColor(index: number): string {
  return palette[index % palette.length]?.light ?? '#0072b2';
}

/** Beside the colour, so that lines are told apart in grey: a dash and a mark of their own. */
const dashes = [undefined, '7 3', '2 3', '9 3 2 3', '5 2', '12 4', '1 4', '4 4'] as const;
const symbols = ['circle', 'triangle', 'square', 'diamond', 'cross', 'star', 'wye', 'triangle2'] as const;

export function seriesDash(index: number): string {
  return dashes[index % dashes.length] ?? 'none';
}

export type SeriesSymbol = (typeof symbols)[number];

export function seriesSymbol(index: number): SeriesSymbol {
  return symbols[index % symbols.length] ?? 'circle';
}

/** Lines that say where a comparison stands. */
export const ruleColor = '#767676';
