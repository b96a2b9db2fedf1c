import type { CheckedExperiment } from '../../check/checked.ts';
import { promptText } from '../../check/prompt-words.ts';
import { counted, formatCount } from '../../common/format-number.ts';
import type { Program } from '../../program/program.ts';
import { vocabularyOriginWords, type VocabularyOrigin } from '../../program/vocabulary.ts';
import { inputWords } from '../../program/words.ts';
import { canonical } from '../digest.ts';
import type { Change } from '../change.ts';
import type { Sides } from '../sides.ts';

type Prompt = CheckedExperiment['prompts'][number];
type Vocabulary = CheckedExperiment['vocabularies'][number];

/** Inputs, prompts with a rendered example, vocabularies with the words that came and went. */
export function wordChanges(sides: Sides): Change[] {
  return [...inputs(sides), ...prompts(sides), ...vocabularies(sides)];
}

// ── inputs ───────────────────────────────────────────────────────────

function inputs(sides: Sides): Change[] {
  return sides.pairs('input', sides.base.checked.columns, sides.head.checked.columns).flatMap(({ base, head }): Change[] => {
    const weight = sides.classOf((reading) => ({ protocol: reading.protocol.columns.has(base?.name ?? head?.name ?? ''), training: reading.training.columns.has(base?.name ?? head?.name ?? '') }));
    const places = { base: base && sides.declared('base', base.name, 'value'), head: head && sides.declared('head', head.name, 'value'), class: weight };
    const path = `input ${(base ?? head)?.name ?? ''}`;
    const changes: Change[] = [];
    if (base !== undefined && head !== undefined && base.name !== head.name)
      changes.push(sides.change('input-renamed', path, base.name, head.name, `${base.name} is now called ${head.name}`, { ...places, class: 'cosmetic' }));
    const [before, after] = [base && inputWords(base), head && inputWords(head)];
    if (before !== after)
      changes.push(sides.change('input-type', path, before ?? null, after ?? null, before === undefined ? `+ ${head?.name ?? ''} : ${after ?? ''}` : after === undefined ? `− ${base?.name ?? ''} : ${before}` : `${head?.name ?? ''}: ${before} → ${after}`, places));
    return changes;
  }); // prettier-ignore
}

// ── prompts ──────────────────────────────────────────────────────────

function prompts(sides: Sides): Change[] {
  return sides.pairs('prompt', sides.base.checked.prompts, sides.head.checked.prompts).flatMap(({ base, head }): Change[] => {
    const names = [base?.name, head?.name].filter((name) => name !== undefined);
    const weight = sides.classOf((reading) => ({ protocol: names.some((name) => reading.protocol.prompts.has(name)), training: names.some((name) => reading.training.prompts.has(name)) }));
    const example = { before: base === undefined ? null : exampleOf(sides.base.program, base), after: head === undefined ? null : exampleOf(sides.head.program, head) };
    const places = { base: base?.span, head: head?.span, effect: { example }, class: weight };
    const path = `prompt ${names[0] ?? ''}`;
    const [before, after] = [base && templatesOf(base), head && templatesOf(head)];
    if (before === undefined) return [sides.change('prompt-added', path, null, after ?? [], `+ ${names[0] ?? ''} = ${quoted(after)}${shown(example.after)}`, places)];
    if (after === undefined) return [sides.change('prompt-removed', path, before, null, `− ${names[0] ?? ''} = ${quoted(before)}`, places)];
    const changes: Change[] = [];
    if (names[0] !== names[1])
      changes.push(sides.change('prompt-renamed', path, names[0] ?? null, names[1] ?? null, `${names[0] ?? ''} is now called ${names[1] ?? ''}`, { base: base?.span, head: head?.span }));
    if (canonical(before.map((each) => renamedSlots(each, sides))) !== canonical(after) || slotsOf(base, sides.names.vocabulary) !== slotsOf(head))
      changes.push(sides.change('prompt-text', path, before, after, `${names[1] ?? ''}: ${quoted(before)} → ${quoted(after)}${shown(example.after)}`, places));
    return changes;
  }); // prettier-ignore
}

/** Templates as they are, a slot in braces. */
const templatesOf = (prompt: Prompt): string[] => prompt.templates.map((parts) => promptText(prompt, parts));

const slotsOf = (prompt: Prompt | undefined, renamed: ReadonlyMap<string, string> = new Map()): string =>
  canonical(prompt?.over.map((axis) => renamed.get(axis.name) ?? axis.name) ?? []);

