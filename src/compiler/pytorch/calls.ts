/** Calls of encoders and modules, and what else a formula reads from outside. */
import type { Typed } from '../check/typed.ts';
import type { Instance, TypedAttributes } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import { stateOf } from '../elaborate/state.ts';
import { columnFor } from '../check/data-columns.ts';
import { scalarAxis } from '../check/parts/layer-shape.ts';
import { tokenizerOf } from '../check/parts/tokenizer-of.ts';
import type { PromptTable } from '../check/value.ts';
import { hasBatch } from './batch-axis.ts';
import type { Body } from './body.ts';
import { aligned, ordered, without, type LocatedCode } from './located-code.ts';
import { atom, binary, method, numeral, text, type Code } from './python-code.ts';
import { partTarget } from './parts.ts';
import { memberName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';
import { Unsupported } from './unsupported.ts';

/** Where a body is: in a step (its part of the batch), in an evaluation (all samples, encoded in chunks) or before both. */
export type Place = 'step' | 'evaluation' | 'constants';

/** Under which name the tables of token ids are found. */
const feedsOf = (place: Place): string => (place === 'constants' ? 'texts' : 'constants');

/** A value that no formula makes: a column, a tensor, a weight, the result of a part. */
export function fromOutside(body: Body, typed: Typed, source: StageSource, place: Place): LocatedCode | undefined {
  const { axes } = typed.type;
  switch (typed.op) {
    case 'column':
      return { code: column(body, typed, typed.attributes, source), axes };
    case 'parameter':
      return { code: tensorOf(typed.attributes), axes };
    case 'weight':
      return { code: atom(`batch[${text(`${typed.attributes.ramp === undefined ? 'weight' : 'ramp'} ${typed.attributes.name}`)}]`), axes };
    case 'call':
      return call(body, typed, typed.attributes, source, place);
    default:
      return undefined;
  }
} // prettier-ignore

function tensorOf({ owner, path }: TypedAttributes['parameter']): Code {
  if (path === '') return atom(`model.${memberName(owner)}`);
  if (path === 'logit_scale') return atom(`model.${memberName(owner)}.logit_scale`);
  return atom(`model.get_parameter(${text(`${owner}.${path}`)})`);
}

function column(body: Body, typed: Typed, { column: name, part }: TypedAttributes['column'], source: StageSource): Code {
  const kind = source.checked.columns.find((each) => each.name === name)?.kind;
  if (kind === 'text' && part === 'mask') {
    body.functions.add('tokens');
    return body.library('real_tokens', `*tokens(batch, ${text(name)})`);
  }
  const value = atom(`batch[${text(part === 'value' ? name : `${name}.${part}`)}]`);
  if (typed.type.element === 'text') throw new Unsupported(typed, 'a text outside of a text tower');
  const isPicture = part === 'value' && (kind === 'image' || kind === 'frames');
  return isPicture ? binary('/', method(value, 'float'), numeral(255, true)) : value;
} // prettier-ignore

function call(body: Body, typed: Typed, attributes: TypedAttributes['call'], source: StageSource, place: Place): LocatedCode {
  const { owner, tap, part, unbuilt } = attributes;
  if (unbuilt !== undefined) throw new Unsupported(typed, unbuilt);
  const instance = source.checked.instances.find(({ name }) => name === owner);
  const [operand] = typed.args;
  if (instance === undefined || operand === undefined) throw new Unsupported(typed, `a call of \`${owner}\``);
  const inner = part === undefined ? undefined : instance.parts?.[part];
  const shape = inner?.shape ?? instance.shape;
  const target = partTarget(owner, inner?.path ?? '');
  switch (shape.kind) {
    case 'linear':
    case 'mlp': {
      return along(body, target, operand, shape);
    }
    case 'layer': {
      const path = inner?.path ?? '';
      const { from, to, along: over } = attributes.axes ?? shape.axes;
      if (attributes.masked !== true && (shape.layer === 'linear' || shape.layer === 'mlp') && from !== undefined && to !== undefined) {
        const share = shape.options['dropout'];
        if (typeof share === 'number' && share > 0) throw new Unsupported(typed, '`dropout` of an `mlp`');
        return along(body, target, operand, { from, to });
      }
      if (shape.layer === 'layer_norm' && over !== undefined) return along(body, target, operand, { from: over, to: over }); // prettier-ignore
      if (shape.layer === 'dropout' && over === undefined) return dropout(body, typed, operand, { source, place, name: `${owner}${path === '' ? '' : `.${path}`}`, owner, path, share: shape.options['share'] }); // prettier-ignore
      throw new Unsupported(typed, `the layer \`${shape.layer}\``);
    }
    case 'composite':
      throw new Unsupported(typed, `\`${owner}\``);
    case 'encoder':
      return operand.type.element === 'text'
        ? textCall(body, typed, operand, { instance, target, tap, place, source })
        : imageCall(body, typed, operand, { instance, target, tap, place, source });
  }
} // prettier-ignore

/** A module that acts on one axis, wherever it stands. */
function along(
  body: Body,
  target: string,
  operand: Typed,
  { from, to }: { readonly from: Axis; readonly to: Axis },
): LocatedCode {
  const value = body.value(operand);
  const rest = without(value.axes, from);
  const x = ordered(value, [...rest, from]);
  const made = atom(`${target}(${x.code.text})`);
  if (to.id === scalarAxis.id) return { code: method(made, 'squeeze', '-1'), axes: rest };
  return { code: made, axes: [...rest, to] };
}

interface Dropped {
  readonly source: StageSource;
  readonly place: Place;
  /** Of the part, `head.2`. */
  readonly name: string;
  readonly owner: string;
  readonly path: string;
  readonly share: unknown;
}

/** In steps of a part that trains: what is kept, as it was drawn, over the share that is. */
function dropout(body: Body, typed: Typed, operand: Typed, { source, place, name, owner, path, share }: Dropped): LocatedCode {
  const value = body.value(operand);
  const state = stateOf(source.checked, owner, path);
  const left = state.dropout ?? (typeof share === 'number' ? share : 0.1);
  if (place !== 'step' || state.flag !== 'trainable' || left === 0) return value;
  const stream = `dropout:${name}`;
  const again = source.dropouts.get(stream);
  if (again !== undefined && again !== source.keys.of(typed)) throw new Unsupported(typed, 'one dropout of several values');
  source.dropouts.set(stream, source.keys.of(typed));
  const kept = binary('*', value.code, body.surroundings.draw(body, typed, stream, value.axes));
  return { code: binary('/', kept, numeral(1 - left)), axes: value.axes };
} // prettier-ignore

/** `model.E(x)`; of a whole data set in chunks. */
function applied(body: Body, target: string, operands: readonly string[], chunks: boolean): Code {
  return chunks ? body.library('chunked', target, ...operands) : atom(`${target}(${operands.join(', ')})`);
}

interface TowerCall {
  readonly instance: Instance;
  readonly target: string;
  readonly tap: string;
  readonly place: Place;
  readonly source: StageSource;
}

function imageCall(body: Body, typed: Typed, operand: Typed, { instance, target, tap, place }: TowerCall): LocatedCode {
  const { shape } = instance;
  const isClip = shape.kind === 'encoder' && shape.config.kind === 'clip';
  if (tap !== (isClip ? 'image' : '') || typed.args.length > 1) throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\``); // prettier-ignore
  const own = operand.type.axes.filter(({ name }) => ['height', 'width', 'channel'].includes(name));
  const lead = without(operand.type.axes, ...own);
  const picture = pixels(body, operand, [...lead, ...own]);
  const code = applied(body, isClip ? `${target}.encode_image` : target, [picture], place === 'evaluation' && hasBatch(operand)); // prettier-ignore
  return { code, axes: [...lead, ...without(typed.type.axes, ...lead)] };
}

