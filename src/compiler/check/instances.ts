import { nearestName } from '../common/suggest.ts';
import {
  clipStatistics, imagenetStatistics, plainStatistics,
  type Activation, type ClipConfig, type EncoderConfig, type ImageTowerConfig, type PixelStatistics, type TextTowerConfig,
} from '../types/model-config.ts'; // prettier-ignore
import type { Argument, Call, EncoderStatement, Expression, Initialiser, ModuleStatement } from '../syntax/ast.ts';
import { known, printSize, type Axis } from '../types/axis.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { readModelConfig } from './model-file.ts';
import { Scope } from './scope.ts';
import { stateOverrides } from './state-overrides.ts';
import type { Instance, InstanceShape } from './typed.ts';
import type { Value } from './value.ts';

const encoders = ['clip', 'resnet18', 'resnet34', 'resnet50', 'vit', 'residual', 'text_transformer'];
const laterEncoders = ['ast', 'bert', 'copy'];
const modules = ['mlp', 'linear'];
const laterModules = [
  'conv', 'batch_norm', 'layer_norm', 'group_norm', 'embedding', 'positions', 'dropout', 'attention', 'cross_attention', 'transformer',
  'decoder', 'lstm', 'gru', 'attention_pool', 'fpn', 'upsample', 'patchify', 'temporal_conv', 'temporal_shift', 'copy', 'adapter',
]; // prettier-ignore

/** The flag is the law of the language: state is explicit. */
function flagOf(checker: Checker, statement: EncoderStatement | ModuleStatement): 'frozen' | 'trainable' | undefined {
  if (statement.flag !== undefined) return checker.flagOverride(statement.name.text) ?? statement.flag;
  return checker.report.error(
    'CX4001',
    statement.name.span,
    `\`${statement.name.text}\` is neither frozen nor trainable`,
    {
      expected: `\`frozen ${statement.kind} ${statement.name.text} = …\` or \`trainable ${statement.kind} ${statement.name.text} = …\``,
      help: 'frozen: no gradient, no optimiser state, evaluation mode; trainable: all of them',
      fix: { span: { ...statement.span, end: statement.span.start }, replacement: 'frozen ', title: 'make it frozen' },
    },
  );
}

function instanceValue(
  checker: Checker,
  statement: EncoderStatement | ModuleStatement,
  shape: InstanceShape | undefined,
  from: string | undefined,
): Value | undefined {
  const flag = flagOf(checker, statement);
  if (shape === undefined || flag === undefined) return undefined;
  const overrides = statement.init.settings === undefined ? [] : stateOverrides(checker, statement.init.settings);
  const instance: Instance = {
    name: statement.name.text,
    kind: statement.kind,
    flag,
    shape,
    overrides: [...overrides, ...checker.stateStatements(statement.name.text)],
    span: statement.name.span,
    ...(from === undefined ? {} : { from }),
  };
  checker.instances.set(instance.name, instance);
  return { kind: 'instance', instance };
}

// ── encoders ─────────────────────────────────────────────────────────

export function encoderInstance(checker: Checker, statement: EncoderStatement, scope: Scope): Value | undefined {
  const call = catalogueCall(checker, statement.init, [...encoders, ...laterEncoders], 'encoder');
  if (call === undefined) return undefined;
  if (laterEncoders.includes(call.name))
    return checker.notImplemented(call.call.callee.span, `the encoder \`${call.name}\``);
  const reader = new ConfigReader(checker, call.call, scope);
  const name = statement.name.text;
  if (call.name === 'clip' && reader.positional()?.kind === 'string') {
    const path = reader.positional();
    if (path?.kind !== 'string') return undefined;
    reader.close([], 1);
    if (reader.failed) return undefined;
    const config = readModelConfig(checker, path.value, path.span);
    if (config === undefined) return undefined;
    if (config.kind !== 'clip')
      return checker.report.error('CX5007', path.span, `\`${path.value}\` describes a ${config.kind}, not a CLIP`);
    return instanceValue(checker, statement, encoderShape(name, config, undefined), path.value);
  }
  const to = reader.axis('to');
  const init = reader.word('init', ['random'], 'random');
  let config: EncoderConfig | undefined;
  if (call.name === 'clip') config = reader.clip();
  else if (call.name === 'text_transformer') config = reader.text();
  else config = reader.image(call.name, 64);
  reader.close(['to', 'init', ...reader.used]);
  if (config === undefined || init === undefined || reader.failed) return undefined;
  if (to !== undefined && to.kind === undefined) return undefined;
  return instanceValue(checker, statement, encoderShape(name, config, to), undefined);
}

