import type { FigureValue } from '../../../compiler/program/figure.ts';
import type { FigureContent } from './figure-content.ts';

/** A value of a figure with its numbers, or its texts. */
export interface ShownValue extends FigureValue {
  readonly shape: readonly number[];
  readonly data: readonly (number | null)[];
  readonly texts?: readonly (readonly string[])[];
}

export function shownTensor(value: FigureValue, content: FigureContent): ShownValue | undefined {
  if (value.text !== undefined) {
    const texts = content.texts[value.text];
    return texts === undefined
      ? undefined
      : { ...value, axes: [{ name: 'batch' }], shape: [texts.length], data: [], texts };
  }
  const tensor = value.id === undefined ? undefined : content.tensors[value.id];
  return tensor === undefined ? undefined : { ...value, ...tensor };
}

/** Whether it has a value for each sample. */
export const isOfSamples = ({ axes }: FigureValue): boolean => axes[0]?.name === 'batch';

export const sampleCount = (values: readonly ShownValue[]): number =>
  Math.max(0, ...values.filter(isOfSamples).map(({ shape }) => shape[0] ?? 0));

/** One sample of a value, or the value itself where it has none. */
export function ofSample(value: ShownValue, index: number): ShownValue {
  if (!isOfSamples(value)) return value;
  const shape = value.shape.slice(1);
  const size = shape.reduce((product, it) => product * it, 1);
  return {
    ...value,
    axes: value.axes.slice(1),
    shape,
    data: value.data.slice(index * size, (index + 1) * size),
    ...(value.texts !== undefined && { texts: [value.texts[index] ?? []] }),
  };
}

/** Height, width and, for colours, channels: what can be shown as a picture. */
export function pictureOf({ axes, shape }: ShownValue): { readonly height: number; readonly width: number; readonly channels: number } | undefined {
  const names = axes.map(({ name }) => name);
  const [height, width, channels = 1] = shape;
  const isPicture = names[0] === 'height' && names[1] === 'width' && (names.length === 2 || (names.length === 3 && names[2] === 'channel' && (channels === 1 || channels === 3)));
  return isPicture && height !== undefined && width !== undefined ? { height, width, channels } : undefined;
} // prettier-ignore

/** A number, or the word that it points to. */
export function wordOf({ words, element, unit }: FigureValue, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (words !== undefined && Number.isInteger(value)) return words[value] ?? String(value);
  if (element === 'bool') return value === 0 ? 'no' : 'yes';
  const number = Number.isInteger(value) ? String(value) : value.toPrecision(4);
  return unit === undefined || unit === '' ? number : `${number} ${unit}`;
}

/** The words of an axis, or the numbers of its entries. */
export function entriesOf({ axes, shape }: ShownValue, axis: number): readonly string[] {
  const count = shape[axis] ?? 1;
  const { entries } = axes[axis] ?? {};
  return Array.from({ length: count }, (_, index) => entries?.[index] ?? String(index));
}
