/** Views of columns: each operation against its formula written out again, the same draws for the same sample, one form in an evaluation. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../../src/compiler/program/column.ts';
import type { PictureStep, SoundStep, View, ViewStep } from '../../../src/compiler/program/view.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import type { Dataset } from '../../../src/runtime/data/dataset.ts';
import { resizeSmooth } from '../../../src/runtime/data/image/resample.ts';
import { Dice } from '../../../src/runtime/data/views/dice.ts';
import { doPictureStep } from '../../../src/runtime/data/views/picture-steps.ts';
import type { Picture } from '../../../src/runtime/data/views/picture.ts';
import { doPointStep } from '../../../src/runtime/data/views/point-steps.ts';
import { affine, equalised, posterised, solarised, stretched } from '../../../src/runtime/data/views/rand-augment.ts';
import { doSoundStep } from '../../../src/runtime/data/views/sound-steps.ts';
import { doTextStep } from '../../../src/runtime/data/views/text-steps.ts';
import { stream } from '../../../src/runtime/random.ts';
import { cardToPicture } from '../../support/homography.ts';
import { path, plan, spec, tarOf, temporaryProject, write } from './fixtures.ts';

const project = temporaryProject();
const [width, height] = [6, 4];

/** A picture whose every byte tells where it is from. */
const bytes = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 37 + 11) % 251);
/** A mask with another number in every pixel. */
const numbers = Uint8Array.from({ length: width * height }, (_, at) => at);
const members: Record<string, Uint8Array> = {};
for (const key of ['a', 'b', 'c']) {
  members[`${key}.png`] = await sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  members[`${key}.mask.png`] = await sharp(numbers, { raw: { width, height, channels: 1 } }).toColourspace('b-w').png().toBuffer(); // prettier-ignore
  members[`${key}.json`] = Buffer.from(JSON.stringify({ said: 'A red, red Cat.', back: 'one cat', cloud: [[1, 2, 3], [4, 5, 6]] })); // prettier-ignore
}
write(project, 'data/set.tar', await tarOf(members));

const words = Array.from({ length: 24 }, (_, at) => `thing ${at}`);
const base: Column[] = [
  { kind: 'image', name: 'face', height, width, fit: 'cover' },
  { kind: 'mask', name: 'label', height, width, fit: 'cover', vocabulary: 'thing' },
  { kind: 'points', name: 'cloud', points: 2 },
];

async function opened(views: readonly Column[], seed = 1): Promise<Dataset> {
  const columns = [...base, ...views];
  const map = { face: path('png'), label: path('mask.png'), cloud: path('json.cloud') };
  const data = [spec('d', { kind: 'shards', path: 'data/set.tar' }, { columns: map })];
  const vocabularies = [{ name: 'thing', entries: words, groups: {} }];
  return createDataRoom(plan({ columns, vocabularies, data }), { projectFolder: project, seed }).open('d');
}

const view = (of: string, steps: readonly ViewStep[], more: Partial<View> = {}): View => ({ of, stream: `augment:${of}`, steps, ...more }); // prettier-ignore
const imageView = (name: string, own: View, size = { height, width }): Column => ({ kind: 'image', name, ...size, fit: 'cover', view: own }); // prettier-ignore
const list = (values: ArrayLike<number> | undefined): number[] => Array.from(values ?? []);

/** One operation on the picture, with the dice of a stream. */
function done(step: PictureStep, seed = 1, still = false): number[] {
  const picture: Picture = { kind: 'colours', pixels: { width, height, channels: 3, data: bytes } };
  const site = { dice: new Dice(stream(seed, 'x'), 0), noise: () => 0.5, still };
  const [result] = doPictureStep([picture], step, site);
  return result?.kind === 'colours' ? list(result.pixels.data) : [];
}

const pixel = (data: ArrayLike<number>, x: number, y: number, wide = width): number[] => [0, 1, 2].map((channel) => data[(y * wide + x) * 3 + channel] ?? -1); // prettier-ignore
const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
const luma = (rgb: readonly number[]): number => 0.299 * (rgb[0] ?? 0) + 0.587 * (rgb[1] ?? 0) + 0.114 * (rgb[2] ?? 0);

