/**
 * Record of how `data/gaze/heads/` was made: the heads of two Reallusion figures, taken from the Debian package
 * sweethome3d-furniture 1.8 (CC-BY 3.0 US), turned to face the camera, quantised to int16.
 *
 *   apt-get download sweethome3d-furniture=1.8-1
 *   npx tsx scripts/build-gaze-heads.ts sweethome3d-furniture_1.8-1_all.deb [output folder]
 *
 * Needs `dpkg-deb` to open the package. The output is committed, so nobody else has to run this.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';

const packageDigest = '3ccb90c63f9525e887a767b9cd5c8b6933b8b6b2973a615a5359ee68a2118668';
const catalogue = 'usr/share/sweethome3d/furniture/Reallusion.sh3f';

/** Steps of the int16 grids: positions (about a centimetre a unit) and texture coordinates. */
const positionScale = 1 / 1024;
const textureScale = 1 / 16384;

const figures = [
  { name: 'boy', folder: 'boyStanding', face: 'Boy_Standing_27.jpg', hair: 'Boy_Standing_35.jpg' },
  { name: 'girl', folder: 'girlStanding', face: 'Girl_Standing_120.jpg', hair: 'Girl_Standing_118.jpg' },
] as const;

interface Part {
  /** Three numbers a vertex. */
  readonly positions: number[];
  /** Two numbers a vertex; v runs upwards as in OBJ. */
  readonly textureCoordinates: number[];
  readonly triangles: number[];
}

type Vector = readonly [number, number, number];

/** One part of a Wavefront OBJ; polygons become fans; a vertex is a distinct (position, texture coordinate) pair. */
function readPart(text: string, partName: string): Part {
  const positions: number[][] = [];
  const coordinates: number[][] = [];
  const part: Part = { positions: [], textureCoordinates: [], triangles: [] };
  const vertexOf = new Map<string, number>();
  let current = '';
  for (const line of text.split('\n')) {
    const [head = '', ...rest] = line.trim().split(/\s+/);
    if (head === 'v') positions.push(rest.map(Number));
    else if (head === 'vt') coordinates.push(rest.map(Number));
    else if (head === 'o' || head === 'g') current = (rest[0] ?? '').split('.')[0] ?? '';
    else if (head === 'f' && current === partName) {
      const corners = rest.map((corner) => {
        const [position = '', coordinate = ''] = corner.split('/');
        const key = `${position}/${coordinate}`;
        const known = vertexOf.get(key);
        if (known !== undefined) return known;
        const vertex = vertexOf.size;
        vertexOf.set(key, vertex);
        part.positions.push(...(positions[Number(position) - 1] ?? []).slice(0, 3));
        part.textureCoordinates.push(...(coordinates[Number(coordinate) - 1] ?? [0, 0]).slice(0, 2));
        return vertex;
      });
      for (let third = 2; third < corners.length; third++) {
        part.triangles.push(corners[0] ?? 0, corners[third - 1] ?? 0, corners[third] ?? 0);
      }
    }
  }
  if (part.triangles.length === 0) throw new Error(`no part ${partName}`);
  return part;
}

/** Centre and radius of an eyeball: the half extent of its bounding box; the meshes are exact spheres. */
function ballOf(part: Part): { centre: Vector; radius: number } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  part.positions.forEach((value, index) => {
    low[index % 3] = Math.min(low[index % 3] ?? 0, value);
    high[index % 3] = Math.max(high[index % 3] ?? 0, value);
  });
  const centre = [0, 1, 2].map((axis) => ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2) as unknown as Vector;
  const radius = Math.max(
    ...part.positions.flatMap((_, index) =>
      index % 3 === 0
        ? [
            Math.sqrt(
              [0, 1, 2].reduce(
                (sum, axis) => sum + ((part.positions[index + axis] ?? 0) - (centre[axis] ?? 0)) ** 2,
                0,
              ),
            ),
          ]
        : [],
    ),
  );
  return { centre, radius };
}

/**
 * The rigid motion that puts the point midway between the eyes at the origin and the line through their centres on +x
 * (x towards the figure's left, y up, z out of the face). girlStanding is posed turned 12.5 degrees, boyStanding
 * 0.1 degrees with the head tilted 2 degrees to a shoulder.
 */
