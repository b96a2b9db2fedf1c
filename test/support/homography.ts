/**
 * The law of torchvision's perspective: eight equations give the homography from the moved corners to the old ones, in shares of the picture.
 * `drawn` is eight numbers in 0..1: how far each corner, (0, 0), (1, 0), (1, 1), (0, 1), moves inwards along x and y.
 */
export function cardToPicture(
  distortion: number,
  drawn: readonly number[],
): (x: number, y: number) => readonly [number, number] {
  const moved = drawn.map((value) => (value * distortion) / 2);
  const at = (k: number): number => moved[k] ?? 0;
  const quad = [[at(0), at(1)], [1 - at(2), at(3)], [1 - at(4), 1 - at(5)], [at(6), 1 - at(7)]]; // prettier-ignore
  const square = [[0, 0], [1, 0], [1, 1], [0, 1]]; // prettier-ignore
  const equations = quad.flatMap(([x = 0, y = 0], k) => {
    const [u = 0, v = 0] = square[k] ?? [];
    return [
      { row: [x, y, 1, 0, 0, 0, -u * x, -u * y], right: u },
      { row: [0, 0, 0, x, y, 1, -v * x, -v * y], right: v },
    ];
  });
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = solve(
    equations.map(({ row }) => row),
    equations.map(({ right }) => right),
  );
  return (x, y) => {
    const depth = g * x + h * y + 1;
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
  };
}

/** Solves a linear system by Gauss with pivots. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? 0]);
  const size = rows.length;
  for (let at = 0; at < size; at++) {
    const best = rows.slice(at).reduce((most, row, k) => (Math.abs(row[at] ?? 0) > Math.abs(rows[most]?.[at] ?? 0) ? at + k : most), at); // prettier-ignore
    [rows[at], rows[best]] = [rows[best] ?? [], rows[at] ?? []];
    for (let other = 0; other < size; other++) {
      if (other === at) continue;
      const factor = (rows[other]?.[at] ?? 0) / (rows[at]?.[at] ?? 1);
      rows[other] = (rows[other] ?? []).map((value, k) => value - factor * (rows[at]?.[k] ?? 0));
    }
  }
  return rows.map((row, at) => (row[size] ?? 0) / (row[at] ?? 1));
}