describe('an operation of pictures', () => {
  test('flip: the pixel from the other side', () => {
    const flipped = done({ kind: 'flip', along: 'width', chance: 1 });
    const turned = done({ kind: 'flip', along: 'height', chance: 1 });
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        expect(pixel(flipped, x, y)).toEqual(pixel(bytes, width - 1 - x, y));
        expect(pixel(turned, x, y)).toEqual(pixel(bytes, x, height - 1 - y));
      }
  });

  test('crop: a part of the share of the area, scaled back as Pillow does', () => {
    const step: PictureStep = { kind: 'crop', area: [0.25, 0.5], aspect: [0.75, 4 / 3] };
    // torchvision's algorithm, with the same numbers
    const from = stream(3, 'x');
    let at = 0;
    const next = (): number => from.uniform(at++);
    let expected: number[] = [];
    for (let attempt = 0; attempt < 10 && expected.length === 0; attempt++) {
      const area = width * height * (0.25 + 0.25 * next());
      const ratio = Math.exp(Math.log(0.75) + (Math.log(4 / 3) - Math.log(0.75)) * next());
      const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
      if (w > width || h > height) continue;
      const top = Math.floor(next() * (height - h + 1));
      const left = Math.floor(next() * (width - w + 1));
      const part = Array.from({ length: w * h }, (_, k) =>
        pixel(bytes, left + (k % w), top + Math.floor(k / w)),
      ).flat();
      expected = list(resizeSmooth({ width: w, height: h, channels: 3, data: Uint8Array.from(part) }, width, height).data); // prettier-ignore
    }
    expect(expected).toHaveLength(width * height * 3);
    expect(done(step, 3)).toEqual(expected);
  });

  test('jitter: brightness, contrast and saturation by their formulas', () => {
    const only = (change: Partial<Extract<PictureStep, { kind: 'jitter' }>>): number[] =>
      done({ kind: 'jitter', brightness: [1, 1], contrast: [1, 1], saturation: [1, 1], hue: [0, 0], chance: 1, ...change }); // prettier-ignore
    expect(only({ brightness: [1.5, 1.5] })).toEqual(list(bytes).map((value) => clamp(value * 1.5)));
    const greys = Array.from({ length: width * height }, (_, k) => Math.round(luma(pixel(bytes, k % width, Math.floor(k / width))))); // prettier-ignore
    const mean = Math.round(greys.reduce((sum, value) => sum + value, 0) / greys.length);
    expect(only({ contrast: [0.5, 0.5] })).toEqual(list(bytes).map((value) => clamp(mean + 0.5 * (value - mean))));
    const saturated = only({ saturation: [0.5, 0.5] });
    saturated.forEach((value, at) => {
      const grey = greys[Math.floor(at / 3)] ?? 0;
      expect(value).toBe(clamp(grey + 0.5 * ((bytes[at] ?? 0) - grey)));
    });
    expect(done({ kind: 'gray', chance: 1 })).toEqual(greys.flatMap((grey) => [grey, grey, grey]));
  });

  test('hue: red turned by a third is green, a whole turn is nothing', () => {
    const red: Picture = {
      kind: 'colours',
      pixels: { width: 1, height: 1, channels: 3, data: Uint8Array.of(200, 40, 40) },
    };
    const turned = (turn: number): number[] => {
      const step: PictureStep = { kind: 'jitter', brightness: [1, 1], contrast: [1, 1], saturation: [1, 1], hue: [turn, turn], chance: 1 }; // prettier-ignore
      const [result] = doPictureStep([red], step, { dice: new Dice(stream(1, 'x'), 0), noise: () => 0, still: false });
      return result?.kind === 'colours' ? list(result.pixels.data) : [];
    };
    expect(turned(1 / 3)).toEqual([40, 200, 40]);
    expect(turned(-1 / 3)).toEqual([40, 40, 200]);
    expect(turned(1)).toEqual([200, 40, 40]);
  });

  test('blur: the sum over both sides at once, with Gaussian weights', () => {
    const blurred = done({ kind: 'blur', sigma: [0.7, 0.7], chance: 1 });
    const reach = 3;
    const weight = (k: number): number => Math.exp(-(k * k) / (2 * 0.49));
    for (const [x, y] of [
      [0, 0],
      [3, 2],
      [5, 3],
    ] as const) {
      let [sum, total] = [0, 0];
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++) {
          const near = pixel(
            bytes,
            Math.min(width - 1, Math.max(0, x + dx)),
            Math.min(height - 1, Math.max(0, y + dy)),
          );
          sum += weight(dx) * weight(dy) * (near[1] ?? 0);
          total += weight(dx) * weight(dy);
        }
      expect(blurred[(y * width + x) * 3 + 1]).toBe(clamp(sum / total));
    }
  });

  test('random_perspective: the homography of the corners, colours mixed of the four pixels around', () => {
    const drawn = Array.from({ length: 8 }, (_, at) => stream(5, 'x').uniform(at));
    const back = cardToPicture(0.6, drawn);
    const found = done({ kind: 'perspective', distortion: 0.6, fill: 'white', chance: 1 }, 5);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [u, v] = back((x + 0.5) / width, (y + 0.5) / height);
        const [fromX, fromY] = [u * width - 0.5, v * height - 0.5];
        const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
        for (const channel of [0, 1, 2]) {
          const at = (px: number, py: number): number => (px < 0 || py < 0 || px >= width || py >= height ? 255 : (bytes[(py * width + px) * 3 + channel] ?? 0));
          const [right, down] = [fromX - left, fromY - top];
          const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
          const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
          expect(found[(y * width + x) * 3 + channel]).toBe(clamp(upper * (1 - down) + lower * down));
        }
      }
    expect(done({ kind: 'perspective', distortion: 0, fill: 'white', chance: 1 })).toEqual(list(bytes));
  }); // prettier-ignore

  test('rotate by a quarter: a square turns, and what comes from outside is filled', () => {
    const quarter = done({ kind: 'rotate', angle: [Math.PI / 2, Math.PI / 2], fill: 'white', chance: 1 });
    // around (2.5, 1.5): (x, y) shows what lay at (4 − y, x − 1)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [fromX, fromY] = [4 - y, x - 1];
        const inside = fromY >= 0 && fromY < height;
        expect(pixel(quarter, x, y)).toEqual(inside ? pixel(bytes, fromX, fromY) : [255, 255, 255]);
      }
  });

  test('rand_augment: posterise, solarise, stretch and equalise by their formulas, a shift moves whole pixels', () => {
    const pixels = { width, height, channels: 3, data: bytes };
    expect(list(posterised(pixels, 4).data)).toEqual(list(bytes).map((value) => Math.floor(value / 16) * 16));
    expect(list(solarised(pixels, 100).data)).toEqual(list(bytes).map((value) => (value < 100 ? value : 255 - value)));
    const reds = list(bytes).filter((_, at) => at % 3 === 0);
    const [low, high] = [Math.min(...reds), Math.max(...reds)];
    expect(list(stretched(pixels).data).filter((_, at) => at % 3 === 0)).toEqual(reds.map((value) => Math.round(((value - low) * 255) / (high - low)))); // prettier-ignore
    const shifted = affine(pixels, [1, 0, -2, 0, 1, 1]).data;
    expect(pixel(shifted, 3, 1)).toEqual(pixel(bytes, 1, 2));
    expect(pixel(shifted, 1, 0)).toEqual([0, 0, 0]);
    // 300 bytes, half of them 10 and half 20: the steps of Pillow’s table
    const halves = Uint8Array.from({ length: 900 }, (_, at) => (at < 450 ? 10 : 20));
    const even = equalised({ width: 30, height: 10, channels: 3, data: halves });
    expect(new Set(even.data)).toEqual(new Set([10, 20]));
    const many = Uint8Array.from({ length: 3000 }, (_, at) => (at < 1500 ? 10 : 20));
    expect(new Set(equalised({ width: 100, height: 10, channels: 3, data: many }).data)).toEqual(new Set([0, 255]));
  });

  test('cutout: a square is filled and nothing else changes', () => {
    const cut = done({ kind: 'cutout', side: 0.5, fill: 'black', chance: 1 }, 5);
    const changed = Array.from({ length: width * height }, (_, k) => pixel(cut, k % width, Math.floor(k / width)).every((value) => value === 0)); // prettier-ignore
    expect(changed.filter(Boolean).length).toBeGreaterThan(0);
    expect(changed.filter(Boolean).length).toBeLessThanOrEqual(4);
    changed.forEach((isCut, k) => {
      if (!isCut)
        expect(pixel(cut, k % width, Math.floor(k / width))).toEqual(pixel(bytes, k % width, Math.floor(k / width)));
    });
  });
});

