import type { Reporter } from '../diagnostics/reporter.ts';
import { columnsOfTemplate } from '../program/text-template.ts';
import { batchAxis, printSize, type Axis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { generate } from '../types/catalogue/functions/generate.ts';
import { Arguments } from './arguments.ts';
import { node } from './build.ts';
import { sizeOfAxis } from './causality/moves.ts';
import { WordsSeen, type WordsRead } from './causality/words-seen.ts';
import type { CheckedTraining } from './checked.ts';
import type { Checker } from './checker.ts';
import { encoderAxis } from './parts/encoder-shape.ts';
import { reachable } from './reachability.ts';
import type { Site } from './site.ts';
import type { GenerateAttributes, Instance, Typed } from './typed.ts';

/** `generate(p, for: said, beam: 5, max: 32)`: the text that p, scores of the next word, finds likeliest, word by word. */
export function generateCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const scores = args.tensor(0);
  const said = args.option('for');
  const beam = args.whole('beam', 'CX5006', 1) ?? defaultOf(generate, 'beam');
  const most = args.whole('max', 'CX5006', 1);
  const penalty = args.number('penalty') ?? defaultOf(generate, 'penalty');
  if (scores === undefined || args.failed) return undefined;
  const { report } = checker;
  if (said === undefined)
    return args.fail('CX3006', '`generate` needs `for:`, the words that the equation reads', 'such as `generate(p, for: said, max: 32)`'); // prettier-ignore
  const place = args.labelled('for')?.span ?? call.span;
  const [own, second] = said.type.axes;
  if (said.op !== 'column' || said.type.element !== 'text' || own?.id !== 'batch' || second !== undefined)
    return report.error('CX3007', place, '`for:` names the texts that the equation reads, one for each sample', {
      found: printAxes(said.type.axes),
      expected: 'an `input` of type `text`',
    });
  if (!hasAxis(scores.type, 'batch'))
    return report.error('CX3003', args.place(0), 'a text is generated for each sample', {
      expected: 'a value with the axis `batch`',
      found: printAxes(scores.type.axes),
    });
  const reading = wordsOf(checker, said.attributes.column);
  const [reader, other] = readersBelow(checker, scores, reading);
  if (reader === undefined)
    return report.error('CX3006', args.place(0), 'the scores do not read the words that are to be found', {
      related: [{ span: place, label: 'never read there' }],
      help: '`generate` feeds what it has found so far back through this equation: teacher forcing reads `shift(said, by: 1)`',
    }); // prettier-ignore
  if (other !== undefined)
    return report.error('CX3020', args.place(0), 'the scores read the words as two tokenizers cut them, and one finds them', {
      related: [reader, other].map(({ typed }) => ({ span: typed.span, label: 'read here' })),
    }); // prettier-ignore
  const axes = axesOf(args, scores, reader.piece);
  if (axes === undefined || !alone(checker, args, scores)) return undefined;
  const ahead = proved(checker, args, scores, axes.place, { reading, reader });
  if (ahead === undefined) return undefined;
  const [places, words] = [sizeOfAxis(axes.place) ?? 0, sizeOfAxis(reader.token) ?? 0];
  // the last place scores the last word
  const room = Math.min(words, places + ahead);
  if (most !== undefined && most > room)
    return report.error('CX5006', args.labelled('max')?.value.span ?? call.span, `${room} words have scores, and \`max:\` asks for ${most}`, {
      related: [{ span: scores.span, label: `\`${axes.place.name}\` has ${printSize(axes.place.size)} places` }],
      help: `write \`max: ${room}\`, the marks of begin and end among them, or leave it out`,
    }); // prettier-ignore
  const attributes: GenerateAttributes = { ...axes, ahead, beam, most: most ?? room, penalty };
  return node('generate', [scores, said], attributes, { element: 'text', axes: [batchAxis] }, call.span);
}

/** Where the text is read: which places there are, and of which words each is an index. */
interface Reader {
  readonly typed: Typed;
  readonly token: Axis;
  readonly piece: Axis;
}

// ── the text ─────────────────────────────────────────────────────────

