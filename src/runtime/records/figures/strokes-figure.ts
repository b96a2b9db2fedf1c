import { escapeMarkup } from './escape-markup.ts';
import type { FigureSpec } from '../../../compiler/program/figure.ts';
import { strokes } from '../../../compiler/types/catalogue/figures/strokes.ts';
import { defaultOf } from '../../../compiler/types/catalogue/default-of.ts';
import type { FigureCourse } from './figure-content.ts';
import { isOfSamples, ofSample, sampleCount, shownTensor, type ShownValue } from './shown-value.ts';
import type { Drawn } from './value-figures.ts';

/** Control points of curves as the curves: four points a cubic Bézier, three a quadratic, other numbers a line through all. `pen:` is the width, in hundredths of the picture. */
export function strokesFigure(
  values: readonly ShownValue[],
  spec: FigureSpec,
  { before, step: last }: FigureCourse,
): Drawn | undefined {
  const [value] = values.filter(({ role }) => role === 'value');
  if (value === undefined) return undefined;
  const pen = Number(spec.options['pen'] ?? defaultOf(strokes, 'pen'));
  const all = [value, ...before.flatMap((content) => shownTensor(value, content) ?? [])];
  const known = all.flatMap(({ data }) => data.filter((it) => it !== null));
  // one scale for all, so that what moves is seen to move
  const span = [known.reduce((low, it) => Math.min(low, it), 0), known.reduce((high, it) => Math.max(high, it), 1)] as const; // prettier-ignore
  const draw = (drawing: ShownValue): string | undefined => drawingSvg(drawing, pen, span);
  const drawings = isOfSamples(value) ? Array.from({ length: sampleCount([value]) }, (_, index) => ofSample(value, index)) : [value]; // prettier-ignore
  const svgs = drawings.flatMap((drawing) => draw(drawing) ?? []);
  if (svgs.length === 0) return undefined;
  if (before.length > 0) return courseFigure(value, { before, ...(last !== undefined && { last }) }, draw);
  const [only] = svgs;
  if (svgs.length === 1 && only !== undefined) return { caption: '', svg: only };
  return { caption: `${svgs.length} samples`, svg: '', html: `<div class="samples">${svgs.map((svg) => `<div>${svg}</div>`).join('')}</div>` }; // prettier-ignore
}

/** More drawings than this stand in no row. */
const mostShown = 12;

/** How the drawing, of several samples the first one, came about: evenly chosen steps, and what was left. */
function courseFigure(
  value: ShownValue,
  { before, last }: Pick<FigureCourse, 'before'> & { readonly last?: number },
  draw: (drawing: ShownValue) => string | undefined,
): Drawn | undefined {
  const only = (shown: ShownValue): ShownValue => (isOfSamples(shown) ? ofSample(shown, 0) : shown);
  const every = Math.max(1, Math.ceil(before.length / (mostShown - 1)));
  const some = before.filter((_, index) => index % every === 0);
  const cards = some.flatMap((content) => {
    const shown = shownTensor(value, content);
    const svg = shown === undefined ? undefined : draw(only(shown));
    return svg === undefined ? [] : [`<div>${svg}<div>step ${content.step ?? 0}</div></div>`];
  });
  const left = last === undefined ? draw(only(value)) : undefined;
  // the last step may be one of those that are drawn
  const isNew = left !== undefined && !(cards.at(-1)?.includes(left) ?? false);
  const shown = [...cards, ...(!isNew ? [] : [`<div>${left}<div>at the end</div></div>`])];
  return { caption: some.length < before.length ? `${some.length} of ${before.length} drawings, evenly chosen.` : '', svg: '', html: `<div class="samples">${shown.join('\n')}</div>` }; // prettier-ignore
}

/** `[stroke, point, xy]`; points lie within 0 to 1, or within what they span. */
function drawingSvg(
  { shape, data, label }: ShownValue,
  pen: number,
  [low, high]: readonly [number, number],
): string | undefined {
  const [lines = 0, points = 0, two] = shape;
  if (shape.length !== 3 || two !== 2 || lines === 0 || points < 2) return undefined;
  const scale = (it: number | null | undefined): string => ((100 * ((it ?? 0) - low)) / (high - low)).toFixed(2);
  const paths = Array.from({ length: lines }, (_, stroke) => {
    const at = (point: number): string => {
      const first = (stroke * points + point) * 2;
      return `${scale(data[first])} ${scale(data[first + 1])}`;
    };
    const rest = Array.from({ length: points - 1 }, (__, index) => at(index + 1));
    const command = points === 4 ? `C${rest.join(' ')}` : points === 3 ? `Q${rest.join(' ')}` : rest.map((it) => `L${it}`).join(''); // prettier-ignore
    return `<path d="M${at(0)}${command}"></path>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeMarkup(`${label}: ${lines} strokes`)}" width="320" height="320" viewBox="0 0 100 100" fill="none" stroke="currentColor" stroke-width="${pen}" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</svg>`;
}
