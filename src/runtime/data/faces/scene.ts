/** Puts a face together: every mesh in camera space, lit and projected, ready for the rasteriser, far things first. */
import type { RandomStream } from '../../random.ts';
import {
  crown,
  hatCrown,
  hatTrim,
  lenses,
  mouthCavity,
  rim,
  spectacleFrame,
  teeth,
  type PlainMesh,
} from './accessories.ts';
import { paintFace, shapeFace, smooth } from './face-shape.ts';
import { dyes, hairColours, type Colour, type FaceSpec } from './face-spec.ts';
import type { HeadModels } from './head.ts';
import type { DrawOptions, ProjectedMesh, Texture } from './rasteriser.ts';
import {
  gazeVector,
  multiply,
  rotate,
  rotation,
  rotationTowards,
  toCamera,
  transpose,
  type Matrix,
  type Vector,
} from './rotation.ts';

export interface Drawable {
  readonly mesh: ProjectedMesh;
  readonly texture: Texture;
  readonly options: DrawOptions;
}

export interface Light {
  /** Towards the light, in head space of a head that faces the camera; a unit vector. */
  readonly direction: Vector;
  readonly colour: Colour;
  readonly ambient: Colour;
}

/** Distance of the camera from the eyes, and the height of the face that fills the picture, in units of the models. */
const cameraDistance = 60;
const frameHeight = 18.4;

/** Where a face is centred: between eyes and mouth. */
const faceCentre: Vector = [0, -1.6, 2];

/** The two turns of a face: `head`, and `eye` within the head, with head · eye · z along the gaze exactly. */
export function posesOf(spec: FaceSpec): { readonly head: Matrix; readonly eye: Matrix } {
  const head = rotation(spec.head.pitch, spec.head.yaw, spec.head.roll);
  const gaze = toCamera(gazeVector(spec.gaze.pitch, spec.gaze.yaw));
  return { head, eye: rotationTowards(rotate(transpose(head), gaze)) };
}

/** The light of a face: Lambert's law with one distant lamp over an ambient. Draws words 8.. of `random`. */
function lightOf(spec: FaceSpec, random: RandomStream): Light {
  const shade = (index: number, spread: number): number => 1 + spread * (2 * random.uniform(8 + index) - 1);
  const [warm, strength] = [shade(0, 0.05), shade(1, 0.08)];
  const tint = (level: number): Colour => [level * warm, level, level * (2 - warm)];
  const lamp = (direction: Vector, power: number, ambient: number): Light => {
    const length = Math.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2);
    return {
      direction: [direction[0] / length, direction[1] / length, direction[2] / length],
      colour: tint(power * strength),
      ambient: tint(ambient * strength),
    };
  };
  const [x, y] = [0.3 * (shade(2, 1) - 1), 0.35 + 0.15 * (shade(3, 1) - 1)];
  switch (spec.lighting) {
    case 'even':
      return lamp([x, y, 0.9], 0.5, 0.54);
    case 'bright':
      return lamp([x, y, 0.9], 0.65, 0.92);
    case 'dark':
      return lamp([x, y, 0.9], 0.17, 0.16);
    case 'from the left':
      return lamp([-1, 0.12 + 0.3 * y, 0.3], 1.2, 0.15);
    case 'from the right':
      return lamp([1, 0.12 + 0.3 * y, 0.3], 1.2, 0.15);
  }
}

