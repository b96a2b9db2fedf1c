/** What is behind a face. */
import type { RandomStream } from '../../random.ts';
import type { FaceSpec } from './face-spec.ts';
import type { Surface } from './rasteriser.ts';
import { cosine, sine } from './rotation.ts';

/** A saturated colour of a hue in 0..1. */
function hueColour(hue: number): readonly [number, number, number] {
  const channel = (shift: number): number => {
    const t = (hue + shift) % 1;
    return Math.min(1, Math.max(0.04, Math.abs(6 * t - 3) - 1));
  };
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}

/**
 * Fills a surface with a grey that fades, or with a bright pattern of two or three hues. Darkness and bright light fall
 * on the background too. Draws words 100000.. of `random`.
 */
export function fillBackground(surface: Surface, spec: FaceSpec, random: RandomStream): void {
  const { width, height, colour } = surface;
  const draw = (index: number): number => random.uniform(100000 + index);
  const level = spec.lighting === 'dark' ? 0.25 : spec.lighting === 'bright' ? 1.45 : 1;
  if (!spec.colourfulBackground) {
    const grey = 0.3 + 0.4 * draw(0);
    const [fade, tint] = [0.3 * (draw(1) - 0.5), 0.05 * (draw(2) - 0.5)];
    for (let y = 0; y < height; y++) {
      const value = (grey + fade * (y / height - 0.5)) * level;
      for (let x = 0; x < width; x++) {
        const at = (y * width + x) * 3;
        colour[at] = value + tint;
        colour[at + 1] = value;
        colour[at + 2] = value - tint;
      }
    }
    return;
  }
  const first = draw(0);
  const hues = [first, first + 0.25 + 0.3 * draw(1), first + 0.6 + 0.25 * draw(2)].map((hue) => hueColour(hue % 1));
  const angle = Math.PI * draw(3);
  const [c, s] = [cosine(angle), sine(angle)];
  const period = 0.16 + 0.16 * draw(4);
  const kind = random.integer(3, 50010);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width - 0.5, y / height - 0.5];
      const [along, across] = [c * u + s * v + 8, c * v - s * u + 8];
      const stripe = Math.floor(along / period);
      const row = Math.floor(across / period);
      const [fx, fy] = [along / period - stripe - 0.5, across / period - row - 0.5];
      const which =
        kind === 0 ? stripe % 3 : kind === 1 ? (stripe + row) % 2 : fx * fx + fy * fy < 0.13 ? 1 + (row % 2) : 0;
      const hue = hues[which] ?? hues[0]!;
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) colour[at + channel] = hue[channel]! * level;
    }
  }
}
