import type { RandomStream } from '../../src/runtime/random.ts';
import type { Concept, Style } from './concepts.ts';

export const captionsPerSample = 8;

const templates = [
  'a drawing of a {x}',
  'a {style} drawing of a {x}',
  'a {style} drawing of the {x}',
  'an icon of a {x}',
  'a {style} icon of a {x}',
  'a picture of a {x}',
  'a small {style} picture of a {x}',
  'an emoji of a {x}',
  'a sticker of a {x}',
  '{x}',
];

/** The caption that says the name and nothing else; articles are literal, as in CLIP's own templates. */
export function plainCaption(concept: Concept): string {
  return `a drawing of a ${concept.name}`;
}

/**
 * Eight captions, the plain one first. Of the others: a random template, 1-4 keywords (p 0.8), a phrase that names the
 * category (p 0.35), a keyword in the place of the name (p 0.2). A sample draws 32 words of its own stream per caption.
 */
export function captionsOf(concept: Concept, style: Style, random: RandomStream): string[] {
  const captions = [plainCaption(concept)];
  for (let variant = 1; variant < captionsPerSample; variant++) {
    const at = variant * 32;
    const template = templates[random.integer(templates.length, at)] ?? '{x}';
    const shuffled = concept.keywords
      .map((word, place) => ({ word, order: random.uint32(at + 80000 + place) }))
      .sort((a, b) => a.order - b.order)
      .map(({ word }) => word);
    const replaces = random.uniform(at + 4) < 0.2 && shuffled.length > 0;
    const subject = replaces ? (shuffled.shift() ?? concept.name) : concept.name;
    const parts = [template.replace('{style}', style.word).replace('{x}', subject)];
    if (random.uniform(at + 5) < 0.8) parts.push(...shuffled.slice(0, 1 + random.integer(4, at + 6)));
    if (random.uniform(at + 20) < 0.35)
      parts.push(random.uniform(at + 21) < 0.6 ? concept.category : concept.subcategory);
    captions.push(parts.join(', ').replace(/\ba (?=outlined)/g, 'an '));
  }
  return captions;
}
