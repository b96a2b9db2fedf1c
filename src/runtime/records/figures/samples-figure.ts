import { escapeMarkup } from './escape-markup.ts';
import { groupedCards, groupNames } from './in-groups.ts';
import { picturePng } from './picture-png.ts';
import { entriesOf, isOfSamples, ofSample, pictureOf, sampleCount, wordOf, type ShownValue } from './shown-value.ts';
import type { Drawn } from './value-figures.ts';

/** Each sample with its pictures, and below them what was found and what is true; where two indices of the same words differ, so it says. */
export function samplesFigure(values: readonly ShownValue[]): Drawn | undefined {
  const shown = values.filter(({ role }) => role === 'value');
  const count = sampleCount(shown);
  if (count === 0) return undefined;
  const cards = Array.from({ length: count }, (_, index) => card(shown.filter(isOfSamples).map((value) => ofSample(value, index)))); // prettier-ignore
  const wrong = cards.filter(({ isWrong }) => isWrong).length;
  const several = new Set(shown.flatMap(({ words }) => (words === undefined ? [] : [words.join('\n')]))).size < shown.filter(({ words }) => words !== undefined).length; // prettier-ignore
  return {
    caption: [`${count} samples`, ...(several ? [`${count - wrong} agree`] : [])].join(' · '),
    svg: '',
    html: `<div class="samples">\n${groupedCards(cards.map(({ html }) => html), groupNames(values), escapeMarkup)}\n</div>`, // prettier-ignore
  };
}

function card(values: readonly ShownValue[]): { readonly html: string; readonly isWrong: boolean } {
  const pictures: string[] = [];
  const lines: string[] = [];
  const chosen = new Map<string, number>();
  let isWrong = false;
  for (const value of values) {
    const png = pictureElements(value);
    if (png.length > 0) pictures.push(...png);
    else {
      const words = linesOf(value);
      const key = value.words?.join('\n');
      const [index] = value.data;
      const before = key === undefined ? undefined : chosen.get(key);
      const differs = before !== undefined && typeof index === 'number' && before !== index;
      if (key !== undefined && typeof index === 'number' && before === undefined) chosen.set(key, index);
      isWrong ||= differs;
      lines.push(...words.map((line) => (differs ? `<span class="wrong">✘ ${escapeMarkup(line)}</span>` : `<span>${escapeMarkup(line)}</span>`))); // prettier-ignore
    }
  }
  return { html: [...pictures, ...lines.map((line) => `<div>${line}</div>`)].join(''), isWrong };
}

/** A picture, a map in grey, or of a film the first frame, the middle one and the last. */
function pictureElements(value: ShownValue): readonly string[] {
  if (pictureOf(value) !== undefined) return [image(value)];
  const [first] = value.axes;
  if (first === undefined || !['frame', 'view', 'draw', 'level'].includes(first.name) || value.shape.length < 3)
    return [];
  const frames = value.shape[0] ?? 0;
  const single = { ...value, axes: [{ name: 'batch' }, ...value.axes.slice(1)] };
  const some = [...new Set([0, Math.floor((frames - 1) / 2), frames - 1])].map((index) => ofSample(single, index));
  if (!some.every((it) => pictureOf(it) !== undefined)) return [];
  // a shorter film leaves the last frames out
  const there = some.filter(({ data }) => data.some((it) => it !== 0));
  return (there.length === 0 ? some.slice(0, 1) : there).map(image);
}

const image = (value: ShownValue): string => `<img alt="${escapeMarkup(value.label)}" src="${picturePng(value)}">`;

/** Words, a number, the likeliest entries of scores, or how large it is. */
function linesOf(value: ShownValue): readonly string[] {
  const { label, texts, data, shape, axes } = value;
  if (texts !== undefined) return texts[0] ?? [];
  if (shape.length === 0) return [`${value.words === undefined ? `${label} ` : ''}${wordOf(value, data[0])}`];
  if (shape.length === 1 && axes[0]?.entries !== undefined) {
    const entries = entriesOf(value, 0);
    const order = data.map((score, index) => ({ score: score ?? -Infinity, index })).sort((a, b) => b.score - a.score);
    return order.slice(0, 3).map(({ score, index }) => `${entries[index] ?? index} ${score.toPrecision(3)}`);
  }
  if (shape.length === 1 && data.length <= 4)
    return [`${label} ${data.map((it) => it?.toPrecision(3) ?? '–').join(', ')}`];
  return [`${label}: ${shape.join(' × ')} numbers`];
}
