/** A matrix in an array of doubles: where its entry [0, 0] lies, and how far apart its rows and columns are. */
export interface Matrix {
  readonly data: Float64Array;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

/**
 * `sum += a b` for a of [rows, inner] and b of [inner, columns], the terms of each entry in the order of `inner`. Columns of `sum` and of b
 * are neighbours. Two rows by four terms at a time: every entry of b and of `sum` is loaded for several products.
 */
export function addProduct(sum: Matrix, a: Matrix, b: Matrix, rows: number, inner: number, columns: number): void {
  let i = 0;
  for (; i + 2 <= rows; i += 2) addTwoRows(sum, a, b, i, inner, columns);
  if (i < rows) addRow(sum, a, b, i, inner, columns);
}

function addTwoRows(sum: Matrix, a: Matrix, b: Matrix, i: number, inner: number, columns: number): void {
  const { data: s } = sum;
  const { data: x } = a;
  const { data: y } = b;
  const to = sum.at + i * sum.row;
  const below = to + sum.row;
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    const p = a.at + i * a.row + k * a.column;
    const q = p + a.row;
    const p0 = x[p]!;
    const p1 = x[p + a.column]!;
    const p2 = x[p + 2 * a.column]!;
    const p3 = x[p + 3 * a.column]!;
    const q0 = x[q]!;
    const q1 = x[q + a.column]!;
    const q2 = x[q + 2 * a.column]!;
    const q3 = x[q + 3 * a.column]!;
    const r0 = b.at + k * b.row;
    const r1 = r0 + b.row;
    const r2 = r1 + b.row;
    const r3 = r2 + b.row;
    for (let j = 0; j < columns; j++) {
      const y0 = y[r0 + j]!;
      const y1 = y[r1 + j]!;
      const y2 = y[r2 + j]!;
      const y3 = y[r3 + j]!;
      s[to + j] = s[to + j]! + p0 * y0 + p1 * y1 + p2 * y2 + p3 * y3;
      s[below + j] = s[below + j]! + q0 * y0 + q1 * y1 + q2 * y2 + q3 * y3;
    }
  }
  for (; k < inner; k++) {
    const p = a.at + i * a.row + k * a.column;
    const first = x[p]!;
    const second = x[p + a.row]!;
    const from = b.at + k * b.row;
    for (let j = 0; j < columns; j++) {
      s[to + j]! += first * y[from + j]!;
      s[below + j]! += second * y[from + j]!;
    }
  }
}

function addRow(sum: Matrix, a: Matrix, b: Matrix, i: number, inner: number, columns: number): void {
  const { data: s } = sum;
  const { data: x } = a;
  const { data: y } = b;
  const to = sum.at + i * sum.row;
  for (let k = 0; k < inner; k++) {
    const factor = x[a.at + i * a.row + k * a.column]!;
    const from = b.at + k * b.row;
    for (let j = 0; j < columns; j++) s[to + j]! += factor * y[from + j]!;
  }
}
