/**
 * The head models in `data/gaze/heads/` (Reallusion, CC-BY 3.0 US): two heads of one face topology, so that any blend
 * of their vertices is a face. Positions are in centimetre-like units, the origin midway between the eyes, in head space.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Texture } from './rasteriser.ts';

export type HeadName = 'boy' | 'girl';

/** Plain data, so that a worker thread gets it as a message. */
export interface HeadModels {
  readonly face: {
    readonly textureCoordinates: Float32Array;
    readonly triangles: Uint16Array;
    /** For each vertex the first one at the same place: texture seams have two vertices and must have one normal. */
    readonly weld: Uint16Array;
    /** 1 for what hangs on the lower jaw: below the line where the lips meet. */
    readonly lowerJaw: Uint8Array;
  };
  /** A unit ball. */
  readonly eye: { readonly positions: Float32Array; readonly triangles: Uint16Array };
  readonly heads: Readonly<Record<HeadName, HeadModel>>;
}

export interface HeadModel {
  /** Eyeballs: centres at (±x, 0, z). */
  readonly eyes: { readonly x: number; readonly z: number; readonly radius: number };
  readonly facePositions: Float32Array;
  readonly faceTexture: Texture;
  readonly hair: {
    readonly positions: Float32Array;
    readonly textureCoordinates: Float32Array;
    readonly triangles: Uint16Array;
    readonly weld: Uint16Array;
    /** Luminance; mean about one half. */
    readonly texture: Texture;
  };
}

/** Byte offset and number of elements of an array in heads.bin. */
type Extent = readonly [number, number];

interface Layout {
  readonly schema: string;
  readonly positionScale: number;
  readonly textureScale: number;
  readonly face: { readonly textureCoordinates: Extent; readonly triangles: Extent };
  readonly eye: { readonly positions: Extent; readonly triangles: Extent };
  readonly heads: Readonly<
    Record<
      HeadName,
      {
        readonly eyes: { readonly x: number; readonly z: number; readonly radius: number };
        readonly face: { readonly positions: Extent };
        readonly hair: { readonly positions: Extent; readonly textureCoordinates: Extent; readonly triangles: Extent };
      }
    >
  >;
}

/** Reads the models. Throws what the file system throws, and an Error naming the folder when the layout is another one. */
export async function loadHeads(folder: string): Promise<HeadModels> {
  const layout = JSON.parse(await readFile(join(folder, 'heads.json'), 'utf8')) as Layout;
  if (layout.schema !== 'clipx.heads/1') {
    throw new Error(`${folder}: expected head models of schema clipx.heads/1, found ${JSON.stringify(layout.schema)}`);
  }
  const file = await readFile(join(folder, 'heads.bin'));
  const scaled = ([offset, count]: Extent, scale: number): Float32Array =>
    Float32Array.from({ length: count }, (_, index) => file.readInt16LE(offset + 2 * index) * scale);
  const indices = ([offset, count]: Extent): Uint16Array =>
    Uint16Array.from({ length: count }, (_, index) => file.readUInt16LE(offset + 2 * index));

  const head = async (name: HeadName): Promise<HeadModel> => {
    const { eyes, face, hair } = layout.heads[name];
    const hairPositions = scaled(hair.positions, layout.positionScale);
    return {
      eyes,
      facePositions: scaled(face.positions, layout.positionScale),
      faceTexture: await readTexture(join(folder, `face-${name}.webp`)),
      hair: {
        positions: hairPositions,
        textureCoordinates: scaled(hair.textureCoordinates, layout.textureScale),
        triangles: indices(hair.triangles),
        weld: weldVertices(hairPositions),
        texture: await readTexture(join(folder, `hair-${name}.webp`)),
      },
    };
  };
  const heads = { boy: await head('boy'), girl: await head('girl') };
  const textureCoordinates = scaled(layout.face.textureCoordinates, layout.textureScale);
  const triangles = indices(layout.face.triangles);
  return {
    face: {
      textureCoordinates,
      triangles,
      weld: weldVertices(heads.boy.facePositions),
      lowerJaw: findLowerJaw(textureCoordinates, triangles),
    },
    eye: { positions: scaled(layout.eye.positions, layout.positionScale), triangles: indices(layout.eye.triangles) },
    heads,
  };
}

/** The textures are lossless, so every decoder gives the same texels. */
async function readTexture(path: string): Promise<Texture> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(path)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const texels = new Float32Array(info.width * info.height * 3);
  for (let texel = 0; texel < info.width * info.height; texel++) {
    for (let channel = 0; channel < 3; channel++) {
      texels[texel * 3 + channel] = (data[texel * info.channels + (info.channels < 3 ? 0 : channel)] ?? 0) / 255;
    }
  }
  return { width: info.width, height: info.height, texels };
}

/** Where the lips meet, as a texture coordinate v. */
export const lipLine = 0.3277;

/**
 * Vertices below the lips. Those on the meeting line, upper and lower lip alike, lie within a texel of it, so there the
 * neighbours decide.
 */
function findLowerJaw(coordinates: Float32Array, triangles: Uint16Array): Uint8Array {
  const sum = new Float64Array(coordinates.length / 2);
  const count = new Float64Array(sum.length);
  for (let at = 0; at < triangles.length; at += 3) {
    const corners = [triangles[at]!, triangles[at + 1]!, triangles[at + 2]!];
    for (const vertex of corners) {
      for (const other of corners) {
        const v = coordinates[other * 2 + 1]!;
        if (Math.abs(v - lipLine) < 0.0015) continue;
        sum[vertex]! += v;
        count[vertex]! += 1;
      }
    }
  }
  return Uint8Array.from({ length: sum.length }, (_, vertex) => {
    const own = coordinates[vertex * 2 + 1]!;
    const v = Math.abs(own - lipLine) < 0.0015 && count[vertex]! > 0 ? sum[vertex]! / count[vertex]! : own;
    return v < lipLine ? 1 : 0;
  });
}

function weldVertices(positions: Float32Array): Uint16Array {
  const firstAt = new Map<string, number>();
  return Uint16Array.from({ length: positions.length / 3 }, (_, vertex) => {
    const key = `${positions[vertex * 3]} ${positions[vertex * 3 + 1]} ${positions[vertex * 3 + 2]}`;
    const known = firstAt.get(key);
    if (known === undefined) firstAt.set(key, vertex);
    return known ?? vertex;
  });
}
