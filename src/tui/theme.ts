import { createContext, useContext } from 'react';
import { unicodeGlyphs, type Glyphs } from './glyphs.ts';

/** What components draw with besides their data. */
export interface Theme {
  readonly glyphs: Glyphs;
  readonly width: number;
}

const ThemeContext = createContext<Theme>({ glyphs: unicodeGlyphs, width: 78 });

export const ThemeProvider = ThemeContext.Provider;

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

/** Colours of the loss terms by place; red and green are kept for bad and good. */
const termColors = ['cyan', 'magenta', 'yellow', 'blue', 'cyanBright', 'magentaBright'] as const;

export function termColor(index: number): string {
  return termColors[index % termColors.length] ?? 'cyan';
}
