/** The course of one number in bounded memory: past the capacity, neighbours are averaged and each point covers twice as many values. */
export interface Series {
  /** Values per point. */
  readonly stride: number;
  readonly points: readonly number[];
  /** Of the point under way. */
  readonly sum: number;
  readonly count: number;
}

const capacity = 256;

export const emptySeries: Series = { stride: 1, points: [], sum: 0, count: 0 };

/** The series with one more value; a missing or non-finite one leaves no mark. */
export function append(series: Series, value: number | null): Series {
  if (value === null || !Number.isFinite(value)) return series;
  const [sum, count] = [series.sum + value, series.count + 1];
  if (count < series.stride) return { ...series, sum, count };
  const points = [...series.points, sum / count];
  if (points.length < capacity) return { ...series, points, sum: 0, count: 0 };
  return { stride: series.stride * 2, points: halved(points), sum: 0, count: 0 };
}

/** At most `width` points, each the mean of its share of the series. */
export function resample(series: Series, width: number): readonly number[] {
  const points = series.count > 0 ? [...series.points, series.sum / series.count] : series.points;
  if (points.length <= width) return points;
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * points.length) / width);
    const to = Math.max(from + 1, Math.floor(((column + 1) * points.length) / width));
    return mean(points.slice(from, to));
  });
}

function halved(points: readonly number[]): number[] {
  return Array.from({ length: points.length / 2 }, (_, pair) => mean(points.slice(2 * pair, 2 * pair + 2)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