function calibrate(left: Vector, right: Vector): { apply: (point: Vector) => Vector; yaw: number; roll: number } {
  const middle = left.map((value, axis) => (value + (right[axis] ?? 0)) / 2) as unknown as Vector;
  const line = left.map((value, axis) => value - (right[axis] ?? 0)) as unknown as Vector;
  const yaw = Math.atan2(-line[2], line[0]);
  const roll = Math.atan2(line[1], Math.sqrt(line[0] ** 2 + line[2] ** 2));
  const apply = (point: Vector): Vector => {
    const [x, y, z] = [point[0] - middle[0], point[1] - middle[1], point[2] - middle[2]];
    const turnedX = Math.cos(yaw) * x - Math.sin(yaw) * z;
    const turnedZ = Math.sin(yaw) * x + Math.cos(yaw) * z;
    return [Math.cos(roll) * turnedX + Math.sin(roll) * y, -Math.sin(roll) * turnedX + Math.cos(roll) * y, turnedZ];
  };
  return { apply, yaw: (yaw * 180) / Math.PI, roll: (roll * 180) / Math.PI };
}

/**
 * The figures' eyeballs sit nearer the nose than the middle of their lids and wear a picture of an eye that is pasted on
 * off centre. An eye that turns about its centre must look straight ahead when it is not turned, so ours are placed
 * behind the middle of the lids (x = 2.9 in both figures), as far forward there as the modelled ball, and a little smaller.
 */
function eyesBehindLids(modelledX: number, modelledRadius: number): { x: number; z: number; radius: number } {
  const x = 2.9;
  const radius = modelledRadius * 0.88;
  const front = Math.sqrt(modelledRadius ** 2 - (x - modelledX) ** 2);
  return { x, z: round(front - radius), radius: round(radius) };
}

/** The face without the pockets behind the eyeballs, which no camera sees: triangles wholly inside a modelled ball. */
function withoutSockets(
  triangles: readonly number[],
  positions: readonly number[],
  balls: readonly Vector[],
  radius: number,
): number[] {
  const inside = (vertex: number): boolean =>
    balls.some((centre) => {
      const squared = centre.reduce((sum, value, axis) => sum + ((positions[vertex * 3 + axis] ?? 0) - value) ** 2, 0);
      return squared < (0.96 * radius) ** 2;
    });
  return triangles.filter((_, index) => {
    const first = index - (index % 3);
    return !triangles.slice(first, first + 3).every(inside);
  });
}

/**
 * The face without the two strips of triangles that turn inwards from the lips, so that a mouth can open: those around
 * the hole at the back of the mouth, which is an edge of one triangle only, with its vertices in front of the ears.
 */
function withoutInnerLips(triangles: readonly number[], positions: readonly number[]): number[] {
  const place = (vertex: number): string => positions.slice(vertex * 3, vertex * 3 + 3).join(' ');
  let kept = [...triangles];
  for (let strip = 0; strip < 2; strip++) {
    const uses = new Map<string, number>();
    const eachEdge = (visit: (a: number, b: number, key: string) => void): void => {
      kept.forEach((vertex, index) => {
        const next = kept[index % 3 === 2 ? index - 2 : index + 1] ?? 0;
        visit(vertex, next, [place(vertex), place(next)].toSorted().join('|'));
      });
    };
    eachEdge((_a, _b, key) => uses.set(key, (uses.get(key) ?? 0) + 1));
    const hole = new Set<string>();
    eachEdge((a, b, key) => {
      const inMouth = [a, b].every((vertex) => {
        const [x = 0, y = 0, z = 0] = positions.slice(vertex * 3, vertex * 3 + 3);
        return Math.abs(x) < 3 && y > -7.6 && y < -5.8 && z > 1.5;
      });
      if (uses.get(key) === 1 && inMouth) hole.add(place(a)).add(place(b));
    });
    kept = kept.filter((_, index) => {
      const first = index - (index % 3);
      return !kept.slice(first, first + 3).some((vertex) => hole.has(place(vertex)));
    });
  }
  return kept;
}

const quantise = (values: readonly number[], scale: number): Int16Array =>
  Int16Array.from(values, (value) => Math.round(value / scale));

const round = (value: number): number => Number(value.toFixed(5));

const mapPoints = (values: readonly number[], apply: (point: Vector) => Vector): number[] =>
  values.flatMap((_, index) =>
    index % 3 === 0 ? apply([values[index] ?? 0, values[index + 1] ?? 0, values[index + 2] ?? 0]) : [],
  );

