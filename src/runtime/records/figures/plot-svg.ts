import { plot, type Markish, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from './escape-markup.ts';

export interface FigureOptions extends PlotOptions {
  /** What a reader who can not see the figure is told. */
  readonly describes: string;
  readonly marks: Markish[];
}

/**
 * Draws with Observable Plot outside a browser. The result is one `<svg>` element that stands alone: no script,
 * no font or image from elsewhere, and the same bytes for the same data.
 */
export function plotSvg({ describes, ...options }: FigureOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = plot({
    width: 640,
    height: 260,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 24,
    marginBottom: 36,
    className: 'figure',
    style: { fontSize: '11px', fontFamily: 'system-ui, sans-serif' },
    ...options,
    document: document as unknown as Document,
  });
  const svg = (drawn as unknown as { readonly outerHTML: string }).outerHTML;
  return svg
    .replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeMarkup(describes)}" `)
    .replace(/<style>[^]*?<\/style>/, '');
}