/** How a value reads the text of a column: through a tokenizer of the file, a tower, or a prompt. */
function wordsOf(checker: Checker, said: string): (typed: Typed) => WordsRead | undefined {
  const isOf = (column: string | undefined): boolean =>
    column !== undefined && (column === said || isOf(checker.columns.get(column)?.column.view?.of));
  return (typed) => {
    const token = tokenAxis(typed);
    switch (typed.op) {
      case 'column': {
        const { column, part } = typed.attributes;
        if (!isOf(column) || part === 'present') return { how: 'none' };
        // that place j is there says that word j is
        return token !== undefined && (part === 'ids' || part === 'mask') ? { how: 'own', token } : { how: 'all' };
      }
      case 'prompt': {
        const column = typed.args[0]?.op === 'column' ? checker.columns.get(typed.args[0].attributes.column)?.column : undefined; // prettier-ignore
        const read = column?.kind === 'text' && column.template !== undefined ? columnsOfTemplate(column.template) : [];
        return read.some(isOf) ? { how: 'all' } : undefined;
      }
      case 'on_data':
        return { how: 'none' };
      case 'call': {
        const [text] = typed.args;
        if (text?.op !== 'column' || text.type.element !== 'text') return undefined;
        if (!isOf(text.attributes.column)) return { how: 'none' };
        const tap = typed.attributes.tap.split('.').at(-1) ?? '';
        if (token === undefined) return { how: 'all' };
        if (tap === 'ids' || tap === 'mask' || tap === 'embed') return { how: 'own', token };
        const isCausal = towerOf(checker.instances.get(typed.attributes.owner))?.kind === 'text_transformer';
        return isCausal && (tap === 'tokens' || tap === 'hidden') ? { how: 'before', token } : { how: 'all' };
      }
      default:
        return undefined;
    }
  };
}

const tokenAxis = (typed: Typed): Axis | undefined =>
  typed.type.element === 'text' ? undefined : typed.type.axes.find((axis) => axis.name === 'token');

function towerOf(instance: Instance | undefined) {
  if (instance?.shape.kind !== 'encoder') return undefined;
  const { config } = instance.shape;
  return config.kind === 'clip' ? config.text : config;
}

/** One reader for each way of cutting the text. */
function readersBelow(checker: Checker, scores: Typed, reading: (typed: Typed) => WordsRead | undefined): Reader[] {
  const found = new Map<string, Reader>();
  for (const typed of below(scores, (each) => reading(each) === undefined)) {
    const words = reading(typed);
    if (words === undefined || words.how === 'none') continue;
    const piece = typed.op === 'column' ? typed.type.indexes : pieceOfTower(checker, typed);
    const token = words.how === 'all' ? tokenAxis(typed) : words.token;
    if (piece !== undefined && token !== undefined) found.set(piece.id, { typed, token, piece });
  }
  return [...found.values()];
}

function pieceOfTower(checker: Checker, typed: Typed): Axis | undefined {
  if (typed.op !== 'call') return undefined;
  const instance = checker.instances.get(typed.attributes.owner);
  if (instance?.shape.kind !== 'encoder') return undefined;
  const path = typed.attributes.tap.split('.').slice(0, -1);
  return encoderAxis(instance.shape, [...path, 'entry'].join('.'));
}

/** Operands of operands; masks say which entries are real, and change none. */
function below(root: Typed, into: (typed: Typed) => boolean): Set<Typed> {
  const seen = new Set<Typed>();
  const stack = [root];
  for (let typed = stack.pop(); typed !== undefined; typed = stack.pop()) {
    if (seen.has(typed)) continue;
    seen.add(typed);
    if (typed.op !== 'parameter' && into(typed)) stack.push(...typed.args);
  }
  return seen;
}

// ── the scores ───────────────────────────────────────────────────────

/** Scores are of each piece at each place. */
function axesOf(
  args: Arguments,
  scores: Typed,
  piece: Axis,
): { readonly place: Axis; readonly piece: Axis } | undefined {
  // prettier-ignore
  const rest = scores.type.axes.filter((axis) => axis.id !== 'batch' && axis.id !== piece.id);
  const [place, second] = rest;
  if (hasAxis(scores.type, piece.id) && place !== undefined && second === undefined && sizeOfAxis(place) !== undefined)
    return { place, piece };
  return args.fail('CX3003', 'the scores are of each piece of the text, at each place of it', `${printAxes([batchAxis, ...(place === undefined ? [] : [place]), piece])}; found ${printAxes(scores.type.axes)}`); // prettier-ignore
}

