/** Calls of text towers: on columns, on constant prompts, and on texts with learned vectors in them. */
import { columnFor } from '../check/data-columns.ts';
import { tokenizerOf } from '../check/parts/tokenizer-of.ts';
import type { Instance, Typed } from '../check/typed.ts';
import type { PromptTable } from '../check/value.ts';
import { known, structuralAxis, type Axis } from '../types/axis.ts';
import { hasBatch } from './batch-axis.ts';
import type { Body } from './body.ts';
import { aligned, ordered, without, type LocatedCode } from './located-code.ts';
import { dropoutOf } from './leaving-out.ts';
import { atom, method, text, type Code } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import { tokenRows } from './token-rows.ts';
import { applied, type Place, type TowerCall } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

/** Under which name the tables of token ids are found. */
const feedsOf = (place: Place): string => (place === 'constants' ? 'texts' : 'constants');

/** A text tower on a prompt or a text column, or what it has on the way. */
export function textCall(body: Body, typed: Typed, operand: Typed, call: TowerCall): LocatedCode {
  const { instance, target, tap, place, source } = call;
  const { shape } = instance;
  const isClip = shape.kind === 'encoder' && shape.config.kind === 'clip';
  const inner = isClip ? tap.split('.').slice(1).join('.') : tap;
  if (inner === 'embeddings') return embeddings(body, typed, operand, call);
  if (inner === 'finish') return finished(body, typed, call);
  const prompt = operand.op === 'prompt' ? source.checked.prompts.find(({ name }) => name === operand.attributes.prompt) : undefined; // prettier-ignore
  const where = feeds(operand, prompt, { instance, source, place });
  const axes = [...operand.type.axes, ...without(typed.type.axes, ...operand.type.axes)];
  const chunks = place === 'evaluation' && hasBatch(operand);
  const dropout = leftOut(body, typed, operand, call);
  const config = shape.kind === 'encoder' ? (shape.config.kind === 'clip' ? shape.config.text : shape.config) : undefined;
  const isRuled = config !== undefined && 'end' in config && config.end !== undefined;
  const ids = `${where.feeds}[${text(`${where.name}.ids`)}]`;
  const hasVectors = prompt !== undefined && prompt.vectors.length > 0;
  if (inner !== '') {
    if (hasVectors) {
      if (inner === 'ids' || inner === 'mask' || inner === 'pool') throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\` of texts with learned vectors`);
      const { embedded, ends } = spliced(body, operand, prompt, { target, where, chunks });
      return { code: tapped(body, typed, inner, { call, chunks, inputs: [embedded, ends], embed: (x) => x, dropout }), axes };
    }
    if (inner === 'ids') return { code: atom(ids), axes };
    if (!isRuled) body.functions.add('tokens');
    if (inner === 'mask') return { code: body.library('real_tokens', isRuled ? `${ids}, ${target}.end_of(${ids})` : `*tokens(${where.feeds}, ${text(where.name)})`), axes };
    const end = isRuled ? `${target}.end_of(${ids})` : `${where.feeds}[${text(`${where.name}.length`)}]`;
    if (inner === 'pool') return pooled(body, typed, end, call);
    return { code: tapped(body, typed, inner, { call, chunks, inputs: [ids, end], embed: (x) => `${target}.embed(${x})`, dropout }), axes };
  }
  if (hasVectors) {
    const { embedded, ends } = spliced(body, operand, prompt, { target, where, chunks });
    return { code: applied(body, `${target}.encode_embedded`, [embedded, ends, ...dropout], chunks), axes };
  }
  const encode = isClip ? `${target}.encode_text` : target;
  if (isRuled) return { code: applied(body, encode, [ids, ...dropout], chunks), axes };
  body.functions.add('tokens');
  return { code: applied(body, encode, [`*tokens(${where.feeds}, ${text(where.name)})`, ...dropout], chunks), axes };
} // prettier-ignore

/** The argument `dropout=…` of a call in a step that leaves something out. Draws are rows of texts, those of each sample together. */
function leftOut(
  body: Body,
  typed: Typed,
  operand: Typed,
  { instance, place, source }: TowerCall,
): string[] {
  if (place !== 'step') return [];
  const made = dropoutOf(body, typed, source, towerName(instance));
  if (made === undefined) return [];
  if (hasBatch(operand) && operand.type.axes[0]?.id !== 'batch') throw new Unsupported(typed, '`dropout` of texts that are laid out in another way');
  return [`dropout=${made.text}`];
} // prettier-ignore

/** Where the tensors of the text tower of an encoder stand. */
const towerName = ({ name, shape }: Instance): string =>
  shape.kind === 'encoder' && shape.config.kind === 'clip' ? `${name}.text` : name;

interface TextFeeds {
  readonly feeds: string;
  readonly name: string;
}

/** Where the token ids of a text stand, and under which name. */
function feeds(
  operand: Typed,
  prompt: PromptTable | undefined,
  { instance, source, place }: { readonly instance: Instance; readonly source: StageSource; readonly place: Place },
): TextFeeds {
  const { checked } = source;
  const tokenizer = tokenizerOf(checked.instances, instance.name);
  const written = operand.op === 'column' ? operand.attributes.column : prompt?.column;
  const other = written === undefined ? undefined : columnFor(written, tokenizer);
  const found = checked.columns.some(({ name }) => name === other) ? other : written;
  if (found !== undefined) return { feeds: 'batch', name: found };
  return { feeds: feedsOf(place), name: source.table(`${prompt?.name ?? ''}@${tokenizer}`) };
}

interface SplicedText {
  readonly target: string;
  readonly where: TextFeeds;
  /** Of a whole data set. */
  readonly chunks: boolean;
}

const token = structuralAxis('token', known(1));

