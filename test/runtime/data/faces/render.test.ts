import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { FaceSpec } from '../../../../src/runtime/data/faces/face-spec.ts';
import { loadHeads, type HeadModels } from '../../../../src/runtime/data/faces/head.ts';
import { labelOf, renderFace, renderPixels } from '../../../../src/runtime/data/faces/render.ts';
import { gazeOfPoses, posesOf } from '../../../../src/runtime/data/faces/scene.ts';
import { plainFace, plainSubject } from './plain-face.ts';

let models: HeadModels;
beforeAll(async () => {
  models = await loadHeads(fileURLToPath(new URL('../../../../data/gaze/heads', import.meta.url)));
});

const poses = [
  { gaze: { pitch: 0.2, yaw: -0.5 }, head: { pitch: 0.05, yaw: -0.1, roll: 0.1 } },
  { gaze: { pitch: -0.4, yaw: 0.6 }, head: { pitch: -0.2, yaw: 0.25, roll: -0.08 } },
  { gaze: { pitch: 0, yaw: 0 }, head: { pitch: 0.1, yaw: 0.3, roll: 0 } },
];

test('head · eye · z is the labelled gaze', () => {
  for (const pose of poses) {
    const spec = plainFace(pose);
    const { head, eye } = posesOf(spec);
    const looked = gazeOfPoses(head, eye);
    const { gaze } = labelOf(spec);
    gaze.forEach((value, axis) => expect(looked[axis]).toBeCloseTo(value, 14));
    // The label's own formula, with the engine's sine: (-cos p sin y, -sin p, -cos p cos y).
    const { pitch, yaw } = pose.gaze;
    const formula = [-Math.cos(pitch) * Math.sin(yaw), -Math.sin(pitch), -Math.cos(pitch) * Math.cos(yaw)];
    gaze.forEach((value, axis) => expect(value).toBeCloseTo(formula[axis] ?? 0, 14));
  }
});

/** Mean column and row of the green pixels on one half of the picture: where an iris is seen. */
function irisAt(pixels: Uint8Array, size: number, half: 'left' | 'right'): { x: number; y: number; count: number } {
  let [x, y, count] = [0, 0, 0];
  for (let row = 0; row < size; row++) {
    for (let column = half === 'left' ? 0 : size / 2; column < (half === 'left' ? size / 2 : size); column++) {
      const at = (row * size + column) * 3;
      const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
      if (green > 40 && green > 2 * Math.max(red, blue)) {
        x += column + 0.5;
        y += row + 0.5;
        count++;
      }
    }
  }
  return { x: x / count, y: y / count, count };
}

test('the irises are seen where a pinhole camera puts the point at which the gaze leaves the eyeball', () => {
  const size = 256;
  const { boy, girl } = models.heads;
  const share = 0.25;
  const eye = (name: 'x' | 'z' | 'radius'): number => boy.eyes[name] + (girl.eyes[name] - boy.eyes[name]) * share;
  for (const yaw of [-0.3, -0.15, 0, 0.15, 0.3]) {
    const pixels = renderPixels(models, plainFace({ gaze: { pitch: 0, yaw } }), size);
    for (const side of [-1, 1]) {
      const seen = irisAt(pixels, size, side < 0 ? 'left' : 'right');
      expect(seen.count).toBeGreaterThan(60);
      // Camera at distance 60, picture 18.4 units high, centred on (0, -1.6, 2); x runs right in both spaces.
      const x = side * eye('x') - eye('radius') * Math.sin(yaw);
      const z = eye('z') + eye('radius') * Math.cos(yaw);
      const column = size / 2 + (((size * 60) / 18.4) * x) / (60 + 2 - z);
      expect(Math.abs(seen.x - column)).toBeLessThan(2.5);
    }
  }
});

test('looking up moves the irises up by what the geometry says', () => {
  const size = 256;
  const look = (pitch: number): number =>
    irisAt(renderPixels(models, plainFace({ gaze: { pitch, yaw: 0 } }), size), size, 'left').y;
  // Lids hide part of the iris, so its seen centre moves less than the pupil: by more than a third, the right way.
  const moved = look(-0.2) - look(0.2);
  const pupil = ((2 * 1.7 * Math.sin(0.2)) / 18.4) * size;
  expect(moved).toBeGreaterThan(pupil / 3);
  expect(moved).toBeLessThan(pupil * 1.1);
});

test('at 64 pixels an eye that turns 15 degrees changes the picture in and only in the eyes', () => {
  const [straight, aside] = [0, 0.26].map((yaw) => renderFace(models, plainFace({ gaze: { pitch: 0, yaw } })).pixels);
  const rows = new Set<number>();
  let changed = 0;
  for (let at = 0; at < 64 * 64 * 3; at++) {
    const difference = Math.abs((straight?.[at] ?? 0) - (aside?.[at] ?? 0));
    if (difference > 50) changed++;
    if (difference > 2) rows.add(Math.floor(at / 192));
  }
  expect(changed).toBeGreaterThan(60);
  expect(Math.max(...rows) - Math.min(...rows)).toBeLessThan(10);
});

test('every factor shows: it changes the picture by more than the eyes do', () => {
  const bare = renderFace(models, plainFace()).pixels;
  const difference = (changes: Partial<FaceSpec>): number => {
    const { pixels } = renderFace(models, plainFace(changes));
    return pixels.reduce((sum, value, at) => sum + Math.abs(value - (bare[at] ?? 0)), 0) / pixels.length;
  };
  const eyes = difference({ gaze: { pitch: 0, yaw: 0.35 } });
  const shown: readonly Partial<FaceSpec>[] = [
    { eyewear: 'glasses' },
    { eyewear: 'sunglasses' },
    { hat: { style: 'cap', dye: 'red' } },
    { beard: true },
    { makeup: true },
    { happy: true },
    { openMouth: true },
    { lighting: 'bright' },
    { lighting: 'dark' },
    { lighting: 'from the left' },
    { lighting: 'from the right' },
    { colourfulBackground: true },
    { motionBlur: true },
    { sensorNoise: true },
    { lowResolution: true },
    { subject: { ...plainSubject, hair: 'red hair' } },
  ];
  for (const changes of shown) expect(difference(changes), JSON.stringify(changes)).toBeGreaterThan(eyes);
});

/** Sum of the red of some columns of a side-lit face. */
const brightness = (lighting: FaceSpec['lighting'], from: number, to: number): number => {
  const { pixels } = renderFace(models, plainFace({ lighting }));
  let sum = 0;
  for (let y = 24; y < 48; y++) for (let x = from; x < to; x++) sum += pixels[(y * 64 + x) * 3] ?? 0;
  return sum;
};

test('side light lights the side it is named for', () => {
  expect(brightness('from the left', 14, 28)).toBeGreaterThan(2 * brightness('from the left', 36, 50));
  expect(brightness('from the right', 36, 50)).toBeGreaterThan(2 * brightness('from the right', 14, 28));
});

test('the same description gives the same bytes', () => {
  const spec = plainFace({ sensorNoise: true, beard: true, colourfulBackground: true });
  expect(renderFace(models, spec).pixels).toEqual(renderFace(models, spec).pixels);
  const other = { ...spec, draw: { seed: 4, name: 'test' } };
  expect(renderFace(models, other).pixels).not.toEqual(renderFace(models, spec).pixels);
});