/** What the picture of a face is made of, for a square surface of `size` pixels. */
export function buildScene(models: HeadModels, spec: FaceSpec, size: number, random: RandomStream): Drawable[] {
  const shape = shapeFace(models, spec);
  const { head, eye } = posesOf(spec);
  const light = lightOf(spec, random);
  const focal = (spec.crop.scale * size * cameraDistance) / frameHeight;
  const centre = rotate(head, [faceCentre[0], faceCentre[1] * shape.stretch.y, faceCentre[2]]);
  const offset = [(spec.crop.x * size) / 64 + size / 2, (spec.crop.y * size) / 64 + size / 2] as const;

  /** Turns, lights and projects a mesh given in head space. */
  const project = (
    positions: Float32Array,
    triangles: Uint16Array,
    textureCoordinates: Float32Array,
    weld: Uint16Array | undefined,
    glow: number,
  ): ProjectedMesh => {
    const count = positions.length / 3;
    const turned = new Float32Array(count * 3);
    const screen = new Float32Array(count * 3);
    for (let at = 0; at < count * 3; at += 3) {
      const px = positions[at]!;
      const py = positions[at + 1]!;
      const pz = positions[at + 2]!;
      const x = head[0] * px + head[1] * py + head[2] * pz - centre[0];
      const y = head[3] * px + head[4] * py + head[5] * pz - centre[1];
      const z = head[6] * px + head[7] * py + head[8] * pz - centre[2];
      turned[at] = x;
      turned[at + 1] = y;
      turned[at + 2] = z;
      const inverse = 1 / (cameraDistance - z);
      screen[at] = offset[0] + focal * x * inverse;
      screen[at + 1] = offset[1] - focal * y * inverse;
      screen[at + 2] = inverse;
    }
    return { screen, textureCoordinates, light: lightVertices(turned, triangles, weld, light, glow), triangles };
  };
  const plain = (mesh: PlainMesh, colour: Colour, options: DrawOptions = {}, glow = 0): Drawable => ({
    mesh: project(mesh.positions, mesh.triangles, new Float32Array((mesh.positions.length / 3) * 2), undefined, glow),
    texture: solid(colour),
    options,
  });

  const drawables: Drawable[] = [
    {
      mesh: project(shape.positions, models.face.triangles, models.face.textureCoordinates, models.face.weld, 0),
      texture: paintFace(models, spec, random),
      options: { cull: true },
    },
  ];

  const ball = models.eye.positions;
  const eyeTexture = paintEye(spec.subject.iris);
  const ballCoordinates = new Float32Array((ball.length / 3) * 2);
  for (let vertex = 0; vertex < ball.length / 3; vertex++) {
    // The texture is the view from the front; nobody sees the back of an eyeball.
    ballCoordinates[vertex * 2] = 0.5 + 0.5 * ball[vertex * 3]!;
    ballCoordinates[vertex * 2 + 1] = 0.5 + 0.5 * ball[vertex * 3 + 1]!;
  }
  for (const side of [-1, 1]) {
    const positions = new Float32Array(ball.length);
    for (let at = 0; at < ball.length; at += 3) {
      const turned = rotate(eye, [ball[at]!, ball[at + 1]!, ball[at + 2]!]);
      positions[at] = side * shape.eyes.x + shape.eyes.radius * turned[0];
      positions[at + 1] = shape.eyes.y + shape.eyes.radius * turned[1];
      positions[at + 2] = shape.eyes.z + shape.eyes.radius * turned[2];
    }
    // Wet and in its socket, an eyeball takes more of the light around it than skin does.
    const mesh = project(positions, models.eye.triangles, ballCoordinates, undefined, 0.35);
    drawables.push({ mesh, texture: eyeTexture, options: { cull: true } });
  }

  drawables.push(plain(mouthCavity(shape, spec.openMouth ? -9.2 : spec.happy ? -8.2 : -7.2), [0.16, 0.02, 0.03]));
  if (spec.happy) drawables.push(plain(teeth(shape, spec.openMouth ? -7 : -8), [0.98, 0.97, 0.94], {}, 0.4));

  if (spec.subject.hair !== 'bald') {
    const { hair } = models.heads[spec.subject.sex];
    const positions = new Float32Array(hair.positions.length);
    for (let at = 0; at < positions.length; at += 3) {
      const [x, y, z] = [hair.positions[at]!, hair.positions[at + 1]!, hair.positions[at + 2]!];
      // A fringe ends above the eyes: what hangs in front of the forehead is pulled up.
      const fringe = z > 0 && y < 5 && Math.abs(x) < 6.2 ? 0.55 * Math.min(5 - y, 4) * Math.min(1, z / 2) : 0;
      // A hat presses down what is under it.
      const pressed = spec.hat === undefined ? 0 : smooth(rim - 2.5, rim, y);
      positions[at] = x * shape.stretch.x * (1.02 - 0.12 * pressed);
      positions[at + 1] = (y + 0.35 + fringe) * shape.stretch.y - pressed * 0.3 * Math.max(0, y - rim);
      positions[at + 2] = crown.z + (z + 0.15 - crown.z) * (1 - 0.14 * pressed);
    }
    const mesh = project(positions, hair.triangles, hair.textureCoordinates, hair.weld, 0);
    drawables.push({ mesh, texture: dyeHair(hair.texture, hairColours[spec.subject.hair]), options: {} });
  }
  if (spec.hat !== undefined) {
    const dye = dyes[spec.hat.dye];
    const second: Colour = [0.7 * dye[0] + 0.06, 0.7 * dye[1] + 0.06, 0.7 * dye[2] + 0.06];
    drawables.push(plain(hatCrown(shape, spec.hat.style), dye, {}, 0.15));
    drawables.push(plain(hatTrim(shape, spec.hat.style), second, {}, 0.15));
  }
  if (spec.eyewear === 'sunglasses') drawables.push(plain(lenses(shape), [0.02, 0.02, 0.03], { opacity: 0.78 }));
  if (spec.eyewear !== 'none') {
    const dark = spec.eyewear === 'sunglasses';
    drawables.push(plain(spectacleFrame(shape, dark ? 0.16 : 0.24), dyes[spec.eyewearDye], {}, 0.3));
  }
  return drawables;
}