/** A column stays bytes; what is computed is 0 to 1. */
function pixels(body: Body, operand: Typed, axes: LocatedCode['axes']): string {
  if (operand.op === 'column') return `batch[${text(operand.attributes.column)}]`;
  const value = body.value(operand);
  return body.expanded(value, axes, operand, aligned(value, axes)).text;
}

function textCall(body: Body, typed: Typed, operand: Typed, { instance, target, tap, place, source }: TowerCall): LocatedCode {
  const { shape } = instance;
  const isClip = shape.kind === 'encoder' && shape.config.kind === 'clip';
  if (tap !== (isClip ? 'text' : '')) throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\``);
  const prompt = operand.op === 'prompt' ? source.checked.prompts.find(({ name }) => name === operand.attributes.prompt) : undefined; // prettier-ignore
  const where = feeds(operand, prompt, { instance, source, place });
  const axes = [...operand.type.axes, ...without(typed.type.axes, ...operand.type.axes)];
  const chunks = place === 'evaluation' && hasBatch(operand);
  if (prompt !== undefined && prompt.vectors.length > 0)
    return { code: spliced(body, operand, prompt, { target, where, chunks }), axes };
  const encode = isClip ? `${target}.encode_text` : target;
  const config = shape.kind === 'encoder' ? (shape.config.kind === 'clip' ? shape.config.text : shape.config) : undefined;
  if (config !== undefined && 'end' in config && config.end !== undefined)
    return { code: applied(body, encode, [`${where.feeds}[${text(`${where.name}.ids`)}]`], chunks), axes };
  body.functions.add('tokens');
  return { code: applied(body, encode, [`*tokens(${where.feeds}, ${text(where.name)})`], chunks), axes };
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
  return { feeds: feedsOf(place), name: `${prompt?.name ?? ''}@${tokenizer}` };
}

