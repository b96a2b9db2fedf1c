import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { faceOf, gazeFacesRecipe } from '../../../../src/runtime/data/faces/face-recipe.ts';
import type { FaceSpec } from '../../../../src/runtime/data/faces/face-spec.ts';
import { loadHeads } from '../../../../src/runtime/data/faces/head.ts';
import { labelOf, renderFace } from '../../../../src/runtime/data/faces/render.ts';

type Vector = readonly number[];

function angle(a: Vector, b: Vector): number {
  const dot = (x: Vector, y: Vector): number => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return (Math.acos(Math.min(1, Math.max(-1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))))) * 180) / Math.PI;
}

const meanOf = (rows: readonly Vector[]): number[] =>
  (rows[0] ?? []).map((_, at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length);

/** Solves (XᵀX + λI) W = XᵀY by Cholesky's method. */
function ridge(x: readonly Vector[], y: readonly Vector[], lambda: number): number[][] {
  const n = x[0]?.length ?? 0;
  const k = y[0]?.length ?? 0;
  const a = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? lambda : 0)));
  const w = Array.from({ length: n }, () => Array.from({ length: k }, () => 0));
  x.forEach((row, sample) => {
    for (let i = 0; i < n; i++) {
      const value = row[i]!;
      for (let j = 0; j <= i; j++) a[i]![j]! += value * row[j]!;
      for (let c = 0; c < k; c++) w[i]![c]! += value * y[sample]![c]!;
    }
  });
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let m = 0; m < j; m++) sum -= a[i]![m]! * a[j]![m]!;
      a[i]![j] = i === j ? Math.sqrt(sum) : sum / a[j]![j]!;
    }
  }
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < n; i++) {
      let sum = w[i]![c]!;
      for (let m = 0; m < i; m++) sum -= a[i]![m]! * w[m]![c]!;
      w[i]![c] = sum / a[i]![i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = w[i]![c]!;
      for (let m = i + 1; m < n; m++) sum -= a[m]![i]! * w[m]![c]!;
      w[i]![c] = sum / a[i]![i]!;
    }
  }
  return w;
}

/** Grey values of the rows and columns where the eyes are, scaled to mean 0 and deviation 1, and a constant. */
function eyeRegion(pixels: Uint8Array): number[] {
  const values: number[] = [];
  for (let y = 20; y < 34; y++) {
    for (let x = 10; x < 54; x += 2) {
      const at = (y * 64 + x) * 3;
      values.push([0, 1, 2, 3, 4, 5].reduce((sum, channel) => sum + (pixels[at + channel] ?? 0), 0) / 6);
    }
  }
  const [mean = 0] = meanOf(values.map((value) => [value]));
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) + 1;
  return [...values.map((value) => (value - mean) / deviation), 1];
}

const gazes = (faces: readonly FaceSpec[]): Vector[] => faces.map((face) => labelOf(face).gaze);

const gazesOf = (domain: string): Vector[] => {
  const set = gazeFacesRecipe.sets.find((candidate) => candidate.domain === domain)!;
  return Array.from({ length: set.samples }, (_, index) => labelOf(faceOf(gazeFacesRecipe, set, index)).gaze);
};

test('a linear map of the eye region alone tells the gaze of people it has not seen, far better than the mean', async () => {
  const models = await loadHeads(fileURLToPath(new URL('../../../../data/gaze/heads', import.meta.url)));
  const [train = [], held = []] = (['source', 'validation'] as const).map((domain) => {
    const set = gazeFacesRecipe.sets.find((candidate) => candidate.domain === domain)!;
    return Array.from(
      { length: domain === 'source' ? 480 : 120 },
      (_, index) =>
        // The light gives the yaw away, so it is made the same for all.
        ({
          ...faceOf(gazeFacesRecipe, set, set.subjects + index),
          lighting: 'even',
          hat: undefined,
        }) as unknown as FaceSpec,
    );
  });
  const pictures = (faces: readonly FaceSpec[]): number[][] =>
    faces.map((face) => eyeRegion(renderFace(models, face).pixels));
  const weights = ridge(pictures(train), gazes(train), 30);
  const mean = meanOf(gazes(train));
  const truth = gazes(held);
  const error = (guess: (at: number) => Vector): number =>
    truth.reduce((sum, gaze, at) => sum + angle(guess(at), gaze), 0) / truth.length;
  const inputs = pictures(held);
  const byMean = error(() => mean);
  const byRidge = error((at) => [0, 1, 2].map((axis) => inputs[at]!.reduce((sum, value, i) => sum + value * weights[i]![axis]!, 0))); // prettier-ignore
  expect(byMean).toBeGreaterThan(18);
  expect(byRidge).toBeLessThan(0.65 * byMean);
});

test('predicting the mean direction of the source errs by 20 to 25 degrees on the target', () => {
  const mean = meanOf(gazesOf('source'));
  const target = gazesOf('target');
  const error = target.reduce((sum, gaze) => sum + angle(mean, gaze), 0) / target.length;
  expect(error).toBeGreaterThan(20);
  expect(error).toBeLessThan(25);
});
