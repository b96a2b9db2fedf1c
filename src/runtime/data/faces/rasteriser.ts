/**
 * A z-buffer triangle rasteriser: perspective-correct texture, light per vertex, no dependencies.
 * A pixel belongs to a triangle when its centre is inside, or on a top or left edge, so triangles that share an edge
 * cover each pixel once (the rule of Pineda, "A Parallel Algorithm for Polygon Rasterization", SIGGRAPH 1988).
 */

export interface Surface {
  readonly width: number;
  readonly height: number;
  /** RGB, 0..1 in display space, row by row. */
  readonly colour: Float32Array;
  /** 1 / depth: larger is nearer, 0 is infinitely far. */
  readonly inverseDepth: Float32Array;
}

export interface Texture {
  readonly width: number;
  readonly height: number;
  /** RGB, 0..1; the first row is v = 1, as in OBJ. */
  readonly texels: Float32Array;
}

/** Vertices after projection. */
export interface ProjectedMesh {
  /** x and y in pixels (pixel centres at .5) and 1 / depth, three numbers a vertex; 1 / depth <= 0 is behind the camera. */
  readonly screen: Float32Array;
  readonly textureCoordinates: Float32Array;
  /** Light on each vertex, RGB; it multiplies the texture. */
  readonly light: Float32Array;
  readonly triangles: Uint16Array;
}

export interface DrawOptions {
  /** Skip triangles that turn their back (counter-clockwise on the screen, y down, is the front as in OBJ). */
  readonly cull?: boolean;
  /** Coverage of what is behind, 0..1; a see-through mesh does not write depth. */
  readonly opacity?: number;
}

export function createSurface(width: number, height: number): Surface {
  return {
    width,
    height,
    colour: new Float32Array(width * height * 3),
    inverseDepth: new Float32Array(width * height),
  };
}

/** Draws all triangles of a mesh. */
export function drawMesh(surface: Surface, mesh: ProjectedMesh, texture: Texture, options: DrawOptions = {}): void {
  const { triangles } = mesh;
  const { cull = false, opacity = 1 } = options;
  for (let at = 0; at + 2 < triangles.length; at += 3) {
    drawTriangle(surface, mesh, texture, triangles[at]!, triangles[at + 1]!, triangles[at + 2]!, cull, opacity);
  }
}