function renamedSlots(template: string, { names }: Sides): string {
  return template.replace(/\{([^{}]*)\}/g, (_slot, name: string) => `{${names.vocabulary.get(name) ?? name}}`);
}

function quoted(templates: readonly string[] | undefined): string {
  const [first = '', ...rest] = templates ?? [];
  return `"${first}"${rest.length === 0 ? '' : ` and ${counted(rest.length, 'more template')}`}`;
}

const shown = (example: string | null): string => (example === null ? '' : `; for example "${example}"`);

/** The first text that a tower reads. */
function exampleOf(program: Program, prompt: Prompt): string | null {
  return program.texts.find((table) => table.id.startsWith(`${prompt.name}@`))?.texts[0] ?? null;
}

// ── vocabularies ─────────────────────────────────────────────────────

function vocabularies(sides: Sides): Change[] {
  return sides.pairs('vocabulary', sides.base.checked.vocabularies, sides.head.checked.vocabularies).flatMap(({ base, head }): Change[] => {
    const names = [base?.name, head?.name].filter((name) => name !== undefined);
    const weight = sides.classOf((reading) => ({ protocol: names.some((name) => reading.protocolWords.has(name)), training: names.some((name) => reading.trainingWords.has(name)) }));
    const places = { base: base && sides.declared('base', base.name, 'axis'), head: head && sides.declared('head', head.name, 'axis'), class: weight };
    const path = `vocabulary ${names[0] ?? ''}`;
    if (base === undefined && head !== undefined) return [sides.change('vocabulary-added', path, null, head.entries, `+ ${head.name}, ${entriesWords(head)}`, places)];
    if (head === undefined && base !== undefined) return [sides.change('vocabulary-removed', path, base.entries, null, `− ${base.name}, ${entriesWords(base)}`, places)];
    if (base === undefined || head === undefined) return [];
    const changes: Change[] = [];
    if (base.name !== head.name)
      changes.push(sides.change('vocabulary-renamed', path, base.name, head.name, `${base.name} is now called ${head.name}`, { ...places, class: 'cosmetic' }));
    const from = base.from && renamedOrigin(base.from, sides);
    const content = ({ entries, groups, shares, columns }: Vocabulary, origin: Vocabulary['from']) => canonical([entries, groups, shares ?? null, columns ?? null, origin ?? null]);
    const before = content(base, from);
    const after = content(head, head.from);
    if (before !== after) changes.push(sides.change('vocabulary-entries', path, wordsOfEntries(base), wordsOfEntries(head), `${head.name}: ${entryDifference(base, head)}`, places));
    return changes;
  }); // prettier-ignore
}

function renamedOrigin(origin: VocabularyOrigin, { names }: Sides): VocabularyOrigin {
  if (origin.kind !== 'columns') return origin;
  return {
    ...origin,
    columns: origin.columns.map(({ data, column }) => ({ data: names.data.get(data) ?? data, column })),
  };
}

const wordsOfEntries = (vocabulary: Vocabulary): string | readonly string[] =>
  vocabulary.from === undefined ? vocabulary.entries : `from ${vocabularyOriginWords(vocabulary.from)}`;

const entriesWords = ({ entries, from }: Vocabulary): string =>
  from === undefined ? counted(entries.length, 'word') : `from ${vocabularyOriginWords(from)}`;

function entryDifference(base: Vocabulary, head: Vocabulary): string {
  if (base.from !== undefined || head.from !== undefined) return `${entriesWords(base)} → ${entriesWords(head)}`;
  const gone = base.entries.filter((word) => !head.entries.includes(word));
  const come = head.entries.filter((word) => !base.entries.includes(word));
  if (gone.length === 0 && come.length === 0)
    return canonical(base.entries) === canonical(head.entries)
      ? 'the same words in other groups'
      : 'the same words in another order, so with other numbers';
  const parts = [come.length === 0 ? '' : `+ ${listed(come)}`, gone.length === 0 ? '' : `− ${listed(gone)}`];
  return `${formatCount(base.entries.length)} → ${counted(head.entries.length, 'word')}: ${parts.filter((part) => part !== '').join('; ')}`;
}

function listed(words: readonly string[]): string {
  const some = words.slice(0, 6).map((word) => `"${word}"`);
  return words.length > 6 ? `${some.join(', ')} and ${formatCount(words.length - 6)} more` : some.join(', ');
}
