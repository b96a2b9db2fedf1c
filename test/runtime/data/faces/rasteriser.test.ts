import { expect, test } from 'vitest';
import { createSurface, drawMesh, shrink, type Texture } from '../../../../src/runtime/data/faces/rasteriser.ts';

const white: Texture = { width: 1, height: 1, texels: Float32Array.of(1, 1, 1) };

function mesh(
  screen: readonly number[],
  triangles: readonly number[],
  options: { coordinates?: readonly number[]; light?: readonly number[] } = {},
) {
  const vertices = screen.length / 3;
  return {
    screen: Float32Array.from(screen),
    triangles: Uint16Array.from(triangles),
    textureCoordinates: Float32Array.from(options.coordinates ?? Array.from({ length: vertices * 2 }, () => 0)),
    light: Float32Array.from(options.light ?? Array.from({ length: vertices * 3 }, () => 1)),
  };
}

const redAt = (surface: { width: number; colour: Float32Array }, x: number, y: number): number =>
  surface.colour[(y * surface.width + x) * 3] ?? Number.NaN;

/** On which side of the line from p to q a point lies. */
const side = (p: readonly [number, number], q: readonly [number, number], x: number, y: number): number =>
  Math.sign((q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]));

test('a triangle covers exactly the pixels whose centres lie inside it', () => {
  const [a, b, c] = [
    [2.2, 1.7],
    [28.9, 9.4],
    [7.1, 30.3],
  ] as const;
  const surface = createSurface(32, 32);
  drawMesh(surface, mesh([...a, 1, ...b, 1, ...c, 1], [0, 1, 2]), white);
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 32; x++) {
      const sides = [side(a, b, x + 0.5, y + 0.5), side(b, c, x + 0.5, y + 0.5), side(c, a, x + 0.5, y + 0.5)];
      expect(redAt(surface, x, y)).toBe(sides.every((value) => value === 1) ? 1 : 0);
    }
  }
});

test('triangles that share edges, through pixel centres too, cover every pixel once', () => {
  // A fan around a pixel centre; half-covering paint shows a pixel drawn twice as 0.75 and one missed as 0.
  const corners = [
    [0.5, 0.5],
    [8.5, 0.5],
    [16.5, 0.5],
    [16.5, 8.5],
    [16.5, 16.5],
    [8.5, 16.5],
    [0.5, 16.5],
    [0.5, 8.5],
  ];
  const screen = [8.5, 8.5, 1, ...corners.flatMap((corner) => [...corner, 1])];
  const triangles = corners.flatMap((_, at) => [0, at + 1, ((at + 1) % corners.length) + 1]);
  const surface = createSurface(17, 17);
  drawMesh(surface, mesh(screen, triangles), white, { opacity: 0.5 });
  // Of the square's border the top and left edges are its own, the bottom and right ones a neighbour's.
  for (let y = 0; y < 17; y++) {
    for (let x = 0; x < 17; x++) expect(redAt(surface, x, y)).toBe(x < 16 && y < 16 ? 0.5 : 0);
  }
});

test('the nearer of two crossing triangles is seen, whichever is drawn first', () => {
  const corners = [0, 0, 40, 0, 0, 40];
  const tilted = (left: number, right: number, light: number) =>
    mesh([corners[0]!, corners[1]!, left, corners[2]!, corners[3]!, right, corners[4]!, corners[5]!, left], [0, 1, 2], {
      light: Array.from({ length: 9 }, () => light),
    });
  const level = tilted(0.5, 0.5, 0.25);
  // 1 / depth falls from 0.9 on the left to 0.1 on the right and is 0.5 half way along the 40 pixels.
  const slanted = tilted(0.9, 0.1, 0.75);
  for (const order of [
    [level, slanted],
    [slanted, level],
  ]) {
    const surface = createSurface(40, 4);
    for (const drawn of order) drawMesh(surface, drawn, white);
    expect(redAt(surface, 18, 1)).toBeCloseTo(0.75, 6);
    expect(redAt(surface, 22, 1)).toBeCloseTo(0.25, 6);
  }
});

test('textures and light are interpolated with the perspective, not on the screen', () => {
  // A floor that runs from depth 1 on the left to depth 4 on the right, with a texture that is its own coordinate.
  const ramp: Texture = { width: 64, height: 1, texels: new Float32Array(64 * 3) };
  for (let at = 0; at < 64; at++) ramp.texels.fill((at + 0.5) / 64, at * 3, at * 3 + 3);
  const surface = createSurface(64, 8);
  const screen = [0, 0, 1, 64, 0, 0.25, 64, 8, 0.25, 0, 8, 1];
  drawMesh(surface, mesh(screen, [0, 1, 2, 0, 2, 3], { coordinates: [0, 0, 1, 0, 1, 0, 0, 0] }), ramp);
  const byLight = createSurface(64, 8);
  drawMesh(byLight, mesh(screen, [0, 1, 2, 0, 2, 3], { light: [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0] }), white);
  for (const x of [5, 20, 32, 50, 60]) {
    const along = (x + 0.5) / 64;
    const expected = (along * 0.25) / (1 - along + along * 0.25);
    expect(redAt(surface, x, 3)).toBeCloseTo(expected, 5);
    expect(redAt(byLight, x, 3)).toBeCloseTo(expected, 5);
  }
});

test('the back of a culled mesh is not drawn', () => {
  const clockwise = mesh([0, 0, 1, 8, 0, 1, 0, 8, 1], [0, 1, 2]);
  const counterClockwise = mesh([0, 0, 1, 8, 0, 1, 0, 8, 1], [0, 2, 1]);
  const surface = createSurface(8, 8);
  drawMesh(surface, clockwise, white, { cull: true });
  expect(surface.colour.every((value) => value === 0)).toBe(true);
  drawMesh(surface, counterClockwise, white, { cull: true });
  expect(redAt(surface, 1, 1)).toBe(1);
});

test('shrinking takes the mean of each block and clips each sample first', () => {
  const surface = createSurface(4, 2);
  surface.colour.set([3, 0, 0], 0);
  surface.colour.set([0, 0.5, 0], (4 + 1) * 3);
  const small = shrink(surface, 2);
  expect([...small]).toEqual([0.25, 0.125, 0, 0, 0, 0]);
});
