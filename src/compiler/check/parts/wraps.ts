/** `wrap clip.image.blocks[0..11](x) = x + adapter(self(x))`: a tower written out block by block, some of them rewritten. */
import { nearestName } from '../../common/suggest.ts';
import type { EncoderStatement, FnStatement, WrapStatement } from '../../syntax/ast.ts';
import type { Axis } from '../../types/axis.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { node, orderAxes } from '../build.ts';
import type { Checker } from '../checker.ts';
import { expandPath } from '../expand-path.ts';
import { inlineFn } from '../inline-fn.ts';
import { reducedMask } from '../masks.ts';
import { Scope } from '../scope.ts';
import type { Instance, Typed } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { callLayer } from './call-layer.ts';
import { countedPaths } from './counted-paths.ts';
import type { EncoderShape } from './encoder-shape.ts';
import { blockCount, blocksPart } from './tower-parts.ts';

export interface Wrap {
  /** `image.blocks.3` */
  readonly paths: readonly string[];
  readonly statement: WrapStatement;
}

/** The wraps of one encoder: in the braces after it, and as statements of the file. */
export function wrapsOf(checker: Checker, statement: EncoderStatement, shape: EncoderShape): readonly Wrap[] {
  const inside = (statement.init.settings?.items ?? []).flatMap((item) => (item.kind === 'wrap' ? [{ item, own: true }] : []));
  const outside = checker.root.file.statements.flatMap((item) => (item.kind === 'wrap' && item.path.head.text === statement.name.text ? [{ item, own: false }] : []));
  return [...inside, ...outside].flatMap(({ item, own }) => {
    const full = expandPath(checker, item.path);
    if (full === undefined) return [];
    const relative = own ? full : full.map((path) => path.slice(statement.name.text.length + 1));
    const paths = countedPaths(relative, shape);
    const legal = wrappable(shape);
    const odd = paths.find((path) => !legal.includes(path));
    if (odd === undefined) return [{ paths, statement: item }];
    const suggestion = nearestName(odd, legal);
    checker.report.error('CX4005', item.path.span, `\`${statement.name.text}\` has no \`${odd}\` to wrap`, {
      expected: legal.length === 0 ? 'a tower of blocks: a ViT or a text tower' : `${legal[0] ?? ''} to ${legal.at(-1) ?? ''}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return [];
  });
} // prettier-ignore

function wrappable(shape: EncoderShape): string[] {
  const towers = shape.config.kind === 'clip' ? ['image', 'text'] : [''];
  return towers.flatMap((tower) => {
    const prefix = tower === '' ? '' : `${tower}.`;
    return Array.from({ length: blockCount(shape, tower) }, (_, index) => `${prefix}blocks.${index}`);
  });
}

/** Whether some block of the tower is rewritten. */
export const isWrapped = (checker: Checker, instance: Instance, tower: string): boolean =>
  checker.wrapsOf(instance.name).some((wrap) => wrap.paths.some((path) => path.startsWith(tower === '' ? 'blocks' : `${tower}.`))); // prettier-ignore

/** The tokens `[…, token, width]` behind all blocks of a tower, or behind the first `until`. */
export function throughBlocks(
  checker: Checker,
  instance: Instance,
  shape: EncoderShape,
  tower: string,
  tokens: Typed,
  until?: number,
): Typed | undefined {
  const prefix = tower === '' ? 'blocks.' : `${tower}.blocks.`;
  const count = until ?? blockCount(shape, tower);
  const wraps = checker.wrapsOf(instance.name);
  let value: Typed | undefined = tokens;
  let first = 0;
  const run = (from: number, to: number, x: Typed): Typed | undefined => {
    const indices = Array.from({ length: to - from + 1 }, (_, place) => from + place);
    const part = blocksPart(checker, instance, shape, tower, { indices, several: true, span: instance.span });
    return part === undefined ? undefined : blockCall(checker, part, x);
  };
  for (let index = 0; index < count && value !== undefined; index++) {
    const wrap = wraps.findLast(({ paths }) => paths.includes(`${prefix}${index}`));
    if (wrap === undefined) continue;
    if (first < index) value = run(first, index - 1, value);
    first = index + 1;
    const part = blocksPart(checker, instance, shape, tower, { indices: [index], several: false, span: wrap.statement.span }); // prettier-ignore
    if (part === undefined || value === undefined) return undefined;
    value = rewritten(checker, wrap, part, value);
  }
  return value !== undefined && first < count ? run(first, count - 1, value) : value;
}

function blockCall(checker: Checker, part: PlacedPart, x: Typed): Typed | undefined {
  const scope = new Scope(checker.root, `${part.name}.`);
  scope.bind('·', { kind: 'tensor', typed: x });
  const { span } = x;
  const argument = (name: string) => ({ kind: 'reference', name, span }) as const;
  const args = [{ kind: 'argument', value: argument('·'), arrows: [], span }] as const;
  const call = { kind: 'call', callee: argument('·'), args, span } as const;
  const value: Value | undefined = part.shape.kind === 'layer' ? callLayer(checker, part, part.shape, call, scope) : undefined; // prettier-ignore
  return value?.kind === 'tensor' ? value.typed : undefined;
}

/** The equation in the place of one block: `x` is what comes, `self` the block itself. */
function rewritten(checker: Checker, wrap: Wrap, part: PlacedPart, x: Typed): Typed | undefined {
  const { statement } = wrap;
  const { span } = statement;
  const around = new Scope(checker.root, `${part.name}.wrap.`, checker.fileScope(checker.root));
  around.bind('self', { kind: 'part', part });
  around.bind('·', { kind: 'tensor', typed: x });
  const name = { kind: 'name', text: 'wrap', span: statement.path.span } as const;
  const fn: FnStatement = { kind: 'fn', name, params: statement.params, body: statement.body, span };
  const argument = { kind: 'argument', value: { kind: 'reference', name: '·', span: statement.path.span }, arrows: [], span: statement.path.span } as const; // prettier-ignore
  const call = { kind: 'call', callee: argument.value, args: [argument], span: statement.path.span } as const;
  const value = inlineFn(checker, fn, checker.root, call, around, around);
  if (value === undefined) return undefined;
  const typed = value.kind === 'tensor' ? value.typed : undefined;
  const width = part.shape.kind === 'layer' ? part.shape.axes['along'] : undefined;
  if (typed === undefined || width === undefined || !hasAxis(typed.type, width.id)) {
    return checker.report.error('CX3005', statement.body.span, `what stands for \`${part.name}\` gives tokens, as the block does`, {
      expected: printAxes(x.type.axes),
      ...(typed === undefined ? {} : { found: printAxes(typed.type.axes) }),
    }); // prettier-ignore
  }
  return typed;
}

/** A later segment of a tower, on tokens: `image.pool`, `text.pool`. */
export function segment(
  instance: Instance,
  tap: string,
  args: readonly Typed[],
  tokens: Typed,
  shape: EncoderShape,
  width: string,
  unbuilt?: string,
): Typed | undefined {
  const token = tokens.type.axes.find((axis) => axis.name === 'token');
  const along = tokens.type.axes.find((axis) => axis.id === width);
  if (token === undefined || along === undefined) return undefined;
  const rest = tokens.type.axes.filter((axis) => axis.id !== token.id && axis.id !== along.id);
  const type = { element: 'f32', axes: orderAxes([...rest, shape.to ?? shape.joint]) } as const;
  const attributes = { owner: instance.name, tap, axes: { over: token, along }, ...(unbuilt === undefined ? {} : { unbuilt }) }; // prettier-ignore
  return node('call', args, attributes, type, tokens.span, reducedMask(tokens.mask, [token], 'mean', tokens.span));
}

/** Every token behind the last block, normed and in the joint space: `image.finish`, `text.finish`. */
export function finished(instance: Instance, shape: EncoderShape, tower: string, tokens: Typed, width: Axis): Typed {
  const token = tokens.type.axes.find((axis) => axis.name === 'token');
  const axes = orderAxes(tokens.type.axes.map((axis) => (axis.id === width.id ? shape.joint : axis)));
  const attributes = { owner: instance.name, tap: tower === '' ? 'finish' : `${tower}.finish`, axes: { ...(token === undefined ? {} : { over: token }), along: width } }; // prettier-ignore
  return node('call', [tokens], attributes, { element: 'f32', axes }, tokens.span, tokens.mask);
}

/** The law: what `wrap` names is there. Blocks of an encoder are checked with it; anything else has none. */
export function checkWraps(checker: Checker): void {
  for (const statement of checker.root.file.statements) {
    if (statement.kind !== 'wrap') continue;
    const { head } = statement.path;
    const found = checker.root.declarations.find(head.text, 'value');
    if (found?.kind === 'encoder' || (found === undefined && checker.isRemoved(head.text, head.span))) continue;
    const encoders = checker.root.declarations.all.filter(({ kind }) => kind === 'encoder').map(({ name }) => name.text); // prettier-ignore
    const suggestion = nearestName(head.text, encoders);
    checker.report.error('CX4005', head.span, `\`wrap\` rewrites blocks of an encoder, and \`${head.text}\` is none`, {
      expected: '`wrap clip.image.blocks[0..11](x) = x + adapter(self(x))`',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
