import { known, productOfSizes, structuralAxis, type Axis } from '../../types/axis.ts';
import type { Call } from '../../syntax/ast.ts';
import type { ImageTowerConfig } from '../../types/model-config.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { Arguments } from '../arguments.ts';
import { cast, node, orderAxes } from '../build.ts';
import type { Checker } from '../checker.ts';
import { Compose, localAxis, withMask } from '../compose.ts';
import { alongside, reducedMask } from '../masks.ts';
import type { Scope } from '../scope.ts';
import type { CallAttributes, Instance, Typed } from '../typed.ts';
import type { Pick, Value } from '../value.ts';
import type { EncoderShape } from './encoder-shape.ts';
import {
  builtFor, lastMap, mapChannel, pickRange, stageChannels, stageExtent, tokenCount, type ImageTap, type Picture,
} from './image-tower.ts'; // prettier-ignore
import { imageTapIsBuilt } from './built.ts';
import { finished, isWrapped, segment, throughBlocks } from './wraps.ts';

/** An image tower, or one of its taps, applied to a value with height, width and channel. */
export interface ImageCall {
  readonly checker: Checker;
  readonly instance: Instance;
  readonly shape: EncoderShape;
  readonly config: ImageTowerConfig;
  /** As the file reaches it: `clip.image.stage`. */
  readonly what: string;
  /** The path of the call, `image.stage`. */
  readonly path: string;
  readonly tap: ImageTap | undefined;
  readonly pick: Pick | undefined;
  readonly call: Call;
  readonly scope: Scope;
}

export function callImageTower(site: ImageCall): Value | undefined {
  const { checker, call, scope, what, tap, config, shape } = site;
  if (tap === 'pool') return poolCall(site);
  const labels = ['append', ...(tap === 'map' ? ['path'] : [])];
  const args = new Arguments(checker, what, call, scope, labels, [1, 1]);
  if (args.failed) return undefined;
  const first = args.positional(0);
  const value = first === undefined ? undefined : checker.expression(first.value, scope);
  if (first === undefined || value === undefined) return undefined;
  const typed = value.kind === 'tensor' ? value.typed : undefined;
  const picture = typed === undefined ? undefined : pictureOf(typed);
  if (typed === undefined || picture === undefined) {
    return checker.report.error('CX3007', first.span, `\`${what}\` reads an image`, {
      expected: 'an `input` of type `image(…)`, or a value with the axes height, width and channel (3)',
      ...(typed === undefined ? {} : { found: printAxes(typed.type.axes) }),
    });
  }
  if (!fits(site, typed, picture)) return undefined;
  const path = args.labelled('path')?.value;
  if (path !== undefined && (path.kind !== 'reference' || (path.name !== 'mix' && path.name !== 'value'))) {
    return checker.report.error('CX2010', path.span, `\`path\` cannot be this`, { expected: 'mix or value' });
  }
  if (path?.kind === 'reference' && path.name === 'value' && config.kind !== 'modified_resnet') {
    return checker.report.error('CX2010', path.span, 'only a tower that ends in an attention pool has a value path', {
      expected: 'mix',
      help: 'the other towers finish each token by itself',
    });
  }
  const appended = args.has('append') ? appendedTokens(site, args, picture) : undefined;
  if (args.failed) return undefined;
  const extra = appended === undefined ? 0 : tokensIn(appended, shape, picture);
  const inputs = [typed.op === 'column' ? typed : cast(typed, 'f32'), ...(appended === undefined ? [] : [appended])];
  const value_ = path?.kind === 'reference' && path.name === 'value';
  const make = (at: string, axes: readonly Axis[]): Typed =>
    node('call', inputs, attributes(site, at), { element: 'f32', axes: orderAxes([...picture.lead, ...axes]) }, call.span, typed.mask); // prettier-ignore
  const joint = shape.to ?? shape.joint;
  const tower = site.path.startsWith('image') ? 'image' : '';
  if (isWrapped(checker, site.instance, tower) && tap !== 'embed' && tap !== 'patches')
    return wrapped(site, picture, tower, { ...site, path: tower === '' ? 'embed' : `${tower}.embed`, tap: 'embed' });
  const tokens = structuralAxis('token', known(tokenCount(config, picture.pixels) + extra));
  switch (tap) {
    case undefined:
      return { kind: 'tensor', typed: make(site.path, [joint]) };
    case 'tokens':
      return { kind: 'tensor', typed: make(site.path, [tokens, joint]) };
    case 'map':
      return { kind: 'tensor', typed: make(value_ ? `${site.path}.value` : site.path, [...lastMap(config, picture.pixels), joint]) }; // prettier-ignore
    case 'hidden':
    case 'embed':
      return { kind: 'tensor', typed: make(site.path, [tokens, imageWidthAxis(shape)]) };
    case 'patches': {
      const places = structuralAxis('token', known(tokenCount(config, picture.pixels) - 1));
      return { kind: 'tensor', typed: make(site.path, [places, imageWidthAxis(shape)]) };
    }
    case 'grid':
      return { kind: 'tensor', typed: make(site.path, [...lastMap(config, picture.pixels), mapChannel(config)]) };
    case 'stage':
    case 'attention':
      return picked(site, picture, extra, make);
  }
}

