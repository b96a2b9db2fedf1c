export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A stretch of a course: where it lies, its mean, and between which values it moved. */
export interface Stretch extends Point {
  readonly low: number;
  readonly high: number;
}

/** At most `limit` stretches of equally many neighbouring points each, so that a million steps make a small figure. */
export function thin(points: readonly Point[], limit = 240): readonly Stretch[] {
  const size = Math.max(1, Math.ceil(points.length / limit));
  const stretches: Stretch[] = [];
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size);
    const ys = part.map((it) => it.y);
    stretches.push({
      x: mean(part.map((it) => it.x)),
      y: mean(ys),
      low: Math.min(...ys),
      high: Math.max(...ys),
    });
  }
  return stretches;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
