/** Glasses, hats and the inside of the mouth: meshes made by formula, in head space. Each has one colour. */
import { cosine, sine } from './rotation.ts';
import type { HatStyle } from './face-spec.ts';
import type { FaceShape } from './face-shape.ts';

/** A mesh without texture. */
export interface PlainMesh {
  readonly positions: Float32Array;
  readonly triangles: Uint16Array;
}

/** Collects vertices and quadrilaterals. */
class MeshBuilder {
  readonly positions: number[] = [];
  readonly triangles: number[] = [];

  vertex(x: number, y: number, z: number): number {
    this.positions.push(x, y, z);
    return this.positions.length / 3 - 1;
  }

  quad(a: number, b: number, c: number, d: number): void {
    this.triangles.push(a, b, c, a, c, d);
  }

  /** A grid of vertices joined into quadrilaterals; `at` maps (0..1, 0..1) to a point. */
  patch(columns: number, rows: number, at: (s: number, t: number) => readonly [number, number, number]): void {
    const first = this.positions.length / 3;
    for (let row = 0; row <= rows; row++) {
      for (let column = 0; column <= columns; column++) this.vertex(...at(column / columns, row / rows));
    }
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const corner = first + row * (columns + 1) + column;
        this.quad(corner, corner + 1, corner + columns + 2, corner + columns + 1);
      }
    }
  }

  build(): PlainMesh {
    return { positions: Float32Array.from(this.positions), triangles: Uint16Array.from(this.triangles) };
  }
}

const turn = 2 * Math.PI;

/** A point of a lens outline: `size` 1 is the inner edge of the rim; lenses stand a little turned out, as a frame does. */
function lensPoint(shape: FaceShape, side: number, angle: number, size: number): readonly [number, number, number] {
  const across = 2.05 * size * cosine(angle);
  const up = 1.75 * size * sine(angle);
  // The exponent-4 outline between circle and rectangle keeps clear of the eye's corners.
  const [c, s] = [cosine(angle), sine(angle)];
  const square = 1 / Math.sqrt(Math.sqrt(c * c * c * c + s * s * s * s));
  const x = across * square;
  return [side * (shape.eyes.x + 0.12) + x, up * square - 0.05, 3.55 - 0.16 * side * x];
}

/** Thick rims around the eyes, a bridge and temples that run to the ears. */
export function spectacleFrame(shape: FaceShape, thickness: number): PlainMesh {
  const mesh = new MeshBuilder();
  for (const side of [-1, 1]) {
    mesh.patch(28, 1, (s, t) => lensPoint(shape, side, s * turn, 1 + t * thickness));
    // A second strip gives the rim depth, so that it does not thin out when the head turns.
    mesh.patch(28, 1, (s, t) => {
      const [x, y, z] = lensPoint(shape, side, s * turn, 1 + thickness);
      return [x, y, z - 0.5 * t];
    });
    const hinge = lensPoint(shape, side, side > 0 ? 0 : turn / 2, 1 + thickness);
    mesh.patch(1, 1, (s, t) => {
      const ear = side * 7.9 * shape.stretch.x;
      return [hinge[0] + (ear - hinge[0]) * Math.min(1, s), 0.1 + 0.75 * t, hinge[2] + (-5.5 - hinge[2]) * s];
    });
  }
  const inner = shape.eyes.x + 0.12 - 2.05;
  mesh.patch(4, 1, (s, t) => {
    const along = 2 * s - 1;
    return [along * inner * 1.05, 0.35 + 0.65 * t + 0.25 * (1 - along * along), 3.9 + 0.35 * (1 - along * along)];
  });
  return mesh.build();
}

/** What fills the rims of sunglasses. */
export function lenses(shape: FaceShape): PlainMesh {
  const mesh = new MeshBuilder();
  for (const side of [-1, 1]) mesh.patch(28, 1, (s, t) => lensPoint(shape, side, s * turn, t * 1.02));
  return mesh.build();
}

/** Height of a hat's rim at the forehead: above the brows and below the hair line. */
export const rim = 3.2;
export const crown = { z: -3.9, radiusX: 9.2, radiusZ: 11.0, height: 10 };

/** The dome that encloses the hair, tilted up a little at the front. */
function domePoint(shape: FaceShape, s: number, t: number, swell: number): readonly [number, number, number] {
  const around = s * turn;
  const up = (t * turn) / 4;
  const x = crown.radiusX * swell * shape.stretch.x * cosine(up) * sine(around);
  const z = crown.radiusZ * swell * cosine(up) * cosine(around);
  const y = (rim + crown.height * swell * sine(up)) * shape.stretch.y;
  return [x, y + 0.02 * z, crown.z + z];
}

export function hatCrown(shape: FaceShape, style: HatStyle): PlainMesh {
  const mesh = new MeshBuilder();
  mesh.patch(28, 8, (s, t) => domePoint(shape, s, t, style === 'beanie' ? 1.02 : 1));
  return mesh.build();
}

/** The rest of a hat, in a second colour: a knitted fold, a brim all around, or a visor. */
export function hatTrim(shape: FaceShape, style: HatStyle): PlainMesh {
  const mesh = new MeshBuilder();
  switch (style) {
    case 'beanie':
      mesh.patch(28, 1, (s, t) => domePoint(shape, s, 0.02 + t * 0.22, 1.07));
      break;
    case 'brim':
      mesh.patch(36, 2, (s, t) => {
        const [x, y, z] = domePoint(shape, s, 0, 1 + 0.5 * t);
        return [x, y + 0.25 - 0.5 * t * t, z];
      });
      // Seen from the front a flat brim is a line, so it has an edge.
      mesh.patch(36, 1, (s, t) => {
        const [x, y, z] = domePoint(shape, s, 0, 1.5);
        return [x, y - 0.25 + 1.1 * t, z];
      });
      break;
    case 'cap':
      mesh.patch(16, 3, (s, t) => {
        const around = (s - 0.5) * 0.42;
        const [x, y, z] = domePoint(shape, around, 0, 1.0);
        const reach = 5.2 * t * Math.sqrt(Math.max(0, 1 - (2 * s - 1) ** 2));
        return [x * (1 + 0.02 * reach), y + 0.7 - 0.16 * reach, z + reach];
      });
      mesh.patch(28, 1, (s, t) => domePoint(shape, s, t * 0.1, 1.02));
      break;
  }
  return mesh.build();
}

/** The dark behind the lips, down to `low`. */
export function mouthCavity(shape: FaceShape, low: number): PlainMesh {
  const mesh = new MeshBuilder();
  mesh.patch(2, 1, (s, t) => {
    const width = 4.4 - 1.6 * t;
    return [(s - 0.5) * width * shape.stretch.x, (-5.4 + (low + 5.4) * t) * shape.stretch.y, 1.75];
  });
  return mesh.build();
}

/** The upper row of teeth, in front of the cavity and behind the lips. */
export function teeth(shape: FaceShape, low: number): PlainMesh {
  const mesh = new MeshBuilder();
  mesh.patch(6, 1, (s, t) => {
    const along = 2 * s - 1;
    const y = (-5.6 + (low + 5.6) * t) * shape.stretch.y + 0.25 * along * along;
    return [along * 1.75 * shape.stretch.x, y, 2.75 - 0.55 * along * along];
  });
  return mesh.build();
}