async function main(): Promise<void> {
  const [archive, output = 'data/gaze/heads'] = process.argv.slice(2);
  if (archive === undefined) throw new Error('usage: build-gaze-heads.ts sweethome3d-furniture_1.8-1_all.deb [output]');
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (digest !== packageDigest) throw new Error(`${archive} has sha256 ${digest}, expected ${packageDigest}`);

  const scratch = mkdtempSync(join(tmpdir(), 'gaze-heads-'));
  execFileSync('dpkg-deb', ['-x', archive, scratch]);
  const files = unzipSync(readFileSync(join(scratch, catalogue)), {
    filter: ({ name }) => figures.some(({ folder }) => name.startsWith(`reallusion/${folder}/`)),
  });
  rmSync(scratch, { recursive: true });
  const file = (path: string): Uint8Array => {
    const bytes = files[`reallusion/${path}`];
    if (bytes === undefined) throw new Error(`the catalogue has no ${path}`);
    return bytes;
  };

  mkdirSync(output, { recursive: true });
  const chunks: Buffer[] = [];
  let length = 0;
  /** Appends an array to the geometry file and says where it went: [byte offset, number of elements]. */
  const append = (values: Int16Array | Uint16Array): readonly [number, number] => {
    const at = length;
    chunks.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    length += values.byteLength;
    return [at, values.length];
  };
  const heads: Record<string, unknown> = {};
  let face: Part | undefined;
  let triangles: number[] = [];
  let faceLayout: Record<string, unknown> = {};
  let eyeLayout: Record<string, unknown> = {};
  for (const { name, folder, face: faceTexture, hair: hairTexture } of figures) {
    const text = Buffer.from(file(`${folder}/${folder}.obj`)).toString('latin1');
    const [facePart, leftEye, rightEye, hair] = ['RL_Face', 'RL_L_Eye', 'RL_R_Eye', 'RL_HairMesh'].map((part) =>
      readPart(text, part),
    ) as [Part, Part, Part, Part];
    const left = ballOf(leftEye);
    const right = ballOf(rightEye);
    const { apply, yaw, roll } = calibrate(left.centre, right.centre);
    console.log(`${folder}: turned ${yaw.toFixed(2)} degrees, tilted ${roll.toFixed(2)} degrees`);

    // Both figures share one face topology, so one list of triangles serves and any blend of the two is a face.
    const positions = mapPoints(facePart.positions, apply);
    if (face === undefined) {
      face = facePart;
      triangles = withoutSockets(facePart.triangles, positions, [apply(left.centre), apply(right.centre)], left.radius);
      triangles = withoutInnerLips(triangles, positions);
      faceLayout = {
        textureCoordinates: append(quantise(facePart.textureCoordinates, textureScale)),
        triangles: append(Uint16Array.from(triangles)),
      };
      const unit = mapPoints(leftEye.positions, (point) => {
        const centred = apply(point).map((value, axis) => value - (apply(left.centre)[axis] ?? 0));
        return centred.map((value) => value / left.radius) as unknown as Vector;
      });
      eyeLayout = {
        positions: append(quantise(unit, positionScale)),
        triangles: append(Uint16Array.from(leftEye.triangles)),
      };
    } else if (
      String(face.triangles) !== String(facePart.triangles) ||
      String(face.textureCoordinates) !== String(facePart.textureCoordinates)
    ) {
      throw new Error(`${folder} has another face topology`);
    }
    heads[name] = {
      figure: folder,
      posedYaw: Number(yaw.toFixed(3)),
      posedRoll: Number(roll.toFixed(3)),
      modelledEyes: { distance: round(apply(left.centre)[0] - apply(right.centre)[0]), radius: round(left.radius) },
      eyes: eyesBehindLids(apply(left.centre)[0], left.radius),
      face: { positions: append(quantise(positions, positionScale)) },
      hair: {
        positions: append(quantise(mapPoints(hair.positions, apply), positionScale)),
        textureCoordinates: append(quantise(hair.textureCoordinates, textureScale)),
        triangles: append(Uint16Array.from(hair.triangles)),
      },
    };
    await sharp(file(`${folder}/${faceTexture}`))
      .resize(256, 128, { kernel: 'lanczos3' })
      .webp({ lossless: true, effort: 6 })
      .toFile(join(output, `face-${name}.webp`));
    // Hair is tinted when drawn, so its luminance is enough.
    await sharp(file(`${folder}/${hairTexture}`))
      .resize(64, 64, { kernel: 'lanczos3' })
      .greyscale()
      .webp({ lossless: true, effort: 6 })
      .toFile(join(output, `hair-${name}.webp`));
  }

  writeFileSync(join(output, 'heads.bin'), Buffer.concat(chunks));
  const layout = {
    schema: 'clipx.heads/1',
    source: 'Debian package sweethome3d-furniture 1.8-1, Reallusion.sh3f',
    sourceDigest: packageDigest,
    licence: 'CC-BY-3.0-US',
    positionScale,
    textureScale,
    face: faceLayout,
    eye: eyeLayout,
    heads,
  };
  writeFileSync(join(output, 'heads.json'), `${JSON.stringify(layout, undefined, 2)}\n`);
}

await main();