/** Texts with vectors in the place of some of their tokens. */
function spliced(body: Body, operand: Typed, prompt: PromptTable, { target, where, chunks }: SplicedText): { readonly embedded: string; readonly ends: string } {
  body.functions.add('tokens');
  const vectors = operand.args.slice(operand.args.length - prompt.vectors.length).flatMap((typed) => body.operands([typed], 40));
  const ids = body.names.fresh('ids');
  const end = body.names.fresh('end');
  const starts = body.names.fresh('starts');
  body.lines.push(`    ${ids}, ${end} = tokens(${where.feeds}, ${text(where.name)})`);
  const { axes } = operand.type;
  // texts stand along the axes of the table, which may lack some of the vectors'
  const table = (code: string, ...last: readonly Axis[]): string => aligned({ code: atom(code), axes: [...prompt.axes, ...last] }, [...axes, ...last]).text;
  body.lines.push(`    ${starts} = ${where.feeds}[${text(`${where.name}.starts`)}]  # where each run of learned vectors begins`);
  const embedded = body.names.fresh('embedded');
  let tokens = `${target}.embed(${table(ids, token)})`;
  for (const [slot, { width, position }] of prompt.vectors.entries()) {
    const value = vectors[slot];
    if (value === undefined) throw new Unsupported(operand, 'vectors that nothing gives');
    const place = position === undefined ? [] : [position];
    // other axes of the vectors stand where the prompt has them
    const own = without(value.axes, ...place, width);
    const moved = own.length === 0 ? ordered(value, [...place, width]).code : aligned(value, [...axes, ...place, width]);
    const vector = position === undefined ? method(moved, 'unsqueeze', '-2').text : moved.text;
    body.lines.push(`    ${embedded} = ${body.library('splice', tokens, vector, table(`${starts}[..., ${slot}]`)).text}`);
    tokens = embedded;
  }
  // each sample has texts of its own: their ends are laid out as they are
  const ends = chunks ? `${table(end)}.expand(${embedded}.shape[:-2])` : table(end);
  return { embedded, ends };
} // prettier-ignore

// ── on the way ───────────────────────────────────────────────────────

interface Tapped {
  readonly call: TowerCall;
  readonly chunks: boolean;
  /** Ids or vectors of the tokens, and where texts end. */
  readonly inputs: readonly [tokens: string, end: string];
  /** Vectors of the tokens. */
  readonly embed: (tokens: string) => string;
  readonly dropout: readonly string[];
}

/** Every token: as the first block takes it, as the last one leaves it, in the joint space. */
function tapped(body: Body, typed: Typed, tap: string, { call, chunks, inputs, embed, dropout }: Tapped): Code {
  const { instance, target } = call;
  const isBert = instance.shape.kind === 'encoder' && instance.shape.config.kind === 'bert';
  const made = (tokens: string, end: string): string => {
    const hidden = `${target}.hidden(${[embed(tokens), ...(isBert ? [end] : []), ...dropout].join(', ')})`;
    switch (tap) {
      case 'embed':
        return `${target}${isBert ? '.embeddings' : ''}.placed(${[embed(tokens), ...dropout].join(', ')})`;
      case 'hidden':
        return hidden;
      case 'tokens':
        return `${target}.finished(${hidden})`;
      default:
        throw new Unsupported(typed, `the tap \`${instance.name}.${call.tap}\``);
    }
  };
  if (!chunks) return atom(made(...inputs));
  const needsEnd = isBert && tap !== 'embed';
  return body.library('chunked', `lambda tokens${needsEnd ? ', end' : ''}: ${made('tokens', 'end')}`, ...(needsEnd ? inputs : inputs.slice(0, 1)));
} // prettier-ignore

/** `bert.embeddings(ids)`: ids along an axis of places to what the first block takes. */
function embeddings(body: Body, typed: Typed, operand: Typed, { instance, target, place: where, source }: TowerCall): LocatedCode {
  const value = body.value(operand);
  const place = value.axes.findLast(({ kind }) => kind === 'position');
  const width = without(typed.type.axes, ...operand.type.axes)[0];
  if (place === undefined || width === undefined) throw new Unsupported(typed, `the tap \`${instance.name}.embeddings\``);
  const dropout = where === 'step' ? dropoutOf(body, typed, source, towerName(instance)) : undefined;
  // draws are laid out as clipx lays out what they are for
  const rest = without(dropout === undefined ? value.axes : stepTrace(source).axesOf(operand), place);
  const ids = ordered(value, [...rest, place]).code.text;
  const parts = dropout === undefined ? [ids] : [ids, dropout.text];
  return { code: atom(`${target}.embeddings(${parts.join(', ')})`), axes: [...rest, place, width] };
} // prettier-ignore

/** From the tokens of the last block to the feature. */
function pooled(body: Body, typed: Typed, end: string, { instance, target }: TowerCall): LocatedCode {
  const { rows, rest } = tokenRows(body, typed, 1);
  const isBert = instance.shape.kind === 'encoder' && instance.shape.config.kind === 'bert';
  const own = typed.args[0]?.type.axes ?? [];
  const ends = aligned({ code: atom(end), axes: own }, rest).text;
  return { code: atom(`${target}.pooled(${[rows.text, ...(isBert ? [] : [ends])].join(', ')})`), axes: [...rest, ...without(typed.type.axes, ...rest)] };
} // prettier-ignore

/** Every token normed and in the joint space. */
function finished(body: Body, typed: Typed, { target }: TowerCall): LocatedCode {
  const { rows, rest, over } = tokenRows(body, typed, 0);
  return { code: atom(`${target}.finished(${rows.text})`), axes: [...rest, over, ...without(typed.type.axes, ...rest, over)] };
} // prettier-ignore
