/**
 * Rotations and gaze directions. Sine and cosine are our own: ECMAScript leaves the last bits of Math.sin open, and the
 * pictures must come out the same, bit for bit, on every engine. Only + - * / and square root are used here.
 *
 * Head space: x towards the person's left, y up, z out of the face. Camera space: x to the right of the picture, y down,
 * z away from the camera; a head that faces the camera is related to it by diag(1, -1, -1).
 */

/** A 3 by 3 matrix, row by row. */
export type Matrix = readonly [number, number, number, number, number, number, number, number, number];
export type Vector = readonly [number, number, number];

const halfPi = Math.PI / 2;

/** sin(x) by its Taylor series after reduction to ±45 degrees; error below 1e-15 for |x| < 10. */
export function sine(x: number): number {
  const quarter = Math.round(x / halfPi);
  const r = x - quarter * halfPi;
  const phase = ((quarter % 4) + 4) % 4;
  const value = phase % 2 === 0 ? sineSeries(r) : cosineSeries(r);
  return phase < 2 ? value : -value;
}

export function cosine(x: number): number {
  return sine(x + halfPi);
}

function sineSeries(r: number): number {
  const s = r * r;
  let sum = 1;
  for (let k = 17; k >= 3; k -= 2) sum = 1 - (s / (k * (k - 1))) * sum;
  return r * sum;
}

function cosineSeries(r: number): number {
  const s = r * r;
  let sum = 1;
  for (let k = 18; k >= 2; k -= 2) sum = 1 - (s / (k * (k - 1))) * sum;
  return sum;
}

/**
 * Turn to a pitch (positive: up) and a yaw (positive: towards the left edge of the picture), after a roll about the
 * line of sight. In head space the third column, where z goes, is (-cos p sin y, sin p, cos p cos y).
 */
export function rotation(pitch: number, yaw: number, roll: number): Matrix {
  const [sp, cp] = [sine(pitch), cosine(pitch)];
  const [sy, cy] = [sine(yaw), cosine(yaw)];
  const [sr, cr] = [sine(roll), cosine(roll)];
  // R_yaw · R_pitch · R_roll, with R_yaw about y by -yaw and R_pitch about x by -pitch.
  const yawed: Matrix = [cy, 0, -sy, 0, 1, 0, sy, 0, cy];
  const pitched: Matrix = [1, 0, 0, 0, cp, sp, 0, -sp, cp];
  const rolled: Matrix = [cr, -sr, 0, sr, cr, 0, 0, 0, 1];
  return multiply(multiply(yawed, pitched), rolled);
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  const [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a;
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b;
  return [
    a0 * b0 + a1 * b3 + a2 * b6,
    a0 * b1 + a1 * b4 + a2 * b7,
    a0 * b2 + a1 * b5 + a2 * b8,
    a3 * b0 + a4 * b3 + a5 * b6,
    a3 * b1 + a4 * b4 + a5 * b7,
    a3 * b2 + a4 * b5 + a5 * b8,
    a6 * b0 + a7 * b3 + a8 * b6,
    a6 * b1 + a7 * b4 + a8 * b7,
    a6 * b2 + a7 * b5 + a8 * b8,
  ];
}

/** The inverse of a rotation. */
export function transpose(m: Matrix): Matrix {
  return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
}

export function rotate(m: Matrix, v: Vector): Vector {
  return [
    m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
    m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
    m[6] * v[0] + m[7] * v[1] + m[8] * v[2],
  ];
}

export function normalise(v: Vector): Vector {
  const length = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  return [v[0] / length, v[1] / length, v[2] / length];
}

/** Gaze direction in camera space, the convention of normalised gaze sets: g = (-cos p sin y, -sin p, -cos p cos y). */
export function gazeVector(pitch: number, yaw: number): Vector {
  const cp = cosine(pitch);
  return [-cp * sine(yaw), -sine(pitch), -cp * cosine(yaw)];
}

/** Head space to camera space, and back: the map is its own inverse. */
export function toCamera(v: Vector): Vector {
  return [v[0], -v[1], -v[2]];
}

/**
 * The rotation without twist that carries z to the unit vector `direction` (in head space, direction z > -1):
 * by Rodrigues' formula about z × d. An eye so turned looks along `direction` exactly.
 */
export function rotationTowards(direction: Vector): Matrix {
  const [x, y, z] = direction;
  const k = 1 / (1 + z);
  return [1 - k * x * x, -k * x * y, x, -k * x * y, 1 - k * y * y, y, -x, -y, z];
}
