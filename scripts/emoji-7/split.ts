/**
 * Splits concepts, never pictures: related names stay on one side, so that "locked" can not teach "locked with key".
 */
import { createHash } from 'node:crypto';
import type { Concept } from './concepts.ts';

/** Words that vary a thing without making it another: colours, directions, sizes, sexes, numbers, and grammar. */
const modifiers = new Set(
  (
    'a an the of with without and or in on at to behind from for under not no ' +
    'red orange yellow green blue purple brown black white gold silver ' +
    'left right up down upwards downwards upper lower clockwise counterclockwise pointing facing oncoming tilted curving raised lowered ' +
    'small medium large big low high volume open closed full new old fast oncoming incoming outbox inbox ' +
    'man men woman women person people boy girl male female mans womans ' +
    '1st 2nd 3rd first second third one two three double single last next ' +
    'face front back button symbol sign increasing decreasing heavy light button waxing waning quarter gibbous crescent'
  ).split(' '),
);

/** A name that is only such a word (or a bare heart of many) does not tie together everything that contains it. */
const generic = new Set(['star', 'hand', 'arrow', 'smiling', 'square', 'circle', 'mark', 'fish', 'water', 'eye', 'ear', 'mouth', 'nose', 'tongue', 'ring', 'bed', 'hat', 'flag', 'house', 'tree', 'leaf']); // prettier-ignore

/** Groups of related names: equal but for modifiers, one within the other, or two of three words in common, or the same head noun. */
export function relatedGroups(concepts: readonly Concept[]): Concept[][] {
  const parent = concepts.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) at = parent[at] ?? at;
    return at;
  };
  const words = concepts.map((concept) => contentWords(concept.name));
  const heads = concepts.map((concept) => headNoun(concept.name));
  for (let a = 0; a < concepts.length; a++) {
    for (let b = a + 1; b < concepts.length; b++) {
      const sameHead = heads[a] === heads[b] && !generic.has(heads[a] ?? '');
      if (sameHead || related(words[a] ?? [], words[b] ?? [])) parent[root(b)] = root(a);
    }
  }
  const groups = new Map<number, Concept[]>();
  concepts.forEach((concept, index) => {
    const members = groups.get(root(index)) ?? [];
    members.push(concept);
    groups.set(root(index), members);
  });
  return [...groups.values()];
}

function related(a: readonly string[], b: readonly string[]): boolean {
  const [small, large] = a.length <= b.length ? [a, b] : [b, a];
  if (small.length === 0) return false;
  if (small.length < large.length && small.every((word) => generic.has(word))) return false;
  const shared = small.filter((word) => large.includes(word)).length;
  return shared === small.length || (shared >= 2 && shared >= large.length - 1);
}

/** "wine glass" and "cocktail glass", "yen banknote" and "pound banknote": what stands last before a preposition. */
function headNoun(name: string): string {
  const phrase = name.split(/ (?:with|without|of|in|on|from|for|behind|over|at|showing) /)[0] ?? name;
  const words = contentWords(phrase, false);
  return words[words.length - 1] ?? name;
}

/** The words that say what the thing is, plurals folded; a name made of modifiers only keeps them all. */
function contentWords(name: string, sorted = true): string[] {
  const words = name
    .replace(/'s?/g, '')
    .split(/[ -]/)
    .map((word) => word.replace(/(?<=[a-z]{3})(?<!s)s$/, ''));
  const content = words.filter((word) => !modifiers.has(word));
  const distinct = [...new Set(content.length > 0 ? content : words)];
  return sorted ? distinct.sort() : distinct;
}

function rank(group: readonly Concept[]): string {
  return createHash('sha256').update(`emoji-7 split 1\n${group[0]?.slug}`).digest('hex');
}

/**
 * Chooses `count` concepts as held out, by whole groups, each category in proportion.
 * The order is that of a digest of the group, so that it depends on nothing else in the list.
 * Groups above `largest` always train: one family of hearts would otherwise be a tenth of the test.
 */
export function heldOut(concepts: readonly Concept[], count: number, largest = 6): Set<string> {
  const groups = relatedGroups(concepts);
  const categories = [...new Set(concepts.map((concept) => concept.category))].sort();
  const chosen = new Set<string>();
  let considered = 0;
  for (const category of categories) {
    considered += concepts.filter((concept) => concept.category === category).length;
    // Cumulative quotas: rounding never accumulates and the last category ends exactly at `count`.
    const quota = Math.round((count * considered) / concepts.length);
    const candidates = groups
      .filter((group) => group[0]?.category === category && group.length <= largest)
      .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    for (const group of candidates) {
      if (chosen.size + group.length > quota) continue;
      for (const concept of group) chosen.add(concept.slug);
    }
  }
  return chosen;
}
