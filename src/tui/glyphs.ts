/** The marks a view is drawn with, for terminals that show Unicode and for those that do not. */
export interface Glyphs {
  /** Done part of a bar, its tip, and the rest. */
  readonly done: string;
  readonly rest: string;
  /** Eighths of a cell, from one to a full one. */
  readonly eighths: readonly string[];
  /** Heights of a sparkline, lowest first. */
  readonly heights: readonly string[];
  readonly good: string;
  readonly bad: string;
  readonly warning: string;
  readonly best: string;
  readonly dot: string;
  readonly ellipsis: string;
  readonly spinner: readonly string[];
}

export const unicodeGlyphs: Glyphs = {
  done: '━',
  rest: '─',
  eighths: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  heights: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  good: '✔',
  bad: '✘',
  warning: '▲',
  best: '★',
  dot: '·',
  ellipsis: '…',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

export const asciiGlyphs: Glyphs = {
  done: '#',
  rest: '-',
  eighths: ['-', '-', '-', '=', '=', '=', '=', '#'],
  heights: ['_', '_', '.', '.', '-', '-', '=', '='],
  good: '+',
  bad: 'x',
  warning: '!',
  best: '*',
  dot: '|',
  ellipsis: '~',
  spinner: ['|', '/', '-', '\\'],
};

/** `fraction` of `width` cells, to an eighth of a cell. */
export function shareBar(fraction: number, width: number, glyphs: Glyphs): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  // What acts is seen, however little.
  const shown = fraction > 0 ? Math.max(1, eighths) : 0;
  const full = (glyphs.eighths[7] ?? '').repeat(Math.floor(shown / 8));
  return full + (shown % 8 === 0 ? '' : (glyphs.eighths[(shown % 8) - 1] ?? ''));
}

/** Values as heights between their least and greatest; a flat course lies low. */
export function sparkline(values: readonly number[], glyphs: Glyphs): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const top = glyphs.heights.length - 1;
  return values
    .map((value) => glyphs.heights[high > low ? Math.round(((value - low) / (high - low)) * top) : 0] ?? '')
    .join('');
}
