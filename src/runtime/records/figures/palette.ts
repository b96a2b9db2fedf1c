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

/** Lines that say where a comparison stands. */
export const ruleColor = '#767676';
