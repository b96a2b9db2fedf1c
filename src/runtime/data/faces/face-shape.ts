/** The shape and the skin of one face: the two models blended, stretched and moved, and their painted texture. */
import type { RandomStream } from '../../random.ts';
import { hairColours, type Colour, type FaceSpec } from './face-spec.ts';
import { lipLine, type HeadModels } from './head.ts';
import type { Texture } from './rasteriser.ts';

export interface FaceShape {
  readonly positions: Float32Array;
  readonly eyes: { readonly x: number; readonly y: number; readonly z: number; readonly radius: number };
  /** Factors on x and y that hair and hat follow. */
  readonly stretch: { readonly x: number; readonly y: number };
}

/** Of the lips, in texture coordinates, which both heads share. */
const mouthHalfWidth = 0.066;

/** 0 at and below `low`, 1 at and above `high`, smooth between. */
export function smooth(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** A bump of height 1 that ends at distance 1 of the centre of an ellipse. */
function bump(u: number, v: number, centreU: number, centreV: number, radiusU: number, radiusV: number): number {
  const du = (u - centreU) / radiusU;
  const dv = (v - centreV) / radiusV;
  const squared = du * du + dv * dv;
  return squared >= 1 ? 0 : (1 - squared) * (1 - squared);
}

export function shapeFace(models: HeadModels, spec: FaceSpec): FaceShape {
  const [blend = 0, width = 0, height = 0, nose = 0, jaw = 0, mouth = 0] = spec.subject.coefficients;
  const { boy, girl } = models.heads;
  const share = (blend + 1) / 2;
  const mix = (a: number, b: number): number => a + (b - a) * share;
  const stretch = { x: 1 + 0.07 * width, y: 1 + 0.06 * height };
  const eyes = {
    x: mix(boy.eyes.x, girl.eyes.x) * stretch.x,
    y: 0,
    z: mix(boy.eyes.z, girl.eyes.z),
    radius: mix(boy.eyes.radius, girl.eyes.radius),
  };
  const coordinates = models.face.textureCoordinates;
  const count = coordinates.length / 2;
  const positions = new Float32Array(count * 3);
  for (let vertex = 0; vertex < count; vertex++) {
    const u = coordinates[vertex * 2]!;
    const v = coordinates[vertex * 2 + 1]!;
    const aside = Math.abs(u - 0.5);
    let x = mix(boy.facePositions[vertex * 3]!, girl.facePositions[vertex * 3]!);
    let y = mix(boy.facePositions[vertex * 3 + 1]!, girl.facePositions[vertex * 3 + 1]!);
    let z = mix(boy.facePositions[vertex * 3 + 2]!, girl.facePositions[vertex * 3 + 2]!);
    x *= stretch.x * (1 + 0.13 * jaw * smooth(-3, -8, y) * smooth(-6, -1, z));
    x *= 1 + 0.16 * mouth * bump(u, v, 0.5, lipLine, 0.13, 0.07);
    y *= stretch.y;
    const onNose = bump(u, v, 0.5, 0.43, 0.06, 0.1);
    z += 0.8 * nose * onNose;
    x *= 1 + 0.3 * nose * onNose;

    if (v < 0.5 && aside < 0.3 && z > -6) {
      const lower = models.face.lowerJaw[vertex]!;
      const inLips = Math.sqrt(Math.max(0, 1 - (aside / mouthHalfWidth) ** 2));
      // The chin follows an opening mouth as a whole, the lips only away from their corners.
      const chin = smooth(0.3, 0.25, v) * smooth(0.26, 0.1, aside) * smooth(-5, 0, z);
      const jawDrop = lower * Math.max(inLips * smooth(0.2, 0.27, v), chin);
      const lift = (1 - lower) * inLips * smooth(0.365, 0.335, v);
      const corner = bump(u, v, 0.5 + Math.sign(u - 0.5) * mouthHalfWidth, lipLine, 0.085, 0.09);
      if (spec.openMouth) {
        y += -2.2 * jawDrop + 0.3 * lift;
        x -= spec.happy ? 0 : Math.sign(x) * 0.5 * corner;
        z -= 0.5 * jawDrop;
      }
      if (spec.happy) {
        x += Math.sign(x) * 0.95 * corner;
        y += 0.85 * corner;
        z -= 0.1 * corner;
        y += spec.openMouth ? 0.3 * lift : -1.0 * jawDrop * (1 - chin) - 0.35 * jawDrop * chin + 0.35 * lift;
        const cheek = bump(u, v, 0.5 + Math.sign(u - 0.5) * 0.11, 0.42, 0.07, 0.08);
        z += 0.4 * cheek;
        y += 0.25 * cheek;
      }
    }
    if (spec.beard) z += 0.5 * beardAt(u, v) * smooth(-4, 0, z);

    // Lids: widened so that an iris spans pixels, then laid on the eyeball.
    const sideX = x < 0 ? -eyes.x : eyes.x;
    const distance = Math.sqrt((x - sideX) * (x - sideX) + y * y);
    if (z > -0.5 && distance < 3.2) {
      const near = 1 - smooth(1.2, 3.2, distance);
      x = sideX + (x - sideX) * (1 + 0.12 * near);
      y *= 1 + 0.65 * near;
      const [dx, dz] = [x - sideX, z - eyes.z];
      const toCentre = Math.sqrt(dx * dx + y * y + dz * dz);
      const clear = eyes.radius * 1.035;
      if (toCentre < clear) {
        x = sideX + (dx * clear) / toCentre;
        y = (y * clear) / toCentre;
        z = eyes.z + (dz * clear) / toCentre;
      }
    }
    positions[vertex * 3] = x;
    positions[vertex * 3 + 1] = y;
    positions[vertex * 3 + 2] = z;
  }
  return { positions, eyes, stretch };
}

/** How much beard there is at a point of the face texture: moustache, chin and jaw, but not the lips. */
function beardAt(u: number, v: number): number {
  const aside = Math.abs(u - 0.5);
  if (aside > 0.27 || v > 0.47 || v < 0.13) return 0;
  const lips = bump(u, v, 0.5, 0.32, 0.078, 0.042);
  const moustache = smooth(0.335, 0.345, v) * smooth(0.4, 0.375, v) * smooth(0.105, 0.085, aside);
  const line = 0.31 + 0.75 * Math.max(0, aside - 0.06);
  const jaw = smooth(line + 0.02, line - 0.01, v) * smooth(0.14, 0.18, v) * smooth(0.25, 0.22, aside);
  return Math.max(0, Math.max(moustache, jaw) - 2.5 * lips);
}

/** The mean colour of the cheeks, by which a texture is divided before it gets another skin. */
function skinOf(texture: Texture): Colour {
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let row = 0; row < texture.height; row++) {
    for (let column = 0; column < texture.width; column++) {
      const u = (column + 0.5) / texture.width;
      const v = 1 - (row + 0.5) / texture.height;
      if (v < 0.35 || v > 0.5 || Math.abs(Math.abs(u - 0.5) - 0.1) > 0.03) continue;
      for (let channel = 0; channel < 3; channel++) {
        sum[channel]! += texture.texels[(row * texture.width + column) * 3 + channel]!;
      }
      count++;
    }
  }
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

const skins = new WeakMap<Texture, Colour>();
function cachedSkin(texture: Texture): Colour {
  const known = skins.get(texture) ?? skinOf(texture);
  skins.set(texture, known);
  return known;
}

/** Skin from dark over medium to pale, and from cool to warm. */
function skinColour(lightness: number, warmth: number): Colour {
  const dark: Colour = [0.3, 0.19, 0.14];
  const medium: Colour = [0.8, 0.6, 0.48];
  const pale: Colour = [1.0, 0.91, 0.88];
  const [from, to, t] = lightness < 0 ? [dark, medium, lightness + 1] : [medium, pale, lightness];
  const mix = (channel: 0 | 1 | 2): number => from[channel] + (to[channel] - from[channel]) * t;
  return [mix(0) * (1 + 0.03 * warmth), mix(1), mix(2) * (1 - 0.12 * warmth)];
}

const lipstick: readonly Colour[] = [
  [0.85, 0.03, 0.12],
  [0.9, 0.08, 0.45],
  [0.62, 0.02, 0.3],
];
const eyeShadow: readonly Colour[] = [
  [0.2, 0.3, 0.85],
  [0.5, 0.12, 0.65],
  [0.1, 0.55, 0.5],
];

/** Paints skin, make-up and beard. Draws words 0.. of `random`. */
export function paintFace(models: HeadModels, spec: FaceSpec, random: RandomStream): Texture {
  const { boy, girl } = models.heads;
  const { width, height } = boy.faceTexture;
  const [blend = 0, , , , , , lightness = 0, warmth = 0] = spec.subject.coefficients;
  const share = (blend + 1) / 2;
  const skin = skinColour(lightness, warmth);
  const boySkin = cachedSkin(boy.faceTexture);
  const girlSkin = cachedSkin(girl.faceTexture);
  const texels = new Float32Array(width * height * 3);
  for (let channel = 0; channel < 3; channel++) {
    const boyFactor = ((1 - share) * skin[channel]!) / boySkin[channel]!;
    const girlFactor = (share * skin[channel]!) / girlSkin[channel]!;
    const [a, b] = [boy.faceTexture.texels, girl.faceTexture.texels];
    for (let at = channel; at < texels.length; at += 3) texels[at] = a[at]! * boyFactor + b[at]! * girlFactor;
  }

  /** Moves the texels of a box towards a colour; `amount` gives how far at (u, v). */
  const paint = (
    [left, right, bottom, top]: readonly [number, number, number, number],
    colour: Colour,
    amount: (u: number, v: number, texel: number) => number,
  ): void => {
    for (let row = Math.floor((1 - top) * height); row < Math.ceil((1 - bottom) * height); row++) {
      for (let column = Math.floor(left * width); column < Math.ceil(right * width); column++) {
        const texel = row * width + column;
        const share = amount((column + 0.5) / width, 1 - (row + 0.5) / height, texel);
        if (share <= 0) continue;
        for (let channel = 0; channel < 3; channel++) {
          texels[texel * 3 + channel]! += (colour[channel]! - texels[texel * 3 + channel]!) * share;
        }
      }
    }
  };
  if (spec.makeup) {
    const lips = lipstick[random.integer(lipstick.length, 0)] ?? lipstick[0]!;
    const shadow = eyeShadow[random.integer(eyeShadow.length, 1)] ?? eyeShadow[0]!;
    for (const side of [-1, 1]) {
      const [cheek, eye] = [0.5 + side * 0.125, 0.5 + side * 0.094];
      paint([cheek - 0.09, cheek + 0.09, 0.31, 0.5], [0.92, 0.3, 0.36], (u, v) => 0.75 * bump(u, v, cheek, 0.405, 0.085, 0.09)); // prettier-ignore
      paint([eye - 0.08, eye + 0.08, 0.53, 0.63], shadow, (u, v) => 1.3 * bump(u, v, eye, 0.572, 0.08, 0.05) * smooth(0.535, 0.55, v)); // prettier-ignore
    }
    paint([0.42, 0.58, 0.28, 0.36], lips, (u, v) => Math.min(0.95, 2.5 * bump(u, v, 0.5, 0.319, 0.078, 0.038)));
  }
  if (spec.beard) {
    const hair = hairColours[spec.subject.hair === 'bald' ? 'brown hair' : spec.subject.hair];
    const colour: Colour = [hair[0] * 0.45, hair[1] * 0.42, hair[2] * 0.4];
    paint([0.23, 0.77, 0.13, 0.47], colour, (u, v, texel) => {
      const amount = beardAt(u, v);
      return amount <= 0 ? 0 : Math.min(0.97, 1.3 * amount * (0.72 + 0.28 * random.uniform(16 + texel)));
    });
  }
  return { width, height, texels };
}
