import type { FaceSpec, Subject } from '../../../../src/runtime/data/faces/face-spec.ts';

export const plainSubject: Subject = {
  id: 'plain',
  sex: 'boy',
  coefficients: [-0.5, 0, 0, 0, 0, 0, 0.2, 0],
  iris: [0, 0.7, 0],
  hair: 'bald',
};

/** A bare, well-lit, neutral face that looks into the camera. */
export function plainFace(changes: Partial<FaceSpec> = {}): FaceSpec {
  return {
    subject: plainSubject,
    gaze: { pitch: 0, yaw: 0 },
    head: { pitch: 0, yaw: 0, roll: 0 },
    eyewear: 'none',
    eyewearDye: 'black',
    beard: false,
    makeup: false,
    happy: false,
    openMouth: false,
    lighting: 'even',
    colourfulBackground: false,
    motionBlur: false,
    sensorNoise: false,
    lowResolution: false,
    crop: { x: 0, y: 0, scale: 1 },
    draw: { seed: 3, name: 'test' },
    ...changes,
  };
}