/** A tower whose blocks are rewritten: its embedding, block by block, and its pooling. */
function wrapped(site: ImageCall, picture: Picture, tower: string, embedding: ImageCall): Value | undefined {
  const { checker, instance, shape, tap, config } = site;
  const embedded = callImageTower(embedding);
  if (embedded?.kind !== 'tensor') return undefined;
  const width = imageWidthAxis(shape);
  const after = (until?: number): Typed | undefined => throughBlocks(checker, instance, shape, tower, embedded.typed, until); // prettier-ignore
  if (tap === 'stage') return pickedOf(site, (index) => asMap(site, picture, after(index + 1), width, mapChannel(config))); // prettier-ignore
  if (tap === 'attention') return pickedOf(site, (index) => attentionOf(site, tower, after(index), index));
  const tokens = after();
  if (tokens === undefined) return undefined;
  const value = (typed: Typed | undefined): Value | undefined => (typed === undefined ? undefined : { kind: 'tensor', typed }); // prettier-ignore
  if (tap === 'hidden') return value(tokens);
  if (tap === 'grid') return value(asMap(site, picture, tokens, width, mapChannel(config)));
  if (tap === 'tokens') return value(finished(instance, shape, tower, tokens, width));
  if (tap === 'map') return value(asMap(site, picture, finished(instance, shape, tower, tokens, width), shape.joint, shape.joint)); // prettier-ignore
  const pool = tower === '' ? 'pool' : `${tower}.pool`;
  const unbuilt = imageTapIsBuilt(site.config, 'pool') ? undefined : `\`${instance.name}.${pool}\``;
  const typed = segment(instance, pool, [tokens], tokens, shape, imageWidthAxis(shape).id, unbuilt);
  return typed === undefined ? undefined : { kind: 'tensor', typed };
}

/** The tokens of the patches laid out as a picture, `[…, height, width, numbers]`. */
function asMap(site: ImageCall, picture: Picture, tokens: Typed | undefined, from: Axis, to: Axis): Typed | undefined {
  const token = tokens?.type.axes.find((axis) => axis.name === 'token');
  if (tokens === undefined || token === undefined) return undefined;
  const compose = new Compose(site.call.span);
  const [height, width] = lastMap(site.config, picture.pixels);
  const count = [height, width].reduce((product, { size }) => product * (size.kind === 'known' ? size.value : 1), 1);
  const places: Axis = { ...localAxis(token, 'patch', productOfSizes([height.size, width.size])), kind: 'position' };
  // behind the class token, before what is appended
  const cut = (whole: Typed): Typed =>
    node('slice', [whole], { axis: token, from: 1, to: count, as: places }, { ...whole.type, axes: whole.type.axes.map((axis) => (axis.id === token.id ? places : axis)) }, site.call.span); // prettier-ignore
  const patches = withMask(cut(tokens), alongside(tokens.mask, token, cut));
  const map = compose.split(patches, places, [height, width]);
  return from.id === to.id ? map : compose.rename(map, from, to);
}

/** Probabilities of a block on what comes to it. Of a block that is rewritten there are none: it may be called on anything. */
function attentionOf(site: ImageCall, tower: string, tokens: Typed | undefined, index: number): Typed | undefined {
  const { checker, instance, shape, call, what } = site;
  const path = tower === '' ? `blocks.${index}` : `${tower}.blocks.${index}`;
  const wrap = checker.wrapsOf(instance.name).find(({ paths }) => paths.includes(path));
  if (wrap !== undefined) {
    return checker.report.error('CX2010', call.callee.span, `\`${what}\` of a block that \`wrap\` rewrites`, {
      related: [{ span: wrap.statement.path.span, label: 'rewritten here' }],
      help: 'it may attend to anything, or more than once: take the attention of another block',
    });
  }
  const token = tokens?.type.axes.find((axis) => axis.name === 'token');
  if (tokens === undefined || token === undefined) return undefined;
  const width = imageWidthAxis(shape);
  const head = structuralAxis('head', known('heads' in site.config ? site.config.heads : 1));
  const [query, key] = (['query', 'key'] as const).map((name) => ({ ...structuralAxis(name, token.size), kind: 'position' as const })); // prettier-ignore
  if (query === undefined || key === undefined) return undefined;
  const rest = tokens.type.axes.filter((axis) => axis.id !== token.id && axis.id !== width.id);
  const made: CallAttributes = { owner: instance.name, tap: tower === '' ? `probabilities.${index}` : `${tower}.probabilities.${index}`, axes: { over: token, along: width } }; // prettier-ignore
  const axes = orderAxes([...rest, head, query, key]);
  return node('call', [tokens], made, { element: 'f32', axes }, call.span, reducedMask(tokens.mask, [token], 'mean', call.span)); // prettier-ignore
}

