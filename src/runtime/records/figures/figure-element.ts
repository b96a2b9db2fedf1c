import { escapeMarkup } from './escape-markup.ts';
import type { Figure, LegendEntry } from './figure.ts';
import type { SeriesSymbol } from './palette.ts';

/** A figure on a page. Wide ones take a whole row of the grid; two small ones share one. */
export function figureElement(figure: Figure): string {
  const width = Number(/ width="(\d+)"/.exec(figure.svg)?.[1] ?? 0);
  return `<figure${width > 420 ? ' style="grid-column: 1 / -1"' : ''}>
<h3>${escapeMarkup(figure.title)}</h3>
${figure.caption === '' ? '' : `<figcaption>${escapeMarkup(figure.caption)}</figcaption>`}
${legendElement(figure.legend ?? [])}
${figure.html ?? ''}
${figure.svg}
</figure>`;
}

function legendElement(entries: readonly LegendEntry[]): string {
  if (entries.length === 0) return '';
  return `<div class="legend">${entries.map((entry) => `<span>${swatch(entry)}${escapeMarkup(entry.name)}</span>`).join('')}</div>`;
}

/** A square in a figure's own colour, or a piece of its line; an SVG, so that it changes with the page as the figure does. */
function swatch({ color, dash, symbol }: LegendEntry): string {
  if (dash === undefined && symbol !== undefined)
    return `<svg viewBox="10 0 10 10" aria-hidden="true"><path d="${marks[symbol]}" fill="${color}"></path></svg>`;
  if (dash === undefined)
    return `<svg viewBox="0 0 8 8" aria-hidden="true"><rect width="8" height="8" rx="1.5" fill="${color}"></rect></svg>`;
  return `<svg class="line" viewBox="0 0 30 10" aria-hidden="true"><path d="M0 5h30" stroke="${color}" stroke-width="1.7"${dash === 'none' ? '' : ` stroke-dasharray="${dash}"`} fill="none"></path>${symbol === undefined ? '' : `<path d="${marks[symbol]}" fill="${color}"></path>`}</svg>`;
}

/** The marks of lines, drawn around (15, 5). */
const marks: Readonly<Record<SeriesSymbol, string>> = {
  circle: 'M18.2 5a3.2 3.2 0 1 1-6.4 0a3.2 3.2 0 1 1 6.4 0z',
  triangle: 'M15 1l3.6 6.4h-7.2z',
  square: 'M12.2 2.2h5.6v5.6h-5.6z',
  diamond: 'M15 .8l2.6 4.2l-2.6 4.2l-2.6-4.2z',
  cross: 'M14 1.2h2v2.8h2.8v2h-2.8v2.8h-2v-2.8h-2.8v-2h2.8z',
  star: 'M15 .6l1 3h3.2l-2.6 1.9l1 3.1l-2.6-1.9l-2.6 1.9l1-3.1l-2.6-1.9h3.2z',
  wye: 'M14 5.4l-3-1.7l.9-1.6l3.1 1.8l3.1-1.8l.9 1.6l-3 1.7v3.6h-2z',
  triangle2: 'M15 .8l4 7h-8z',
};