/** The law: what one sample says depends on that sample. */
function alone(checker: Checker, args: Arguments, scores: Typed): boolean {
  for (const typed of below(scores, ({ op }) => op !== 'on_data')) {
    const mixed = typed.args.some((argument) => hasAxis(argument.type, 'batch')) && !hasAxis(typed.type, 'batch');
    const renamed = typed.type.axes.some((axis) => axis.renames === 'batch');
    const along = 'axis' in typed.attributes && typeof typed.attributes.axis === 'object' && typed.attributes.axis.id === 'batch'; // prettier-ignore
    if (!mixed && !renamed && !along) continue;
    checker.report.error('CX3020', args.place(0), 'the scores of one sample depend on other samples', {
      related: [{ span: typed.span, label: 'samples are put together here' }],
    });
    return false;
  }
  return true;
}

/**
 * The law: the scores at place t depend on words 0 … t alone. A place that sees its own word scores the next one, as `ids[token: 0..-2]` leaves
 * it; one that sees those before alone scores its own, as `shift(ids, by: 1)` does.
 */
function proved(
  checker: Checker,
  args: Arguments,
  scores: Typed,
  place: Axis,
  { reading, reader }: { readonly reading: (typed: Typed) => WordsRead | undefined; readonly reader: Reader },
): 0 | 1 | undefined {
  const [places, words] = [sizeOfAxis(place) ?? 0, sizeOfAxis(reader.token) ?? 0];
  const instanceOf = (owner: string): Instance | undefined => {
    const instance = checker.instances.get(owner);
    return instance === undefined ? undefined : { ...instance, parts: Object.fromEntries(checker.partsOf(owner)) };
  };
  const seen = new WordsSeen(instanceOf, reading, words);
  let ahead: 0 | 1 = 0;
  for (let at = 0; at < places; at++) {
    const where = new Map([[place.id, at]]);
    const found = seen.at(scores, where);
    const later = found >> BigInt(at + 1);
    if (later !== 0n) {
      const word = at + 1 + lowest(later);
      return reportLater(checker, args, { at, word, place, culprit: seen.culprit(scores, where, word) });
    }
    // the first word is the mark that every text begins with: a place that stands before all words may see it
    if ((at > 0 || places === 1) && ((found >> BigInt(at)) & 1n) === 1n) ahead = 1;
  }
  return ahead;
}

const lowest = (bits: bigint): number => bits.toString(2).length - 1 - bits.toString(2).lastIndexOf('1');

interface Later {
  readonly at: number;
  readonly word: number;
  readonly place: Axis;
  readonly culprit: Typed;
}

function reportLater(checker: Checker, args: Arguments, { at, word, place, culprit }: Later): undefined {
  const attends = culprit.op === 'call' && culprit.attributes.axes?.['over'] !== undefined;
  return checker.report.error('CX3020', args.place(0), `the scores at \`${place.name}\` ${at} read word ${word}, which is found after them`, {
    related: [{ span: culprit.span, label: `${wordFor(culprit)} brings it there` }],
    help: attends ? 'let places see earlier ones alone: `causal: on`, or a condition `where:`' : 'score a word from those before it: `shift(ids, by: 1, over: token)`, or `ids[token: 0..-2]` beside the words `ids[token: 1..-1]`',
  }); // prettier-ignore
}

/** The operation in the words of the file. */
function wordFor(typed: Typed): string {
  switch (typed.op) {
    case 'call':
      return `\`${typed.attributes.part === undefined ? typed.attributes.owner : `${typed.attributes.owner}.${typed.attributes.part}`}\``; // prettier-ignore
    case 'reduce':
      return `\`${typed.attributes.reduction}\``;
    case 'softmax':
    case 'normalize':
    case 'dot':
    case 'cumsum':
    case 'concat':
    case 'stack':
      return `\`${typed.op}\``;
    default:
      return 'this';
  }
}

/** The law: words that are found are measured; no gradient comes through them. */
export function reportTextsInTraining({ terms }: Pick<CheckedTraining, 'terms'>, report: Reporter): void {
  for (const typed of reachable(terms.map((term) => term.typed))) {
    if (typed.op !== 'text_measure') continue;
    report.error('CX4004', typed.span, 'a loss reads how alike texts are, and no gradient comes through that', {
      help: 'measure it in an `evaluate` block; train by the scores of the words: `cross_entropy(p, next, over: …)`',
    });
  }
}
