/** What is said of a face in words: its factors, never where the eyes or the head point. */
import { stream } from '../../random.ts';
import type { FaceSpec } from './face-spec.ts';
import { darkBelow, paleAbove } from './face-spec.ts';

const captionsPerFace = 8;

interface Phrases {
  /** After `with`: things that are worn, grown or shown. */
  readonly features: readonly string[];
  /** After a comma: light, background, camera. */
  readonly conditions: readonly string[];
  readonly person: 'boy' | 'girl';
}

/** The canonical phrases, and the same with the colours and cuts that have no factor of their own. */
function phrasesOf(spec: FaceSpec, detailed: boolean): Phrases {
  const lightness = spec.subject.coefficients[6] ?? 0;
  const features: string[] = [];
  if (spec.eyewear === 'glasses') features.push(detailed ? `${spec.eyewearDye} glasses` : 'glasses');
  if (spec.eyewear === 'sunglasses') features.push('sunglasses');
  if (spec.hat !== undefined) features.push(detailed ? `a ${spec.hat.dye} hat` : 'a hat');
  if (spec.beard) features.push('a beard');
  features.push(spec.subject.hair === 'bald' ? 'a bald head' : spec.subject.hair);
  if (lightness > paleAbove) features.push('pale skin');
  if (lightness < darkBelow) features.push('dark skin');
  if (spec.makeup) features.push('makeup');
  if (spec.happy) features.push('a happy expression');
  if (spec.openMouth) features.push('an open mouth');
  const conditions: string[] = [];
  if (spec.lighting === 'bright') conditions.push('in bright light');
  if (spec.lighting === 'dark') conditions.push('in darkness');
  if (spec.lighting === 'from the left' || spec.lighting === 'from the right') {
    conditions.push(detailed ? `in side light ${spec.lighting}` : 'in side light');
  }
  if (spec.motionBlur) conditions.push('with motion blur');
  if (spec.sensorNoise) conditions.push('with sensor noise');
  if (spec.lowResolution) conditions.push('in low resolution');
  if (spec.colourfulBackground) conditions.push('on a colourful background');
  return { features, conditions, person: spec.subject.sex };
}

const openings = ['a photo of', 'an image of', 'a picture of', 'a portrait of', 'a close photo of'];

function list(items: readonly string[]): string {
  const last = items.at(-1);
  return items.length < 2 || last === undefined ? items.join('') : `${items.slice(0, -1).join(', ')} and ${last}`;
}

function sentence(opening: string, noun: string, features: readonly string[], conditions: readonly string[]): string {
  const worn = features.length === 0 ? '' : ` with ${list(features)}`;
  return `${opening} ${noun}${worn}${conditions.map((condition) => `, ${condition}`).join('')}`;
}

/**
 * `captionsPerFace` captions. The first names every factor in a fixed order; the others choose an opening, an order and
 * a part of the factors, so that each factor is also met nearly alone.
 */
export function captionsOf(spec: FaceSpec): string[] {
  const random = stream(spec.draw.seed, `${spec.draw.name}:captions`);
  const plain = phrasesOf(spec, false);
  const captions = [sentence('a photo of', `the face of a ${plain.person}`, plain.features, plain.conditions)];
  for (let variant = 1; variant < captionsPerFace; variant++) {
    const draw = (index: number): number => random.uniform(variant * 64 + index);
    const { features, conditions, person } = phrasesOf(spec, draw(0) < 0.6);
    const noun = draw(1) < 0.35 ? 'a face' : draw(1) < 0.7 ? `a ${person}` : `the face of a ${person}`;
    const opening = openings[random.integer(openings.length, variant * 64 + 1)] ?? 'a photo of';
    // Half of the variants drop much, half little.
    const keep = variant % 2 === 0 ? 0.85 : 0.5;
    const order = random.permutation(features.length, variant);
    const shown = [...order].filter((at) => draw(4 + at) < keep).map((at) => features[at] ?? '');
    const under = conditions.filter((_, at) => draw(24 + at) < keep);
    // At least one factor is always named.
    const kept = shown.length + under.length === 0 ? features.slice(0, 1) : shown;
    captions.push(sentence(opening, noun, kept, under));
  }
  return captions;
}