function attributes(site: ImageCall, tap: string): CallAttributes {
  const unbuilt = imageTapIsBuilt(site.config, site.tap) ? {} : { unbuilt: `\`${site.what}\`` };
  return { owner: site.instance.name, tap, ...unbuilt };
}

/** The width axis of an encoder's image tower. */
function imageWidthAxis(shape: EncoderShape): Axis {
  return shape.axes['image.width'] ?? shape.joint;
}

/** The axes of a value as a picture: by the names height, width and channel. */
function pictureOf(typed: Typed): Picture | undefined {
  const named = (name: string): Axis | undefined => {
    const alike = typed.type.axes.filter((axis) => axis.name === name);
    return alike.length === 1 ? alike[0] : undefined;
  };
  const [height, width, channel] = [named('height'), named('width'), named('channel')];
  if (height === undefined || width === undefined || channel === undefined || typed.type.element === 'text') return undefined; // prettier-ignore
  if (height.size.kind !== 'known' || width.size.kind !== 'known') return undefined;
  if (channel.size.kind !== 'known' || channel.size.value !== 3) return undefined;
  const own = [height, width, channel];
  const lead = typed.type.axes.filter((axis) => !own.includes(axis));
  return { lead, height, width, channel, pixels: [height.size.value, width.size.value], span: typed.span };
}

function fits({ checker, call, config, instance, what }: ImageCall, typed: Typed, picture: Picture): boolean {
  const { report } = checker;
  const lonely = picture.lead.find((axis) => axis.kind === 'feature');
  if (lonely !== undefined) {
    report.error('CX3007', call.args[0]?.span ?? call.span, `\`${what}\` reads an image, and this is one for each entry of \`${lonely.name}\``, {
      found: printAxes(typed.type.axes),
      help: `name it as an axis of items or places, or take one entry: \`x[${lonely.name}: 0]\``,
    }); // prettier-ignore
    return false;
  }
  const own = [picture.height, picture.width, picture.channel];
  const { mask } = typed;
  if (mask !== undefined && own.some((axis) => hasAxis(mask.type, axis.id))) {
    report.error('CX3007', call.args[0]?.span ?? call.span, `\`${what}\` reads whole images, and of this some pixels are masked`, {
      help: 'say what stands there: `fill(x, 0)`',
    }); // prettier-ignore
    return false;
  }
  const [height, width] = picture.pixels;
  const size = builtFor(config);
  const resizes = 'positions' in config && config.positions === 'resize';
  const column = typed.op === 'column' ? typed.attributes.column : undefined;
  const name = column === undefined ? 'this' : `\`${column}\``;
  if (size !== undefined && !resizes && (height !== size || width !== size)) {
    report.error('CX3014', call.span, `\`${instance.name}\` was built for ${size} px, and ${name} has ${height} x ${width}`, {
      related: [
        { span: checker.columns.get(column ?? '')?.span ?? typed.span, label: column === undefined ? 'made here' : 'declared here' },
        { span: instance.span, label: `${size} px` },
      ],
      help: column === undefined
        ? `there is no silent resize: write \`resize(x, like: ${instance.name}.image)\`, or \`positions: resize\` in \`${instance.name}\``
        : `there is no silent resize: write \`input ${column} : image(${size})\``,
    }); // prettier-ignore
    return false;
  }
  const tile = config.kind === 'vit' ? config.patch : 1;
  if (height % tile !== 0 || width % tile !== 0) {
    report.error('CX3014', call.span, `${height} x ${width} pixels do not split into tiles of ${tile}`, {
      help: `\`${instance.name}\` takes images whose height and width are multiples of ${tile}`,
    });
    return false;
  }
  const [, last] = pickRange(config);
  if (picture.pixels.some((pixels) => stageExtent(config, last, pixels) < 1)) {
    report.error('CX3014', call.span, `of ${height} x ${width} pixels nothing is left after the last stage`, {
      help: `\`${instance.name}\` halves an image five times`,
    });
    return false;
  }
  return true;
}