describe('what is erased, cut at several scales, dropped and put in another order', () => {
  test('erase: the part that a crop of the same draws would show is filled with noise', () => {
    const [area, aspect] = [[0.2, 0.4], [0.5, 2]] as const; // prettier-ignore
    const noise = (at: number): number => ((at * 13) % 100) / 100;
    const picture: Picture = { kind: 'colours', pixels: { width, height, channels: 3, data: bytes } };
    const fractions: number[] = [];
    for (const seed of [1, 2, 3, 4, 5]) {
      const site = { dice: new Dice(stream(seed, 'x'), 0), noise, still: false };
      const [result] = doPictureStep([picture], { kind: 'erase', area, aspect, fill: 'random', chance: 1 }, site);
      const erased = result?.kind === 'colours' ? list(result.pixels.data) : [];
      // torchvision's draw of the rectangle, with the same numbers
      const from = stream(seed, 'x');
      let at = 0;
      const next = (): number => from.uniform(at++);
      let rectangle = [0, 0, 0, 0];
      for (let attempt = 0; attempt < 10; attempt++) {
        const wanted = width * height * (area[0] + (area[1] - area[0]) * next());
        const ratio = aspect[0] * (aspect[1] / aspect[0]) ** next();
        const [w, h] = [Math.round(Math.sqrt(wanted * ratio)), Math.round(Math.sqrt(wanted / ratio))];
        if (w < 1 || h < 1 || w > width || h > height) continue;
        const top = Math.floor(next() * (height - h + 1));
        rectangle = [Math.floor(next() * (width - w + 1)), top, w, h];
        break;
      }
      const [left = 0, top = 0, w = 0, h = 0] = rectangle;
      fractions.push((w * h) / (width * height));
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const inside = x >= left && x < left + w && y >= top && y < top + h;
          const own = pixel(erased, x, y);
          if (!inside) expect(own).toEqual(pixel(bytes, x, y));
          // each number a byte of its own, of the noise alone
          else for (const value of own) expect(Array.from({ length: 300 }, (_, k) => Math.floor(noise(k) * 256))).toContain(value); // prettier-ignore
        }
    }
    for (const fraction of fractions) expect(fraction).toBeGreaterThan(0.08);
    expect(new Set(fractions).size).toBeGreaterThan(1);
  });

  test('multi_scale_crop: of neighbouring scales a part at one of thirteen places', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const from = stream(seed, 'x');
      const pairs = [[1, 1], [1, 0.5], [0.5, 1], [0.5, 0.5]]; // prettier-ignore
      const [across = 1, down = 1] = pairs[Math.floor(from.uniform(0) * 4)] ?? [];
      const places = [[0, 0], [4, 0], [0, 4], [4, 4], [2, 2], [0, 2], [4, 2], [2, 4], [2, 0], [1, 1], [3, 1], [1, 3], [3, 3]]; // prettier-ignore
      const [x = 0, y = 0] = places[Math.floor(from.uniform(1) * 13)] ?? [];
      const [w, h] = [width * across, height * down];
      const [left, top] = [Math.floor(((width - w) * x) / 4), Math.floor(((height - h) * y) / 4)];
      const part = Uint8Array.from({ length: w * h * 3 }, (_, k) => pixel(bytes, left + (Math.floor(k / 3) % w), top + Math.floor(k / 3 / w))[k % 3] ?? 0); // prettier-ignore
      const expected = w === width && h === height ? bytes : resizeSmooth({ width: w, height: h, channels: 3, data: part }, width, height).data; // prettier-ignore
      expect(done({ kind: 'multi_scale_crop', scales: [1, 0.5] }, seed)).toEqual(list(expected));
      seen.add(`${w} x ${h}`);
    }
    expect(seen.size).toBe(4);
  });

  test('drop_words: each word goes by a draw of its own, and the first stays where all would go', () => {
    const words = 'one two three four five six';
    const kept = (chance: number, seed: number): string =>
      doTextStep(words, { kind: 'drop_words', chance }, new Dice(stream(seed, 'w'), 0), () => '');
    for (const seed of [1, 2, 3]) {
      const from = stream(seed, 'w');
      const expected = words.split(' ').filter((_, at) => from.uniform(at) >= 0.5);
      expect(kept(0.5, seed)).toBe(expected.length === 0 ? 'one' : expected.join(' '));
    }
    expect(kept(1, 1)).toBe('one');
    expect(kept(0, 1)).toBe(words);
  });

  test('shuffle: points change places and stay whole', () => {
    const points = Float32Array.from({ length: 30 }, (_, at) => at);
    const triples = (values: ArrayLike<number>): string[] => Array.from({ length: 10 }, (_, at) => list(values).slice(3 * at, 3 * at + 3).join()); // prettier-ignore
    const moved = doPointStep(points, { kind: 'point_order' }, new Dice(stream(4, 'p'), 0));
    expect(triples(moved)).not.toEqual(triples(points));
    expect(triples(moved).toSorted()).toEqual(triples(points).toSorted());
    // Fisher and Yates from the last place down
    const from = stream(4, 'p');
    const order = Array.from({ length: 10 }, (_, at) => at);
    for (let at = 9, draw = 0; at > 0; at--, draw++) {
      const other = Math.floor(from.uniform(draw) * (at + 1));
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
    expect(triples(moved)).toEqual(order.map((at) => triples(points)[at]));
  });
});