/** Lambert's law at each vertex: ambient + lamp · max(0, n · l), the lamp's share mixed with `glow` of even light. */
function lightVertices(
  positions: Float32Array,
  triangles: Uint16Array,
  weld: Uint16Array | undefined,
  light: Light,
  glow: number,
): Float32Array {
  const normals = new Float32Array(positions.length);
  for (let at = 0; at < triangles.length; at += 3) {
    const a = triangles[at]! * 3;
    const b = triangles[at + 1]! * 3;
    const c = triangles[at + 2]! * 3;
    const ux = positions[b]! - positions[a]!;
    const uy = positions[b + 1]! - positions[a + 1]!;
    const uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[a]!;
    const vy = positions[c + 1]! - positions[a + 1]!;
    const vz = positions[c + 2]! - positions[a + 2]!;
    // The cross product is twice the area long, so large triangles count more.
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    for (let corner = 0; corner < 3; corner++) {
      const vertex = triangles[at + corner]!;
      const to = (weld === undefined ? vertex : weld[vertex]!) * 3;
      normals[to]! += nx;
      normals[to + 1]! += ny;
      normals[to + 2]! += nz;
    }
  }
  const lit = new Float32Array(positions.length);
  const { direction, colour, ambient } = light;
  for (let vertex = 0; vertex < positions.length / 3; vertex++) {
    const from = (weld === undefined ? vertex : weld[vertex]!) * 3;
    const [x, y, z] = [normals[from]!, normals[from + 1]!, normals[from + 2]!];
    const length = Math.sqrt(x * x + y * y + z * z);
    let facing = length > 0 ? (x * direction[0] + y * direction[1] + z * direction[2]) / length : 0;
    // Meshes without an inside (hair, frames, hats) are lit on the side that is seen.
    if (z < 0 && weld === undefined) facing = -facing;
    const diffuse = glow * 0.6 + (1 - glow) * Math.max(0, facing);
    for (let channel = 0; channel < 3; channel++) {
      lit[vertex * 3 + channel] = ambient[channel]! + colour[channel]! * diffuse;
    }
  }
  return lit;
}

function solid(colour: Colour): Texture {
  return { width: 1, height: 1, texels: Float32Array.from(colour) };
}

/** The front of an eyeball: a white ball, an iris with a dark rim, a pupil. */
function paintEye(iris: Colour): Texture {
  const size = 48;
  const texels = new Float32Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [dx, dy] = [(2 * (x + 0.5)) / size - 1, (2 * (y + 0.5)) / size - 1];
      const radius = Math.sqrt(dx * dx + dy * dy);
      const at = (y * size + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        texels[at + channel] = radius < 0.19 ? 0.02 : radius < 0.4 ? iris[channel]! : radius < 0.47 ? iris[channel]! * 0.35 : 0.97; // prettier-ignore
      }
    }
  }
  return { width: size, height: size, texels };
}

/** Strands keep their light and shade, around the colour. */
function dyeHair(luminance: Texture, colour: Colour): Texture {
  const { width, height } = luminance;
  let mean = 0;
  for (let at = 0; at < luminance.texels.length; at += 3) mean += luminance.texels[at]!;
  mean /= width * height;
  const texels = new Float32Array(luminance.texels.length);
  for (let at = 0; at < texels.length; at += 3) {
    const strand = Math.min(1.5, Math.max(0.65, 0.55 + (0.45 * luminance.texels[at]!) / mean));
    for (let channel = 0; channel < 3; channel++) texels[at + channel] = colour[channel]! * strand;
  }
  return { width, height, texels };
}

/** The direction a turned eye looks in, in camera space, from the rotation matrices alone. */
export function gazeOfPoses(head: Matrix, eye: Matrix): Vector {
  return toCamera(rotate(multiply(head, eye), [0, 0, 1]));
}
