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
import { applied, type Place, type TowerCall } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

/** Under which name the tables of token ids are found. */
const feedsOf = (place: Place): string => (place === 'constants' ? 'texts' : 'constants');

/** A text tower on a prompt or a text column. */
export function textCall(body: Body, typed: Typed, operand: Typed, { instance, target, tap, place, source }: TowerCall): LocatedCode {
  const { shape } = instance;
  const isClip = shape.kind === 'encoder' && shape.config.kind === 'clip';
  if (tap !== (isClip ? 'text' : '')) throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\``);
  const prompt = operand.op === 'prompt' ? source.checked.prompts.find(({ name }) => name === operand.attributes.prompt) : undefined; // prettier-ignore
  const where = feeds(operand, prompt, { instance, source, place });
  const axes = [...operand.type.axes, ...without(typed.type.axes, ...operand.type.axes)];
  const chunks = place === 'evaluation' && hasBatch(operand);
  const dropout = leftOut(body, typed, operand, { owner: instance.name, tap, place, source });
  if (prompt !== undefined && prompt.vectors.length > 0)
    return { code: spliced(body, operand, prompt, { target, where, chunks, dropout }), axes };
  const encode = isClip ? `${target}.encode_text` : target;
  const config = shape.kind === 'encoder' ? (shape.config.kind === 'clip' ? shape.config.text : shape.config) : undefined;
  if (config !== undefined && 'end' in config && config.end !== undefined)
    return { code: applied(body, encode, [`${where.feeds}[${text(`${where.name}.ids`)}]`, ...dropout], chunks), axes };
  body.functions.add('tokens');
  return { code: applied(body, encode, [`*tokens(${where.feeds}, ${text(where.name)})`, ...dropout], chunks), axes };
} // prettier-ignore

/** The argument `dropout=…` of a call in a step that leaves something out. Draws are rows of texts, those of each sample together. */
function leftOut(
  body: Body,
  typed: Typed,
  operand: Typed,
  { owner, tap, place, source }: { readonly owner: string } & Pick<TowerCall, 'tap' | 'place' | 'source'>,
): string[] {
  if (place !== 'step') return [];
  const made = dropoutOf(body, typed, source, [owner, ...tap.split('.').slice(0, 1)].filter((word) => word !== '').join('.'));
  if (made === undefined) return [];
  if (hasBatch(operand) && operand.type.axes[0]?.id !== 'batch') throw new Unsupported(typed, '`dropout` of texts that are laid out in another way');
  return [`dropout=${made.text}`];
} // prettier-ignore

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
  readonly dropout: readonly string[];
}

const token = structuralAxis('token', known(1));

/** Texts with vectors in the place of some of their tokens. */
function spliced(body: Body, operand: Typed, prompt: PromptTable, { target, where, chunks, dropout }: SplicedText): Code {
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
  return applied(body, `${target}.encode_embedded`, [embedded, ends, ...dropout], chunks);
} // prettier-ignore