// This is the one loop of the renderer that must be fast: no allocation in it, not even of a pair. The `!` are reads of
// typed arrays inside their bounds.
function drawTriangle(
  surface: Surface,
  mesh: ProjectedMesh,
  texture: Texture,
  first: number,
  second: number,
  third: number,
  cull: boolean,
  opacity: number,
): void {
  const { screen, textureCoordinates, light } = mesh;
  const { width, height, colour, inverseDepth } = surface;
  const ax = screen[first * 3]!;
  const ay = screen[first * 3 + 1]!;
  const aw = screen[first * 3 + 2]!;
  let b = second;
  let bx = screen[b * 3]!;
  let by = screen[b * 3 + 1]!;
  let c = third;
  let cx = screen[c * 3]!;
  let cy = screen[c * 3 + 1]!;
  let area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  // With y down a front face, counter-clockwise to the viewer, has negative area.
  if (area === 0 || (area > 0 && cull)) return;
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
  const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  if (left > right) return;
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
  const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  if (top > bottom) return;
  if (area < 0) {
    b = third;
    c = second;
    bx = screen[b * 3]!;
    by = screen[b * 3 + 1]!;
    cx = screen[c * 3]!;
    cy = screen[c * 3 + 1]!;
    area = -area;
  }
  const bw = screen[b * 3 + 2]!;
  const cw = screen[c * 3 + 2]!;
  if (aw <= 0 || bw <= 0 || cw <= 0) return;

  // Edge functions, positive inside: e(x, y) = dx (y - y0) - dy (x - x0). An edge is top or left if it runs right
  // along the top (dy = 0, dx > 0) or upwards (dy < 0).
  const abx = bx - ax;
  const aby = by - ay;
  const bcx = cx - bx;
  const bcy = cy - by;
  const cax = ax - cx;
  const cay = ay - cy;
  const abOwns = aby < 0 || (aby === 0 && abx > 0);
  const bcOwns = bcy < 0 || (bcy === 0 && bcx > 0);
  const caOwns = cay < 0 || (cay === 0 && cax > 0);

  // Attributes divided by depth are affine on the screen; their quotients by 1 / depth are perspective-correct.
  const au = textureCoordinates[first * 2]! * aw;
  const av = textureCoordinates[first * 2 + 1]! * aw;
  const bu = textureCoordinates[b * 2]! * bw;
  const bv = textureCoordinates[b * 2 + 1]! * bw;
  const cu = textureCoordinates[c * 2]! * cw;
  const cv = textureCoordinates[c * 2 + 1]! * cw;
  const fa = first * 3;
  const fb = b * 3;
  const fc = c * 3;
  const scale = 1 / area;
  const texels = texture.texels;
  const columns = texture.width;
  const rows = texture.height;

  for (let y = top; y <= bottom; y++) {
    const py = y + 0.5;
    const abRow = abx * (py - ay);
    const bcRow = bcx * (py - by);
    const caRow = cax * (py - cy);
    for (let x = left; x <= right; x++) {
      const px = x + 0.5;
      const eab = abRow - aby * (px - ax);
      if (eab < 0 || (eab === 0 && !abOwns)) continue;
      const ebc = bcRow - bcy * (px - bx);
      if (ebc < 0 || (ebc === 0 && !bcOwns)) continue;
      const eca = caRow - cay * (px - cx);
      if (eca < 0 || (eca === 0 && !caOwns)) continue;
      const wa = ebc * scale;
      const wb = eca * scale;
      const wc = eab * scale;
      const w = wa * aw + wb * bw + wc * cw;
      const pixel = y * width + x;
      if (w <= inverseDepth[pixel]!) continue;
      const depth = 1 / w;

      // Bilinear texture; coordinates outside 0..1 take the border.
      let u = (wa * au + wb * bu + wc * cu) * depth * columns - 0.5;
      let v = (1 - (wa * av + wb * bv + wc * cv) * depth) * rows - 0.5;
      u = u < 0 ? 0 : u > columns - 1 ? columns - 1 : u;
      v = v < 0 ? 0 : v > rows - 1 ? rows - 1 : v;
      const u0 = u | 0;
      const v0 = v | 0;
      const fu = u - u0;
      const fv = v - v0;
      const nw = (v0 * columns + u0) * 3;
      const ne = u0 + 1 < columns ? nw + 3 : nw;
      const down = v0 + 1 < rows ? columns * 3 : 0;
      const knw = (1 - fu) * (1 - fv);
      const kne = fu * (1 - fv);
      const ksw = (1 - fu) * fv;
      const kse = fu * fv;
      const to = pixel * 3;
      // Weights of the light: barycentric, corrected for perspective.
      const la = wa * aw * depth;
      const lb = wb * bw * depth;
      const lc = wc * cw * depth;
      const sw = nw + down;
      const se = ne + down;
      const red =
        (texels[nw]! * knw + texels[ne]! * kne + texels[sw]! * ksw + texels[se]! * kse) *
        (la * light[fa]! + lb * light[fb]! + lc * light[fc]!);
      const green =
        (texels[nw + 1]! * knw + texels[ne + 1]! * kne + texels[sw + 1]! * ksw + texels[se + 1]! * kse) *
        (la * light[fa + 1]! + lb * light[fb + 1]! + lc * light[fc + 1]!);
      const blue =
        (texels[nw + 2]! * knw + texels[ne + 2]! * kne + texels[sw + 2]! * ksw + texels[se + 2]! * kse) *
        (la * light[fa + 2]! + lb * light[fb + 2]! + lc * light[fc + 2]!);
      if (opacity === 1) {
        inverseDepth[pixel] = w;
        colour[to] = red;
        colour[to + 1] = green;
        colour[to + 2] = blue;
      } else {
        colour[to] = colour[to]! + (red - colour[to]!) * opacity;
        colour[to + 1] = colour[to + 1]! + (green - colour[to + 1]!) * opacity;
        colour[to + 2] = colour[to + 2]! + (blue - colour[to + 2]!) * opacity;
      }
    }
  }
}

/** Mean of `factor` by `factor` blocks: the smaller picture of a supersampled surface. */
export function shrink(surface: Surface, factor: number): Float32Array {
  const width = surface.width / factor;
  const height = surface.height / factor;
  const out = new Float32Array(width * height * 3);
  const { colour } = surface;
  const scale = 1 / (factor * factor);
  for (let y = 0; y < surface.height; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < surface.width; x++) {
      const from = (y * surface.width + x) * 3;
      const to = (row + Math.floor(x / factor)) * 3;
      // What is brighter than white is white before the mean, as in a sensor that clips.
      for (let channel = 0; channel < 3; channel++) out[to + channel]! += Math.min(1, colour[from + channel]!) * scale;
    }
  }
  return out;
}
