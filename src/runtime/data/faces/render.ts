/** From a face's description to its picture and its label. */
import { stream } from '../../random.ts';
import { fillBackground } from './background.ts';
import { captionsOf } from './captions.ts';
import { factors, factorsOf, type FaceLabel, type FaceSpec } from './face-spec.ts';
import type { HeadModels } from './head.ts';
import { addNoise, blurAlong, pixelate } from './image-quality.ts';
import { createSurface, drawMesh, shrink } from './rasteriser.ts';
import { gazeVector } from './rotation.ts';
import { buildScene } from './scene.ts';

/** Width and height of a picture. */
export const faceSize = 64;
const supersampling = 2;

export interface RenderedFace {
  /** RGB bytes, row by row, `faceSize` squared pixels. */
  readonly pixels: Uint8Array;
  readonly label: FaceLabel;
}

/** Renders a face. A pure function: the same models and spec give the same bytes. */
export function renderFace(models: HeadModels, spec: FaceSpec): RenderedFace {
  return { pixels: renderPixels(models, spec, faceSize), label: labelOf(spec) };
}

/** The picture alone, at any size (contact sheets use larger ones). */
export function renderPixels(models: HeadModels, spec: FaceSpec, size: number): Uint8Array {
  const random = stream(spec.draw.seed, spec.draw.name);
  const surface = createSurface(size * supersampling, size * supersampling);
  fillBackground(surface, spec, random);
  for (const { mesh, texture, options } of buildScene(models, spec, size * supersampling, random)) {
    drawMesh(surface, mesh, texture, options);
  }
  let picture = shrink(surface, supersampling);
  if (spec.motionBlur) picture = blurAlong(picture, size, Math.PI * random.uniform(60), (size / 64) * 7);
  if (spec.lowResolution) picture = pixelate(picture, size, Math.round((size / 64) * 4));
  // Less noise than signal in the dark, too, or nothing would be left of the face.
  if (spec.sensorNoise) picture = addNoise(picture, spec.lighting === 'dark' ? 0.06 : 0.11, random);
  const pixels = new Uint8Array(picture.length);
  for (let at = 0; at < pixels.length; at++) pixels[at] = Math.round(255 * Math.min(1, Math.max(0, picture[at]!)));
  return pixels;
}

export function labelOf(spec: FaceSpec): FaceLabel {
  const flags = factorsOf(spec);
  const { gaze, head, subject } = spec;
  const still = [gaze.pitch, gaze.yaw, head.pitch, head.yaw, head.roll].every((angle) => angle === 0);
  return {
    gaze: gazeVector(gaze.pitch, gaze.yaw),
    pitch: gaze.pitch,
    yaw: gaze.yaw,
    head,
    subject: subject.id,
    identity: subject.coefficients,
    frontal: still ? 1 : 0,
    factors: flags,
    labels: factors.map(({ name }) => flags[name]),
    captions: captionsOf(spec),
  };
}
