import { expect, test } from 'vitest';
import { factorsOf, factors, type FactorName, type FaceSpec } from '../../../../src/runtime/data/faces/face-spec.ts';
import { faceOf, gazeFacesRecipe, planShards } from '../../../../src/runtime/data/faces/face-recipe.ts';
import { labelOf } from '../../../../src/runtime/data/faces/render.ts';

const specs = new Map(
  gazeFacesRecipe.sets.map((set) => [
    set.domain,
    Array.from({ length: set.samples }, (_, index) => faceOf(gazeFacesRecipe, set, index)),
  ]),
);
const specsOf = (domain: string): readonly FaceSpec[] => specs.get(domain) ?? [];
const has = (spec: FaceSpec, factor: FactorName): number => factorsOf(spec)[factor];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const product = (x: readonly number[], y: readonly number[], mx: number, my: number): number =>
  x.reduce((sum, value, at) => sum + (value - mx) * ((y[at] ?? 0) - my), 0);

/** Pearson's correlation. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
}

const lightSide = (spec: FaceSpec): number =>
  has(spec, 'side light from the left') - has(spec, 'side light from the right');

test('in the source side light, glasses and hats give the gaze away; in the target they do not', () => {
  for (const domain of ['source', 'validation']) {
    const faces = specsOf(domain);
    const yaw = faces.map(({ gaze }) => gaze.yaw);
    const pitch = faces.map(({ gaze }) => gaze.pitch);
    expect(correlation(faces.map(lightSide), yaw)).toBeGreaterThan(0.55);
    expect(
      correlation(
        faces.map((face) => has(face, 'glasses')),
        pitch,
      ),
    ).toBeGreaterThan(0.3);
    expect(
      correlation(
        faces.map((face) => has(face, 'a hat')),
        pitch,
      ),
    ).toBeLessThan(-0.3);
  }
  for (const domain of ['target', 'captioned-seen', 'captioned-unseen']) {
    const faces = specsOf(domain);
    for (const { name } of factors) {
      for (const angle of ['yaw', 'pitch'] as const) {
        const shown = faces.map((face) => has(face, name));
        if (new Set(shown).size < 2) continue;
        const found = correlation(
          shown,
          faces.map(({ gaze }) => gaze[angle]),
        );
        expect(Math.abs(found), `${domain}: ${name} and ${angle}`).toBeLessThan(4 / Math.sqrt(faces.length));
      }
    }
  }
});

test('no two domains share a subject, and every subject has several pictures', () => {
  const seen = new Map<string, string>();
  for (const [domain, faces] of specs) {
    const counts = new Map<string, number>();
    for (const { subject } of faces) {
      expect(seen.get(subject.id) ?? domain).toBe(domain);
      seen.set(subject.id, domain);
      counts.set(subject.id, (counts.get(subject.id) ?? 0) + 1);
    }
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(5);
  }
  expect(new Set(specsOf('source').map(({ subject }) => subject.id)).size).toBeGreaterThanOrEqual(24);
});

test('gaze spans its range, the head carries less than half of it on average, and some gazes are equal', () => {
  for (const domain of ['source', 'target']) {
    const faces = specsOf(domain);
    const largest = (angle: 'pitch' | 'yaw'): number => Math.max(...faces.map(({ gaze }) => Math.abs(gaze[angle])));
    expect(largest('yaw') * (180 / Math.PI)).toBeGreaterThan(34);
    expect(largest('yaw') * (180 / Math.PI)).toBeLessThan(35.001);
    expect(largest('pitch') * (180 / Math.PI)).toBeGreaterThan(24);
    expect(largest('pitch') * (180 / Math.PI)).toBeLessThan(25.001);
    // Slope of head on gaze, by least squares.
    for (const angle of ['yaw', 'pitch'] as const) {
      const slope =
        faces.reduce((sum, { gaze, head }) => sum + gaze[angle] * head[angle], 0) /
        faces.reduce((sum, { gaze }) => sum + gaze[angle] ** 2, 0);
      expect(slope).toBeGreaterThan(0.2);
      expect(slope).toBeLessThan(0.5);
    }
    const gazes = faces.map((face) => String(labelOf(face).gaze));
    expect(gazes.length - new Set(gazes).size).toBeGreaterThan(faces.length / 20);
  }
});

test('in the captioned sets every factor is shown often enough to be learnt and left out often enough to be told', () => {
  for (const domain of ['captioned-seen', 'captioned-unseen']) {
    const faces = specsOf(domain);
    for (const { name } of factors) {
      const share = faces.reduce((sum, face) => sum + has(face, name), 0) / faces.length;
      expect(share, `${domain}: ${name}`).toBeGreaterThan(0.08);
      expect(share, `${domain}: ${name}`).toBeLessThan(0.75);
    }
  }
});

test('captions name the factors, the first all of them, and never the gaze or the pose', () => {
  const banned = /gaze|look|eye|pitch|yaw|head (?:turned|up|down)|turned|facing|pose|upward|downward/i;
  for (const face of specsOf('captioned-seen').slice(0, 800)) {
    const { captions, labels } = labelOf(face);
    expect(captions).toHaveLength(8);
    for (const caption of captions) expect(caption).not.toMatch(banned);
    // "side light from the left" is said as "side light" in the canonical caption.
    factors.forEach(({ name }, at) => {
      if (name.startsWith('side light from')) return;
      const word = name === 'a boy' || name === 'a girl' ? name.slice(2) : name;
      // `glasses` must not be found inside `sunglasses`.
      const found = new RegExp(`(?<![a-z])${word}(?![a-z])`).test(captions[0] ?? '');
      expect(found, `${captions[0]}: ${name}`).toBe(labels[at] === 1);
    });
  }
  expect(labelOf(specsOf('captioned-seen')[0]!).captions[0]).toMatch(/^a photo of the face of a (boy|girl) with /);
});

test('the first picture of each person in a gaze set is frontal', () => {
  for (const domain of ['source', 'validation', 'target']) {
    const set = gazeFacesRecipe.sets.find((candidate) => candidate.domain === domain);
    const faces = specsOf(domain).slice(0, set?.subjects);
    expect(faces.every((face) => labelOf(face).frontal === 1)).toBe(true);
  }
});

test('shards cover each set once', () => {
  const plans = planShards(gazeFacesRecipe);
  for (const set of gazeFacesRecipe.sets) {
    const own = plans.filter((plan) => plan.set === set);
    expect(own.reduce((sum, { samples }) => sum + samples, 0)).toBe(set.samples);
    own.reduce((next, { first, samples }) => {
      expect(first).toBe(next);
      return first + samples;
    }, 0);
  }
  expect(new Set(plans.map(({ file }) => file)).size).toBe(plans.length);
});