interface SplicedText {
  readonly target: string;
  readonly where: TextFeeds;
  /** Of a whole data set. */
  readonly chunks: boolean;
}

/** Texts with vectors in the place of some of their tokens. */
function spliced(body: Body, operand: Typed, prompt: PromptTable, { target, where, chunks }: SplicedText): Code {
  body.functions.add('tokens');
  const vectors = operand.args.slice(operand.args.length - prompt.vectors.length).flatMap((typed) => body.operands([typed], 40));
  const ids = body.names.fresh('ids');
  const end = body.names.fresh('end');
  const starts = body.names.fresh('starts');
  body.lines.push(`    ${ids}, ${end} = tokens(${where.feeds}, ${text(where.name)})`);
  body.lines.push(`    ${starts} = ${where.feeds}[${text(`${where.name}.starts`)}]  # where each run of learned vectors begins`);
  const embedded = body.names.fresh('embedded');
  let tokens = `${target}.embed(${ids})`;
  for (const [slot, { width, position }] of prompt.vectors.entries()) {
    const value = vectors[slot];
    if (value === undefined) throw new Unsupported(operand, 'vectors that nothing gives');
    const place = position === undefined ? [] : [position];
    // other axes of the vectors stand where the prompt has them
    const own = without(value.axes, ...place, width);
    const moved = own.length === 0 ? ordered(value, [...place, width]).code : aligned(value, [...operand.type.axes, ...place, width]);
    const vector = position === undefined ? method(moved, 'unsqueeze', '-2').text : moved.text;
    body.lines.push(`    ${embedded} = ${body.library('splice', tokens, vector, `${starts}[..., ${slot}]`).text}`);
    tokens = embedded;
  }
  // each sample has texts of its own: their ends are laid out as they are
  const ends = chunks ? `${end}.expand(${embedded}.shape[:-2])` : end;
  return applied(body, `${target}.encode_embedded`, [embedded, ends], chunks);
} // prettier-ignore
