/** Calls of towers that read pictures: their features, and what they have on the way. */
import type { Instance, InstanceShape, Typed } from '../check/typed.ts';
import type { Axis } from '../types/axis.ts';
import { BatchUse, hasBatch } from './batch-axis.ts';
import type { Body } from './body.ts';
import { dropoutOf } from './leaving-out.ts';
import { aligned, without, type LocatedCode } from './located-code.ts';
import { atom, method as methodOf, text } from './python-code.ts';
import { tokenRows } from './token-rows.ts';
import { applied, type TowerCall } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

/** A tower on pictures, or a tap of it. What several taps read of the same pictures is one pass, as it is in the reference. */
export function imageCall(
  body: Body,
  typed: Typed,
  operand: Typed,
  { instance, target, tap, place, source }: TowerCall,
): LocatedCode {
  const { shape } = instance;
  const isClip = shape.kind === 'encoder' && shape.config.kind === 'clip';
  const inner = innerTap(typed, isClip);
  if (/^(pool|finish|probabilities\.\d+)$/.test(inner)) return onTokens(body, typed, `${target}${isClip ? '.visual' : ''}`, inner);
  const reader = readerOf(inner);
  const isOther = isClip && tap.split('.')[0] !== 'image';
  if (isOther || reader === undefined) throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\``); // prettier-ignore
  if (place === 'step' && hasBatchNorms(shape) && source.trains(isClip ? `${instance.name}.image` : instance.name) && !new BatchUse().isLocal(operand))
    throw new Unsupported(typed, `batch norms of \`${instance.name}\` on pictures that look across the batch`);
  // a formula may have moved them
  const own = ['height', 'width', 'channel'].flatMap((name) => operand.type.axes.filter((axis) => axis.name === name));
  const lead = without(operand.type.axes, ...own);
  const picture = pixels(body, operand, [...lead, ...own]);
  const chunks = place === 'evaluation' && hasBatch(operand);
  const axesOf = (each: Typed): LocatedCode['axes'] => [...lead, ...without(each.type.axes, ...lead)];
  const tower = `${target}${isClip ? '.visual' : ''}`;
  const axes = axesOf(typed);
  const extra = typed.args[1];
  const more = extra === undefined ? undefined : appended(body, typed, extra, lead, shape);
  // what is appended to each sample comes in the same chunks
  const isSplit = chunks && extra !== undefined && hasBatch(extra);
  const names = isSplit ? 'part, more' : 'part';
  const inputs = isSplit && more !== undefined ? [picture, more] : [picture];
  const option = more === undefined ? [] : [`appended=${isSplit ? 'more' : more}`];
  const method = reader !== 'feature' ? `${tower}.tap` : isClip ? `${target}.encode_image` : target;
  const options = [...(reader === 'feature' ? [] : [text(reader)]), ...option];
  const dropout = place === 'step' ? dropoutOf(body, typed, source, isClip ? `${instance.name}.image` : instance.name) : undefined;
  if (dropout !== undefined) {
    // a process has its rows of a draw: those of its samples, where they come first
    if (hasBatch(operand) && lead[0]?.id !== 'batch') throw new Unsupported(typed, '`dropout` of pictures that are laid out in another way');
    // each reading has draws of its own
    return { code: applied(body, method, [picture, ...(reader === 'feature' ? [] : [text(reader)]), dropout.text, ...option], false), axes };
  }
  const { keys } = body.surroundings;
  const together = body.companions(`${tower} of ${keys.of(operand)}${extra === undefined ? '' : ` and ${keys.of(extra)}`}`, typed).map((each) => ({ typed: each, axes: axesOf(each), reader: readerOf(innerTap(each, isClip)) ?? '', let: source.lets.get(keys.of(each)) }));
  if (together.length > 1) {
    const values = together.sort((a, b) => (a.let?.order ?? Infinity) - (b.let?.order ?? Infinity) || (a.reader < b.reader ? -1 : 1));
    const readers = values.map((each) => text(each.reader));
    const items = chunks ? [`lambda ${names}: ${tower}.taps(${['part', ...readers, ...option].join(', ')})`, ...inputs] : [picture, ...readers, ...option];
    if (chunks) body.functions.add('chunked_several');
    body.unpack(values.map((each) => ({ ...each, name: each.let?.name ?? each.typed.label ?? each.reader.replace('.', '_') })), chunks ? 'chunked_several' : `${tower}.taps`, items);
    return body.value(typed);
  }
  if (chunks && options.length > 0) return { code: body.library('chunked', `lambda ${names}: ${method}(${['part', ...options].join(', ')})`, ...inputs), axes };
  return { code: applied(body, method, [picture, ...options], chunks), axes };
} // prettier-ignore

/** Later parts of a tower whose blocks were written out one by one. */
function onTokens(body: Body, typed: Typed, tower: string, tap: string): LocatedCode {
  const { rows, rest, over } = tokenRows(body, typed, 0);
  const [name = '', at = ''] = tap.split('.');
  const lead = name === 'finish' ? [...rest, over] : rest;
  const made = {
    pool: `${tower}.projected(${tower}.features(${rows.text}))`,
    finish: `${tower}.finished(${rows.text})`,
    probabilities: `${tower}.looks(${rows.text}, ${at})`,
  }[name];
  if (made === undefined) throw new Unsupported(typed, `the tap \`${tap}\``);
  return { code: atom(made), axes: [...lead, ...without(typed.type.axes, ...lead)] };
}

/** Tokens behind the patches, `[…, more, width]`: aligned with the pictures. */
function appended(body: Body, typed: Typed, extra: Typed, lead: readonly Axis[], shape: Instance['shape']): string {
  const width = shape.kind === 'encoder' ? shape.axes['image.width'] ?? shape.joint : undefined;
  if (width === undefined) throw new Unsupported(typed, '`append:` here');
  const value = body.value(extra);
  const places = without(value.axes, ...lead, width);
  const code = aligned(value, [...lead, ...places, width]);
  return body.tensor(places.length === 0 ? methodOf(code, 'unsqueeze', '-2') : code).text;
} // prettier-ignore

/** Their statistics are those of the samples of all processes, each once. */
function hasBatchNorms(shape: InstanceShape): boolean {
  if (shape.kind !== 'encoder') return false;
  const { config } = shape;
  return (config.kind === 'clip' ? config.image : config).kind !== 'vit';
}

/** `stage.1` of `clip.image.stage.1`. */
function innerTap(typed: Typed, isClip: boolean): string {
  const tap = typed.op === 'call' ? typed.attributes.tap : '';
  return isClip ? tap.split('.').slice(1).join('.') : tap;
}

/** A column stays bytes; what is computed is 0 to 1. */
function pixels(body: Body, operand: Typed, axes: LocatedCode['axes']): string {
  if (operand.op === 'column') return `batch[${text(operand.attributes.column)}]`;
  const value = body.value(operand);
  return body.expanded(value, axes, operand, aligned(value, axes)).text;
}

/** What `ImageTower.taps` is asked for; undefined for taps that the library has not. */
function readerOf(tap: string): string | undefined {
  if (tap === '') return 'feature';
  if (tap === 'map.value') return 'values';
  if (/^(stage|attention)\.\d+$/.test(tap)) return tap;
  return ['map', 'grid', 'tokens', 'hidden', 'embed', 'patches'].includes(tap) ? tap : undefined;
}
