import type { Call } from '../../syntax/ast.ts';
import { known, structuralAxis, type Axis } from '../../types/axis.ts';
import type { BertConfig, TextTowerConfig } from '../../types/model-config.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { Arguments } from '../arguments.ts';
import { asTensor } from '../as-tensor.ts';
import { cast, jointMask, node, orderAxes } from '../build.ts';
import type { Checker } from '../checker.ts';
import { promptFits, promptNode } from '../prompts.ts';
import type { Scope } from '../scope.ts';
import type { CallAttributes, Instance, Typed } from '../typed.ts';
import type { Value } from '../value.ts';
import { textTapIsBuilt } from './built.ts';
import { finished, isWrapped, segment, throughBlocks } from './wraps.ts';
import { encoderAxis, type EncoderShape } from './encoder-shape.ts';

/** Taps of a text tower. `projected`: only where the tower is half of a CLIP. */
const textTaps = {
  /** Every token in the joint space. */
  tokens: { projected: true },
  /** Tokens as the last block leaves them. */
  hidden: { projected: false },
  /** What the tokenizer makes of the text. */
  ids: { projected: false },
  /** Ids as vectors, with what the tower adds before its first block. */
  embeddings: { projected: false },
} as const;

export type TextTap = keyof typeof textTaps;

export const isTextTap = (name: string): name is TextTap => Object.hasOwn(textTaps, name);

export const legalTextTaps = (isClip: boolean): TextTap[] =>
  (Object.keys(textTaps) as TextTap[]).filter((name) => isClip || !textTaps[name].projected); // keys of the table

export interface TextCall {
  readonly checker: Checker;
  readonly instance: Instance;
  readonly shape: EncoderShape;
  readonly config: TextTowerConfig | BertConfig;
  /** As the file reaches it: `clip.text.tokens`. */
  readonly what: string;
  /** The path of the call, `text.tokens`. */
  readonly path: string;
  readonly tap: TextTap | undefined;
  readonly call: Call;
  readonly scope: Scope;
}

/** A text tower, or one of its taps, applied to a prompt or a text column. */
export function callTextTower(site: TextCall): Value | undefined {
  const { checker, call, scope, what, tap, config, shape, path } = site;
  const args = new Arguments(checker, what, call, scope, [], [1, 1]);
  const first = args.positional(0);
  const value = args.failed || first === undefined ? undefined : checker.expression(first.value, scope);
  if (first === undefined || value === undefined) return undefined;
  if (tap === 'embeddings') return embeddingsCall(site, value, first.span);
  let source: Typed | undefined;
  if (value.kind === 'prompt') {
    const tower = { name: what, width: widthAxis(shape), context: config.context };
    if (!promptFits(checker, value.prompt, tower, call.span)) return undefined;
    source = promptNode(checker, value.prompt, call.span);
  }
  if (value.kind === 'tensor' && value.typed.type.element === 'text') source = value.typed;
  if (source === undefined) {
    return checker.report.error('CX3007', first.span, `\`${what}\` reads text`, {
      expected: 'a prompt, or an `input` of type `text`',
    });
  }
  const token = structuralAxis('token', known(config.context));
  const { axes } = source.type;
  const attributes = attributesOf(site);
  const tower = path.startsWith('text') ? 'text' : '';
  if (isWrapped(checker, site.instance, tower) && tap !== 'ids') return wrapped(site, source, tower);
  if (tap === undefined) {
    const type = { element: 'f32', axes: orderAxes([...axes, shape.to ?? shape.joint]) } as const;
    return { kind: 'tensor', typed: node('call', [source], attributes, type, call.span, source.mask) };
  }
  const places = orderAxes([...axes, token]);
  // real tokens: up to and with the one that ends the text
  const within: CallAttributes = { ...attributesOf({ ...site, tap: 'ids' }), tap: withoutTap(path, 'mask') };
  const mask = node('call', [source], within, { element: 'bool', axes: places }, call.span);
  const entry = encoderAxis(shape, withoutTap(path, 'entry'));
  if (tap === 'ids') {
    const type = { element: 'i32', axes: places, ...(entry === undefined ? {} : { indexes: entry }) } as const;
    return { kind: 'tensor', typed: node('call', [source], attributes, type, call.span, mask) };
  }
  const feature = tap === 'tokens' ? shape.joint : widthAxis(shape);
  const type = { element: 'f32', axes: orderAxes([...places, feature]) } as const;
  return { kind: 'tensor', typed: node('call', [source], attributes, type, call.span, mask) };
}