function encoderShape(name: string, config: EncoderConfig, to: Axis | undefined): InstanceShape {
  if (config.kind === 'clip') {
    const joint: Axis = { id: `${name}.joint`, name: 'joint', kind: 'feature', size: known(config.joint) };
    const textWidth: Axis = {
      id: `${name}.text.width`,
      name: 'width',
      kind: 'feature',
      size: known(config.text.width),
    };
    const imageWidth: Axis = {
      id: `${name}.image.width`,
      name: 'width',
      kind: 'feature',
      size: known(widthOf(config.image)),
    };
    return { kind: 'encoder', config, joint, axes: { joint, 'text.width': textWidth, 'image.width': imageWidth } };
  }
  const width: Axis = {
    id: `${name}.width`,
    name: 'width',
    kind: 'feature',
    size: known(config.kind === 'text_transformer' ? config.width : widthOf(config)),
  };
  return { kind: 'encoder', config, joint: width, axes: { width }, ...(to === undefined ? {} : { to }) };
}

/** Numbers in the pooled feature of an image tower. */
export function widthOf(config: ImageTowerConfig): number {
  switch (config.kind) {
    case 'vit':
      return config.width;
    case 'resnet':
      return config.width * (config.depth === 50 ? 32 : 8);
    case 'residual':
      return config.blocks.at(-1) ?? config.width;
  }
}