/** `append: t`: vectors of the tower's width that stand behind its tokens. */
function appendedTokens(site: ImageCall, args: Arguments, { lead }: Picture): Typed | undefined {
  const { checker, config, shape, call } = site;
  const value = args.option('append');
  if (value === undefined) return undefined;
  const span = args.labelled('append')?.span ?? call.span;
  const fail = (message: string, help: string): undefined => {
    args.failed = true;
    return checker.report.error('CX3003', span, message, { found: printAxes(value.type.axes), help });
  };
  const width = imageWidthAxis(shape);
  if (config.kind !== 'vit') return fail('only a tower of tokens takes more tokens', 'append to a ViT');
  if (!hasAxis(value.type, width.id)) return fail(`what is appended are vectors along \`${width.id}\``, `declare it so: \`trainable param t : [${width.id}] = normal(0.02)\``); // prettier-ignore
  const rest = value.type.axes.filter((axis) => axis.id !== width.id && !lead.some((each) => each.id === axis.id));
  if (rest.length > 1 || rest.some((axis) => axis.kind === 'feature'))
    return fail('what is appended has one axis of places at most', 'merge them first');
  return cast(value, 'f32');
}

function tokensIn(appended: Typed, shape: EncoderShape, { lead }: Picture): number {
  const width = imageWidthAxis(shape);
  const rest = appended.type.axes.find((axis) => axis.id !== width.id && !lead.some((each) => each.id === axis.id));
  return rest?.size.kind === 'known' ? rest.size.value : 1;
}

/** `stage[3]`, `stage[1..4]`, `attention[-1]`, `attention[0..11]`. */
function picked(
  site: ImageCall,
  picture: Picture,
  extra: number,
  make: (tap: string, axes: readonly Axis[]) => Typed,
): Value | undefined {
  const { config, tap, path } = site;
  return pickedOf(site, (index) => {
    if (tap === 'attention' && config.kind === 'vit') {
      const tokens = known(tokenCount(config, picture.pixels) + extra);
      const head = structuralAxis('head', known(config.heads));
      return make(`${path}.${index}`, [head, structuralAxis('query', tokens), structuralAxis('key', tokens)]);
    }
    const [height, width] = picture.pixels;
    return make(`${path}.${index}`, [
      structuralAxis('height', known(stageExtent(config, index, height))),
      structuralAxis('width', known(stageExtent(config, index, width))),
      structuralAxis('channel', known(stageChannels(config, index))),
    ]);
  });
}

/** One of them, several, or along the axis `layer`. */
function pickedOf(site: ImageCall, one: (index: number) => Typed | undefined): Value | undefined {
  const { checker, config, pick, tap, what, call } = site;
  const [first, last] = pickRange(config);
  if (pick === undefined) {
    return checker.report.error('CX3006', call.callee.span, `\`${what}\` says which one`, {
      expected: `\`${what}[${last}](…)\`, counted from ${first} to ${last}`,
    });
  }
  const indices = pick.indices.map((index) => (index < 0 ? last + 1 + index : index));
  const odd = pick.indices.find((_, place) => (indices[place] ?? -1) < first || (indices[place] ?? -1) > last);
  if (odd !== undefined) {
    return checker.report.error('CX5006', pick.span, `\`${what}\` is counted from ${first} to ${last}`, {
      found: String(odd),
    });
  }
  const values = indices.flatMap((index) => one(index) ?? []);
  if (values.length < indices.length) return undefined;
  const [only] = values;
  if (!pick.several && only !== undefined) return { kind: 'tensor', typed: only };
  if (tap === 'stage') return { kind: 'tuple', items: values.map((typed) => ({ kind: 'tensor', typed })) };
  const as: Axis = { id: `layer:${values.length}`, name: 'layer', kind: 'item', size: known(values.length) };
  const axes = orderAxes([...(only?.type.axes ?? []), as]);
  return { kind: 'tensor', typed: node('stack', values, { as }, { element: 'f32', axes }, call.span, only?.mask) };
}

/** `clip.image.pool(t)`: from tokens `[…, token, width]` to the feature. */
function poolCall(site: ImageCall): Value | undefined {
  const { checker, call, scope, what, shape } = site;
  const args = new Arguments(checker, what, call, scope, [], [1, 1]);
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const width = imageWidthAxis(shape);
  const token = value.type.axes.find((axis) => axis.name === 'token');
  if (token === undefined || !hasAxis(value.type, width.id)) {
    return checker.report.error('CX3003', args.place(0), `\`${what}\` reads tokens along \`${width.id}\``, {
      expected: `[…, token, ${width.id}]`,
      found: printAxes(value.type.axes),
    });
  }
  const rest = value.type.axes.filter((axis) => axis.id !== width.id && axis.id !== token.id);
  const type = { element: 'f32', axes: orderAxes([...rest, shape.to ?? shape.joint]) } as const;
  const made = { ...attributes(site, site.path), axes: { over: token, along: width } };
  return { kind: 'tensor', typed: node('call', [cast(value, 'f32')], made, type, call.span, reducedMask(value.mask, [token], 'mean', call.span)) }; // prettier-ignore
}