/** A tower whose blocks are rewritten: its embedding, block by block, and the row of the last token. */
function wrapped(site: TextCall, source: Typed, tower: string): Value | undefined {
  const { checker, instance, shape, call, tap, what, config } = site;
  const prefix = tower === '' ? '' : `${tower}.`;
  const token = structuralAxis('token', known(config.context));
  const type = { element: 'f32', axes: orderAxes([...source.type.axes, token, widthAxis(shape)]) } as const;
  const unbuilt = textTapIsBuilt(config, 'embed') ? {} : { unbuilt: `\`${what}\` with wrapped blocks` };
  const mask = node('call', [source], { owner: instance.name, tap: `${prefix}mask` }, { element: 'bool', axes: orderAxes([...source.type.axes, token]) }, call.span); // prettier-ignore
  // who looks both ways must not see what is behind the end
  const seen = config.kind === 'bert' ? mask : undefined;
  const embedded = node('call', [source], { owner: instance.name, tap: `${prefix}embed`, ...unbuilt }, type, call.span, seen); // prettier-ignore
  const tokens = throughBlocks(checker, instance, shape, tower, embedded);
  if (tokens === undefined) return undefined;
  if (tap !== undefined) {
    const real = jointMask([{ ...mask, mask }, source, tokens], call.span);
    const value = tap === 'tokens' ? finished(instance, shape, tower, tokens, widthAxis(shape)) : tokens;
    return { kind: 'tensor', typed: real === undefined ? value : { ...value, mask: real } };
  }
  const typed = segment(
    instance,
    `${prefix}pool`,
    [source, tokens],
    tokens,
    shape,
    widthAxis(shape).id,
    unbuilt.unbuilt,
  );
  if (typed === undefined) return undefined;
  // the place that it is read from is always there
  const { mask: _places, ...feature } = typed;
  return { kind: 'tensor', typed: source.mask === undefined ? feature : { ...feature, mask: source.mask } };
}

const withoutTap = (path: string, tap: string): string => [...path.split('.').slice(0, -1), tap].join('.');

function attributesOf({ instance, path, config, tap, what }: TextCall): CallAttributes {
  const unbuilt = textTapIsBuilt(config, tap ?? '') ? {} : { unbuilt: `\`${what}\`` };
  return { owner: instance.name, tap: path, ...unbuilt };
}

/** The width axis of an encoder's text tower. */
const widthAxis = (shape: EncoderShape): Axis => shape.axes['text.width'] ?? shape.joint;

/** `bert.embeddings(ids)`: i32 `[…, token]` to vectors. */
function embeddingsCall(site: TextCall, value: Value, span: Call['span']): Value | undefined {
  const { checker, shape, call, what, path } = site;
  const typed = asTensor(checker, value, span);
  if (typed === undefined) return undefined;
  const entry = encoderAxis(shape, withoutTap(path, 'entry'));
  const wrong = typed.type.indexes !== undefined && entry !== undefined && typed.type.indexes.id !== entry.id;
  if (typed.type.element === 'text' || wrong || !typed.type.axes.some((axis) => axis.kind === 'position')) {
    return checker.report.error('CX3008', span, `\`${what}\` reads ids of its own tokenizer, one for each place`, {
      expected: `what \`${what.replace(/embeddings$/, 'ids')}(…)\` gives`,
      found: printAxes(typed.type.axes),
    });
  }
  const width = widthAxis(shape);
  if (hasAxis(typed.type, width.id)) return undefined;
  const type = { element: 'f32', axes: orderAxes([...typed.type.axes, width]) } as const;
  return { kind: 'tensor', typed: node('call', [cast(typed, 'i32')], attributesOf(site), type, call.span, typed.mask) };
}