describe('an operation of sounds', () => {
  const tone = Float32Array.from({ length: 400 }, (_, k) => Math.sin((2 * Math.PI * 20 * k) / 400) / 2);
  const heard = (
    step: SoundStep,
    seed = 1,
    still = false,
    ears: readonly Float32Array[] = [tone, tone],
  ): readonly Float32Array[] => {
    const noise = stream(seed, 'noise');
    return doSoundStep(ears, step, {
      dice: new Dice(stream(seed, 'x'), 0),
      noise: (at) => noise.uniform(at),
      rate: 400,
      still,
    });
  };
  const power = (values: ArrayLike<number> | undefined): number => list(values).reduce((sum, value) => sum + value * value, 0) / (values?.length ?? 1); // prettier-ignore

  test('turn it around, make it faster, cut it', () => {
    expect(list(heard({ kind: 'sound_reverse', chance: 1 })[1])).toEqual(list(tone).reverse());
    const [faster] = heard({ kind: 'sound_speed', factor: [2, 2] });
    expect(faster).toHaveLength(200);
    // twice as fast is every second sample of a slow tone
    for (let k = 20; k < 180; k++) expect(faster?.[k]).toBeCloseTo(tone[2 * k] ?? 0, 2);
    const [middle] = heard({ kind: 'sound_window', seconds: 0.5 }, 1, true);
    expect(list(middle)).toEqual(list(tone.subarray(100, 300)));
    const [left, right] = heard({ kind: 'sound_window', seconds: 0.5 }, 3);
    expect(list(left)).toEqual(list(right));
    expect(list(heard({ kind: 'sound_window', seconds: 2, pad: 'edge' })[0]).slice(398)).toEqual([...list(tone.subarray(398)), ...Array.from({ length: 400 }, () => tone[399])]); // prettier-ignore
    expect(heard({ kind: 'sound_window', seconds: 2 })[0]).toHaveLength(400);
  });

  test('add noise that is as far below it as is said, another in each ear', () => {
    const long = Float32Array.from({ length: 20000 }, (_, k) => Math.sin(k) / 4);
    const [left, right] = heard({ kind: 'sound_noise', snr: [20, 20], chance: 1 }, 1, false, [long, long]);
    const noise = long.map((value, k) => (left?.[k] ?? 0) - value);
    expect(10 * Math.log10(power(long) / power(noise))).toBeCloseTo(20, 0);
    expect(list(left).slice(0, 9)).not.toEqual(list(right).slice(0, 9));
  });
});