/** `name(…)` from the catalogue of its place. */
function catalogueCall(
  checker: Checker,
  init: Initialiser,
  names: readonly string[],
  what: string,
): { name: string; call: Call } | undefined {
  if (init.from !== undefined) return checker.notImplemented(init.from.span, '`from` as a source of weights');
  const { value } = init;
  if (value.kind !== 'call' || value.callee.kind !== 'reference') {
    return checker.report.error('CX2012', value.span, `this makes no ${what}`, {
      expected: `one of ${names.join(', ')}, called with its sizes`,
    });
  }
  const { name } = value.callee;
  if (names.includes(name)) return { name, call: value };
  const suggestion = nearestName(name, names);
  return checker.report.error('CX2012', value.callee.span, `there is no ${what} called \`${name}\``, {
    expected: names.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Reads the options of one catalogue call; every option must be known and well formed. */
class ConfigReader {
  readonly used: string[] = [];
  readonly #checker: Checker;
  readonly #call: Call;
  readonly #scope: Scope;
  failed = false;

  constructor(checker: Checker, call: Call, scope: Scope) {
    this.#checker = checker;
    this.#call = call;
    this.#scope = scope;
  }

  positional(): Expression | undefined {
    return this.#call.args.find((argument) => argument.label === undefined)?.value;
  }

  #argument(label: string): Argument | undefined {
    this.used.push(label);
    return this.#call.args.find((argument) => argument.label?.text === label);
  }

  #report(code: string, argument: Argument, message: string, expected: string): undefined {
    this.failed = true;
    return this.#checker.report.error(code, argument.value.span, message, { expected });
  }

  /** A whole number of at least 1. */
  count(label: string, fallback: number, most = 1_000_000): number {
    const argument = this.#argument(label);
    if (argument === undefined) return fallback;
    const typed = this.#checker.tensor(argument.value, this.#scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= most) return value;
    if (typed === undefined) this.failed = true;
    else this.#report('CX5006', argument, `\`${label}\` is a whole number from 1 to ${most}`, 'a whole number');
    return fallback;
  }

  counts(label: string, fallback: readonly number[]): readonly number[] {
    const argument = this.#argument(label);
    if (argument === undefined) return fallback;
    const items = argument.value.kind === 'list' ? argument.value.items : [];
    const values = items.map((item) => (item.value.kind === 'quantity' ? item.value.value : Number.NaN));
    if (values.length > 0 && values.every((value) => Number.isInteger(value) && value >= 1)) return values;
    this.#report('CX5006', argument, `\`${label}\` is a list of whole numbers`, '[32, 64, 128]');
    return fallback;
  }

  word<Word extends string>(label: string, words: readonly Word[], fallback: Word): Word | undefined {
    const argument = this.#argument(label);
    if (argument === undefined) return fallback;
    const name = argument.value.kind === 'reference' ? argument.value.name : '';
    const found = words.find((word) => word === name);
    return found ?? this.#report('CX2010', argument, `\`${label}\` cannot be this`, words.join(', '));
  }

  axis(label: string): Axis | undefined {
    const argument = this.#argument(label);
    if (argument === undefined) return undefined;
    const axis = this.#checker.axisOf(argument.value, this.#scope);
    if (axis === undefined) this.failed = true;
    else if (axis.size.kind !== 'known') {
      return this.#report(
        'CX5006',
        argument,
        `\`${axis.name}\` has ${printSize(axis.size)} entries, which only the data decide`,
        'an axis of known size',
      );
    }
    return axis;
  }

  string(label: string, fallback: string): string {
    const argument = this.#argument(label);
    if (argument === undefined) return fallback;
    if (argument.value.kind === 'string') return argument.value.value;
    this.#report('CX5006', argument, `\`${label}\` is a path`, 'a string');
    return fallback;
  }

  activation(): Activation {
    return this.word('activation', ['gelu', 'quick_gelu', 'relu'], 'gelu') ?? 'gelu';
  }

  statistics(fallback: PixelStatistics): PixelStatistics {
    const word = this.word('normalize', ['own', 'imagenet', 'clip', 'none'], 'own');
    return word === 'imagenet'
      ? imagenetStatistics
      : word === 'clip'
        ? clipStatistics
        : word === 'none'
          ? plainStatistics
          : fallback;
  }

  #nested(label: string, names: readonly string[]): { name: string; reader: ConfigReader; call: Call } | undefined {
    const argument = this.#argument(label);
    if (argument === undefined) return undefined;
    const { value } = argument;
    const name = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : undefined;
    if (value.kind !== 'call' || name === undefined || !names.includes(name)) {
      return this.#report('CX2012', argument, `\`${label}\` is none of the towers that fit here`, names.join(', '));
    }
    return { name, reader: new ConfigReader(this.#checker, value, this.#scope), call: value };
  }

  image(name: string, size: number): ImageTowerConfig | undefined {
    if (name === 'vit') {
      const width = this.count('width', 768);
      const config: ImageTowerConfig = {
        kind: 'vit', size: this.count('size', 224), patch: this.count('patch', 32), width, layers: this.count('layers', 12, 1000),
        heads: this.count('heads', Math.max(1, Math.floor(width / 64))), activation: this.activation(), statistics: this.statistics(clipStatistics),
      }; // prettier-ignore
      if (config.size % config.patch !== 0)
        this.failed =
          this.#checker.report.error(
            'CX5006',
            this.#call.span,
            `patches of ${config.patch} px do not tile ${config.size} px`,
          ) ?? true;
      if (config.width % config.heads !== 0)
        this.failed =
          this.#checker.report.error(
            'CX5006',
            this.#call.span,
            `${config.heads} heads do not divide a width of ${config.width}`,
          ) ?? true;
      return config;
    }
    if (name === 'residual') {
      const blocks = this.counts('blocks', [32, 64, 64, 128, 128, 256]);
      const strides = this.counts('strides', [1, 2, 1, 2, 1, 2]);
      if (blocks.length !== strides.length) {
        this.failed =
          this.#checker.report.error(
            'CX5006',
            this.#call.span,
            `${blocks.length} blocks, and ${strides.length} strides`,
          ) ?? true;
      }
      return {
        kind: 'residual',
        size: this.count('size', size),
        width: this.count('width', 32),
        blocks,
        strides,
        statistics: this.statistics(clipStatistics),
      };
    }
    const depth = name === 'resnet34' ? 34 : name === 'resnet50' ? 50 : 18;
    return { kind: 'resnet', depth, width: this.count('width', 64), statistics: this.statistics(plainStatistics) };
  }

  text(): TextTowerConfig {
    const width = this.count('width', 512);
    const config: TextTowerConfig = {
      kind: 'text_transformer', context: this.count('context', 77), vocabulary: this.count('vocabulary', 49_408), width,
      layers: this.count('layers', 12, 1000), heads: this.count('heads', Math.max(1, Math.floor(width / 64))), activation: this.activation(),
      tokenizer: this.string('tokenizer', 'data/tokenizer/clip-small.json'),
    }; // prettier-ignore
    if (config.width % config.heads !== 0)
      this.failed =
        this.#checker.report.error(
          'CX5006',
          this.#call.span,
          `${config.heads} heads do not divide a width of ${config.width}`,
        ) ?? true;
    return config;
  }

  clip(): ClipConfig | undefined {
    const joint = this.count('joint', 512);
    const image = this.#nested('image', ['vit', 'residual', 'resnet18', 'resnet34', 'resnet50']);
    const text = this.#nested('text', ['text_transformer']);
    if (image === undefined || text === undefined) {
      if (!this.failed)
        this.#checker.report.error(
          'CX3006',
          this.#call.span,
          'a CLIP is its weights (`clip("weights/…")`) or its two towers',
          { help: '`clip(joint: 128, image: residual(…), text: text_transformer(…))`' },
        );
      this.failed = true;
      return undefined;
    }
    const imageConfig = image.reader.image(image.name, 64);
    const textConfig = text.reader.text();
    image.reader.close(image.reader.used);
    text.reader.close(text.reader.used);
    this.failed ||= image.reader.failed || text.reader.failed;
    return imageConfig === undefined ? undefined : { kind: 'clip', joint, image: imageConfig, text: textConfig };
  }

  /** Whatever is written and was not read is unknown: options, and values without a name past the first `positional`. */
  close(labels: readonly string[], positional = 0): void {
    const unnamed = this.#call.args.filter((argument) => argument.label === undefined);
    for (const argument of unnamed.slice(positional)) {
      this.failed = true;
      this.#checker.report.error('CX3006', argument.span, 'nothing reads this value', {
        expected: labels.length === 0 ? 'nothing more' : `options with names: ${[...new Set(labels)].join(', ')}`,
      });
    }
    const seen = new Set<string>();
    for (const argument of this.#call.args) {
      const label = argument.label;
      if (label === undefined) continue;
      if (seen.has(label.text)) {
        this.failed = true;
        this.#checker.report.error('CX2002', label.span, `\`${label.text}\` is given twice`);
      }
      seen.add(label.text);
      if (labels.includes(label.text)) continue;
      const suggestion = nearestName(label.text, labels);
      this.failed = true;
      this.#checker.report.error('CX2010', label.span, `there is no option \`${label.text}\` here`, {
        expected: labels.length === 0 ? 'no options' : [...new Set(labels)].join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

// ── modules ──────────────────────────────────────────────────────────

export function moduleInstance(checker: Checker, statement: ModuleStatement, scope: Scope): Value | undefined {
  const call = catalogueCall(checker, statement.init, [...modules, ...laterModules], 'module');
  if (call === undefined) return undefined;
  if (laterModules.includes(call.name))
    return checker.notImplemented(call.call.callee.span, `the module \`${call.name}\``);
  const reader = new ConfigReader(checker, call.call, scope);
  const chain = call.call.args.find((argument) => argument.label === undefined);
  const parts = chain === undefined ? [] : [chain.value, ...chain.arrows];
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined || parts.length < 2) {
    return checker.report.error('CX3006', call.call.span, `\`${call.name}\` goes from one axis to another`, {
      help: `\`${call.name}(clip.joint -> ${call.name === 'mlp' ? 'hidden(512) -> ' : ''}class)\``,
    });
  }
  const from = checker.axisOf(first, scope);
  const to = checker.axisOf(last, scope);
  for (const [end, part] of [
    [from, first],
    [to, last],
  ] as const) {
    if (end?.id !== 'batch') continue;
    reader.failed = true;
    checker.report.error('CX2009', part.span, 'a module acts on each sample by itself, not along `batch`', {
      expected: 'an axis of one sample, as `clip.joint` or a vocabulary',
    });
  }
  const hidden = parts.slice(1, -1).map((part) => hiddenWidth(checker, part, scope));
  const activation = reader.word('activation', ['relu', 'gelu', 'quick_gelu'], 'relu');
  const bias = reader.word('bias', ['on', 'off'], 'on');
  reader.close(call.name === 'mlp' ? ['activation'] : ['bias'], 1);
  if (
    from === undefined ||
    to === undefined ||
    hidden.some((width) => width === undefined) ||
    activation === undefined ||
    reader.failed
  )
    return undefined;
  if (call.name === 'linear' && hidden.length > 0) {
    return checker.report.error('CX3006', call.call.span, 'a `linear` has no hidden layer', { help: 'use `mlp`' });
  }
  const shape: InstanceShape = call.name === 'linear'
    ? { kind: 'linear', from, to, bias: bias !== 'off' }
    : { kind: 'mlp', from, to, hidden: hidden.filter((width) => width !== undefined), activation }; // prettier-ignore
  return instanceValue(checker, statement, shape, undefined);
}

function hiddenWidth(checker: Checker, part: Expression, scope: Scope): number | undefined {
  const argument =
    part.kind === 'call' && part.callee.kind === 'reference' && part.callee.name === 'hidden'
      ? part.args[0]
      : undefined;
  const typed = argument === undefined ? undefined : checker.tensor(argument.value, scope);
  const width = typed === undefined ? undefined : constantOf(typed);
  if (width !== undefined && Number.isInteger(width) && width >= 1) return width;
  return checker.report.error('CX5006', part.span, 'between the ends of a module stand hidden widths', {
    expected: '`hidden(512)`',
  });
}
