import { expect, test } from 'vitest';
import {
  cosine,
  gazeVector,
  multiply,
  normalise,
  rotate,
  rotation,
  rotationTowards,
  sine,
  toCamera,
  transpose,
  type Vector,
} from '../../../../src/runtime/data/faces/rotation.ts';

const angles = [-3.1, -2, -1.2, -0.7853981633974483, -0.3, -1e-9, 0, 1e-5, 0.2, 0.61, 1.5707963267948966, 2.4, 6.2];

test('sine and cosine agree with those of the engine to the last bits', () => {
  for (const angle of angles) {
    expect(sine(angle)).toBeCloseTo(Math.sin(angle), 14);
    expect(cosine(angle)).toBeCloseTo(Math.cos(angle), 14);
  }
});

test('the gaze vector has length one and gives pitch and yaw back', () => {
  for (const pitch of [-0.43, 0, 0.2]) {
    for (const yaw of [-0.6, 0, 0.35]) {
      const [x, y, z] = gazeVector(pitch, yaw);
      expect(x * x + y * y + z * z).toBeCloseTo(1, 14);
      expect(Math.asin(-y)).toBeCloseTo(pitch, 13);
      expect(Math.atan2(-x, -z)).toBeCloseTo(yaw, 13);
    }
  }
});

test('a head turned to a pitch and a yaw faces where a gaze of the same angles looks', () => {
  for (const [pitch, yaw, roll] of [
    [0.3, -0.5, 0.2],
    [-0.2, 0.4, -1],
    [0, 0, 0.7],
  ] as const) {
    const facing = toCamera(rotate(rotation(pitch, yaw, roll), [0, 0, 1]));
    gazeVector(pitch, yaw).forEach((value, axis) => expect(facing[axis]).toBeCloseTo(value, 14));
  }
});

test('the turn towards a direction is a rotation, goes there and does not twist about the line of sight', () => {
  for (const raw of [
    [0.3, -0.2, 0.9],
    [-0.6, 0.4, 0.7],
    [0, 0, 1],
  ] as const satisfies readonly Vector[]) {
    const direction = normalise(raw);
    const turn = rotationTowards(direction);
    rotate(turn, [0, 0, 1]).forEach((value, axis) => expect(value).toBeCloseTo(direction[axis] ?? 0, 14));
    multiply(turn, transpose(turn)).forEach((value, at) => expect(value).toBeCloseTo(at % 4 === 0 ? 1 : 0, 14));
    // No twist: the axis z × d is left where it is.
    const axis: Vector = [-direction[1], direction[0], 0];
    rotate(turn, axis).forEach((value, at) => expect(value).toBeCloseTo(axis[at] ?? 0, 14));
  }
});