describe('a view', () => {
  const crop: ViewStep = { kind: 'crop', area: [0.3, 0.7], aspect: [0.75, 4 / 3] };
  const flip: ViewStep = { kind: 'flip', along: 'width', chance: 0.5 };

  test('is the column itself in an evaluation, and under the same key', async () => {
    const set = await opened([
      imageView('v', view('face', [crop, flip, { kind: 'blur', sigma: [0.1, 2], chance: 0.5 }])),
    ]);
    const batch = await set.batch([0, 1], ['v', 'face'], undefined);
    expect(batch['v']).toEqual(batch['face']);
    const [own, other] = [await set.contentKey(0, ['v']), await set.contentKey(0, ['face'])];
    // keys name their column; what differs is that name alone
    expect(own).not.toBe(other);
  });

  test('keeps in an evaluation what is not drawn', async () => {
    const set = await opened([imageView('v', view('face', [flip, { kind: 'gray', chance: 1 }]))]);
    const batch = await set.batch([0], ['v'], undefined);
    expect(list(batch['v']?.data)).toEqual(done({ kind: 'gray', chance: 1 }));
  });

  test('draws another one for each sample and epoch, the same for the same seed', async () => {
    const column = imageView('v', view('face', [crop, flip]));
    const set = await opened([column]);
    const draw = async (from: Dataset, epoch: number): Promise<string[]> => {
      const batch = await from.batch([0, 1, 2], ['v'], epoch);
      const size = width * height * 3;
      return [0, 1, 2].map((at) => list(batch['v']?.data.subarray(at * size, (at + 1) * size)).join(' '));
    };
    const first = await draw(set, 0);
    expect(new Set([...first, ...(await draw(set, 1))]).size).toBe(6);
    expect(await draw(await opened([column]), 0)).toEqual(first);
    expect(await draw(await opened([column], 2), 0)).not.toEqual(first);
    // by itself or in a batch, in any order
    const alone = await set.batch([2], ['v'], 0);
    expect(list(alone['v']?.data).join(' ')).toBe(first[2]);
  });

  test('moves a picture and its mask together', async () => {
    const steps: ViewStep[] = [crop, flip, { kind: 'jitter', brightness: [0.5, 1.5], contrast: [1, 1], saturation: [1, 1], hue: [0, 0], chance: 1 }]; // prettier-ignore
    const own = { stream: 'augment:a' };
    const moved: ViewStep[] = [
      { kind: 'scale', factor: [1, 1] },
      { kind: 'window', height: 3, width: 3, fill: 'black' },
      flip,
    ];
    const columns: Column[] = [
      imageView('a', view('face', moved, own), { height: 3, width: 3 }),
      {
        kind: 'mask',
        name: 'y',
        height: 3,
        width: 3,
        fit: 'cover',
        vocabulary: 'thing',
        view: view('label', moved, own),
      },
      imageView('b', view('face', steps, own)),
      { kind: 'mask', name: 'z', height, width, fit: 'cover', vocabulary: 'thing', view: view('label', steps, own) },
    ];
    const set = await opened(columns);
    const batch = await set.batch([0, 1, 2], ['a', 'y', 'z'], 4);
    // a window moves whole pixels: the number in the mask says which pixel of the picture lies there
    for (let at = 0; at < 27; at++) {
      const from = batch['y']?.data[at] ?? 0;
      expect(pixel(batch['a']?.data ?? [], at % 9, Math.floor(at / 9), 9)).toEqual(pixel(bytes, from % width, Math.floor(from / width))); // prettier-ignore
    }
    expect(list(batch['z.mask']?.data).every((known) => known === 1)).toBe(true);
    const still = await set.batch([0], ['y'], undefined);
    expect(list(still['y']?.data)).toEqual([1, 2, 3, 7, 8, 9, 13, 14, 15]);
  });

  test('takes of ten windows the first in which no class has too large a share', async () => {
    // a mask of two classes: the left column is one, the rest another
    const mask = Uint8Array.from({ length: width * height }, (_, at) => (at % width === 0 ? 1 : 0));
    const halved = await sharp(mask, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    write(project, 'data/two.tar', await tarOf({ 'a.png': members['a.png'] ?? bytes, 'a.mask.png': halved }));
    const step: ViewStep = { kind: 'window', height: 2, width: 2, fill: 'black', mostOfOne: 0.75 };
    const own = { stream: 'augment:a', along: ['face', 'label'] };
    const columns: Column[] = [
      ...base,
      imageView('a', view('face', [step], own), { height: 2, width: 2 }),
      { kind: 'mask', name: 'y', height: 2, width: 2, fit: 'cover', vocabulary: 'thing', view: view('label', [step], own) },
    ]; // prettier-ignore
    const data = [spec('d', { kind: 'shards', path: 'data/two.tar' }, { columns: { face: path('png'), label: path('mask.png') } })]; // prettier-ignore
    const vocabularies = [{ name: 'thing', entries: words, groups: {} }];
    const set = await createDataRoom(plan({ columns, vocabularies, data }), { projectFolder: project, seed: 1 }).open('d'); // prettier-ignore
    let mixed = 0;
    for (let epoch = 0; epoch < 20; epoch++) {
      const batch = await set.batch([0], ['a', 'y'], epoch);
      if (new Set(batch['y']?.data).size < 2) continue;
      mixed += 1;
      // a mixed window begins at the left: so does that of the picture
      const rows = Array.from({ length: height }, (_, y) => pixel(bytes, 0, y).join());
      expect(rows).toContain(pixel(batch['a']?.data ?? [], 0, 0, 2).join());
    }
    // one window in five is mixed: at least one of ten draws is, in nine cases of ten
    expect(mixed).toBeGreaterThan(12);
  });

  test('of several draws has an axis of them', async () => {
    const set = await opened([imageView('v', view('face', [crop], { count: 4 }))]);
    const batch = await set.batch([0, 1], ['v'], 0);
    expect(batch['v']?.shape).toEqual([2, 4, height, width, 3]);
    const size = width * height * 3;
    const draws = [0, 1, 2, 3].map((at) => list(batch['v']?.data.subarray(at * size, (at + 1) * size)).join(' '));
    expect(new Set(draws).size).toBe(4);
  });

  test('of a view draws both', async () => {
    const dark: ViewStep = { kind: 'jitter', brightness: [0.5, 0.5], contrast: [1, 1], saturation: [1, 1], hue: [0, 0], chance: 1 }; // prettier-ignore
    const set = await opened([imageView('v', view('face', [dark])), imageView('w', view('v', [dark]))]);
    const batch = await set.batch([0], ['w'], 0);
    expect(list(batch['w']?.data)).toEqual(list(bytes).map((value) => clamp(clamp(value * 0.5) * 0.5)));
  });

  test('of points scales and shifts them', async () => {
    const steps: ViewStep[] = [{ kind: 'point_scale', factor: [2, 2], apart: false }, { kind: 'point_shift', by: [1, 1], apart: true }]; // prettier-ignore
    const set = await opened([{ kind: 'points', name: 'p', points: 2, view: view('cloud', steps) }]);
    const batch = await set.batch([0], ['p'], 0);
    expect(list(batch['p']?.data)).toEqual([3, 5, 7, 9, 11, 13]);
  });

  test('of texts: cleaned always, with words dropped and swapped in training', async () => {
    const text = (name: string, own?: View): Column => ({ kind: 'text', name, tokenizer: 'clip', ...(own && { view: own }) }); // prettier-ignore
    const clean: ViewStep[] = [{ kind: 'lower' }, { kind: 'strip', characters: '.,' }, { kind: 'words', most: 3 }];
    const columns: Column[] = [
      text('said'), text('back'), text('plain'),
      text('clean', view('said', clean)),
      text('swapped', view('clean', [{ kind: 'swap', column: 'back', chance: 0.5 }])),
      // a prompt with the view in its slot has the words of the view, in every epoch
      { kind: 'text', name: 'quoted', tokenizer: 'clip', template: { templates: [[{ kind: 'value', value: { kind: 'column', column: 'swapped' } }]], over: [], listed: false, vectors: [] } },
    ]; // prettier-ignore
    const map = {
      said: path('json.said'),
      back: path('json.back'),
      plain: { kind: 'template', text: '=a red red' },
    } as const;
    const data = [spec('t', { kind: 'shards', path: 'data/set.tar' }, { columns: map })];
    const tokenizers = [{ id: 'clip', path: `${process.cwd()}/data/tokenizer/clip-small.json`, context: 12 }];
    const room = createDataRoom(plan({ columns, data, tokenizers }), { projectFolder: project, seed: 1 });
    const set = await room.open('t');
    const still = await set.batch([0], ['clean', 'plain', 'swapped'], undefined);
    expect(still['clean.ids']).toEqual(still['plain.ids']);
    expect(still['swapped.ids']).toEqual(still['plain.ids']);
    const [clean0, back0] = [list(still['plain.ids']?.data).join(), list((await set.batch([0], ['back'], 0))['back.ids']?.data).join()]; // prettier-ignore
    const seen = new Set<string>();
    for (let epoch = 0; epoch < 8; epoch++) {
      const batch = await set.batch([0], ['swapped', 'quoted'], epoch);
      expect(list(batch['quoted.ids']?.data)).toEqual(list(batch['swapped.ids']?.data));
      seen.add(list(batch['swapped.ids']?.data).join());
    }
    expect([...seen].sort()).toEqual([clean0, back0].sort());
  });
});
