/** Encoders and modules that a file declares: what they are, of which sizes, where their tensors start, and what trains in them. */
import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call, EncoderStatement, Expression, ModuleStatement } from '../syntax/ast.ts';
import { encoderNames, encoderOptions, type EncoderName } from '../types/catalogue/encoders.ts';
import { commonOptions, pretrainedOptions } from '../types/catalogue/encoders/shared.ts';
import type { EncoderConfig } from '../types/model-config.ts';
import type { Checker } from './checker.ts';
import { checkpointIn, readModelConfig } from './model-file.ts';
import { adapted, preparedAs, encoderConfig } from './parts/encoder-config.ts';
import { encoderShape, type EncoderShape } from './parts/encoder-shape.ts';
import { isHubModelHere } from './parts/hub-model.ts';
import { OptionReader } from './parts/option-reader.ts';
import { PartBuilder } from './parts/part-builder.ts';
import { partsOfTower } from './parts/tower-parts.ts';
import { wrapsOf } from './parts/wraps.ts';
import { Scope } from './scope.ts';
import { shapeSettings, stateOverrides } from './state-overrides.ts';
import { flagOverride, stateStatements } from './state-statements.ts';
import { tinyEncoder } from './tiny.ts';
import type { Checkpoint, Instance, InstanceShape, Origin, StateOverride } from './typed.ts';
import type { Value } from './value.ts';
import { filePath } from '../resolve/file-path.ts';
import { isHubPath } from '../types/hub-name.ts';

/** The flag is the law of the language: state is explicit. */
function flagOf(checker: Checker, statement: EncoderStatement | ModuleStatement): 'frozen' | 'trainable' | undefined {
  if (statement.flag !== undefined) return flagOverride(checker, statement.name.text) ?? statement.flag;
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

/** Where the tensors of an instance start; a weights folder is told apart, for tokenizers stand there too. */
interface Source {
  readonly from?: string;
  readonly checkpoint?: Checkpoint;
  readonly origin?: Origin;
}

function instanceValue(
  checker: Checker,
  statement: EncoderStatement | ModuleStatement,
  given: InstanceShape | undefined,
  { from, checkpoint, origin }: Source,
  inside: readonly StateOverride[] = [],
): Value | undefined {
  const flag = flagOf(checker, statement);
  const shape = given === undefined ? undefined : withShapeSettings(checker, statement, given);
  if (shape === undefined || flag === undefined) return undefined;
  const overrides = statement.init.settings === undefined ? [] : stateOverrides(checker, statement.init.settings);
  if (statement.kind === 'encoder' && shape.kind === 'encoder')
    checker.wraps.set(statement.name.text, wrapsOf(checker, statement, shape));
  const instance: Instance = {
    name: statement.name.text,
    kind: statement.kind,
    flag,
    shape,
    overrides: [...inside, ...overrides, ...stateStatements(checker, statement.name.text)],
    span: statement.name.span,
    ...(from === undefined ? {} : { from }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(origin === undefined ? {} : { origin }),
  };
  checker.instances.set(instance.name, instance);
  return { kind: 'instance', instance };
}

/** `{ normalize: imagenet  positions: resize }`: what an encoder computes, said in the braces after it. */
function withShapeSettings(
  checker: Checker,
  { init }: EncoderStatement | ModuleStatement,
  shape: InstanceShape,
): InstanceShape | undefined {
  const found = (init.settings?.items ?? []).flatMap((item) => {
    if (item.kind !== 'value-setting') return [];
    const last = item.path.steps.at(-1);
    const key = last === undefined ? item.path.head : last.kind === 'path-member' ? last.name : undefined;
    return key !== undefined && shapeSettings.includes(key.text) ? [{ key, item }] : [];
  });
  const [first] = found;
  if (first === undefined) return shape;
  if (shape.kind !== 'encoder') {
    return checker.report.error('CX2010', first.key.span, `\`${first.key.text}\` is a setting of an encoder`, {
      expected: 'lr, lr_scale, decay, clamp, statistics, dropout',
    });
  }
  const args = found.map(({ key, item }): Argument => ({ kind: 'argument', label: key, value: item.value, arrows: [], span: item.span })); // prettier-ignore
  const call: Call = { kind: 'call', callee: { kind: 'reference', name: '', span: init.span }, args, span: init.span };
  const options = Object.fromEntries(
    Object.entries(pretrainedOptions).filter(([name]) => shapeSettings.includes(name)),
  );
  const reader = new OptionReader(checker, call, checker.fileScope(checker.root), options);
  const config = adapted(shape.config, reader.values());
  return reader.failed ? undefined : { ...shape, config };
}

// ── encoders ─────────────────────────────────────────────────────────

export function encoderInstance(checker: Checker, statement: EncoderStatement, scope: Scope): Value | undefined {
  const { value, from } = statement.init;
  const name = statement.name.text;
  const origin = from === undefined ? undefined : new PartBuilder(checker, name, statement.name.span).origin(from, scope); // prettier-ignore
  if (from !== undefined && origin === undefined) return undefined;
  const call = encoderCall(checker, value);
  if (call === undefined) return undefined;
  const source: Source =
    origin?.kind === 'folder' ? fromFolder(checker, origin.path) : origin === undefined ? {} : { origin };
  if (call.name === 'copy') return copiedEncoder(checker, statement, call.call, scope, source);
  if (call.name === 'clip' || encoderOptions[call.name] !== undefined) {
    const [first] = call.call.args;
    if (first !== undefined && first.label === undefined)
      return pretrained(checker, statement, call.name, call.call, scope, source);
  }
  const reader = new OptionReader(checker, call.call, scope, { ...commonOptions, ...encoderOptions[call.name] });
  reader.takes(0);
  const to = call.name === 'clip' ? undefined : reader.axis('to');
  const config = encoderConfig(checker, call.name, reader, scope);
  if (config === undefined || reader.failed) return undefined;
  const prepared = preparedAs(config, source.checkpoint?.naming.id, reader.values());
  return instanceValue(checker, statement, encoderShape(name, sized(checker, prepared), to), source);
}

/** Tensors that start in a folder or file, whoever named them. */
function fromFolder(checker: Checker, path: string): Source {
  const checkpoint = checkpointIn(checker, path);
  return { from: path, ...(checkpoint === undefined ? {} : { checkpoint }) };
}

/** `clip("weights/clipx-tiny")`, `clip("ViT-B-32.pt")`: the sizes stand there. */
function pretrained(
  checker: Checker,
  statement: EncoderStatement,
  kind: EncoderName,
  call: Call,
  scope: Scope,
  source: Source,
): Value | undefined {
  const options = kind === 'clip' ? pretrainedOptions : { ...pretrainedOptions, to: commonOptions['to'] ?? { kind: 'axis' } }; // prettier-ignore
  const reader = new OptionReader(checker, call, scope, options);
  reader.takes(1);
  const path = reader.unnamed[0]?.value;
  if (path?.kind === 'from-source') {
    return checker.report.error('CX3006', path.span, 'the sizes of this encoder are not said', {
      expected: `\`${kind}("weights/…") from …\` or \`${kind}(…) from …\``,
      help: 'the folder or the call states the sizes, `from` the source of the tensors',
    });
  }
  if (path?.kind !== 'string') {
    return checker.report.error('CX3006', path?.span ?? call.span, 'nothing reads this value', {
      expected: `a weights folder, or options with names: ${Object.keys(encoderOptions[kind]).join(', ')}`,
    });
  }
  const to = kind === 'clip' ? undefined : reader.axis('to');
  if (reader.failed) return undefined;
  if (isHubPath(path.value) && !isHubModelHere(checker, path.value, path.span)) return undefined;
  const model = readModelConfig(checker, filePath(path), path.span);
  if (model === undefined) return undefined;
  const { config: read, checkpoint } = model;
  if (!describes(read, kind)) {
    const described = read.kind === 'clip' ? 'a CLIP' : `a ${read.kind}`;
    const wanted = kind === 'clip' ? 'a CLIP' : `a ${kind}`;
    return checker.report.error('CX5007', path.span, `\`${path.value}\` describes ${described}, not ${wanted}`);
  }
  const given = reader.values();
  const config = sized(checker, adapted(read, given));
  const whole = encoderShape(statement.name.text, config, to);
  const tower = given['tower'];
  const shape: EncoderShape = config.kind === 'clip' && (tower === 'image' || tower === 'text') ? { ...whole, tower } : whole; // prettier-ignore
  const folder =
    given['init'] === 'random' ? {} : { from: filePath(path), ...(checkpoint === undefined ? {} : { checkpoint }) };
  // tensors of a run stand over those of the folder, whose sizes they have
  return instanceValue(checker, statement, shape, { ...folder, ...source });
}

/** As written, or as small as `--random-data` wants it. */
const sized = ({ tiny }: Checker, config: EncoderConfig): EncoderConfig =>
  tiny === undefined ? config : tinyEncoder(config, tiny);

const describes = (config: EncoderConfig, kind: EncoderName): boolean =>
  config.kind === 'resnet' ? kind === `resnet${config.depth}` : config.kind === kind;

/** `copy(clip)`, `copy(clip.image)`: the same sizes and axes, tensors of its own that start the same; with `init: random` they start anew. */
function copiedEncoder(
  checker: Checker,
  statement: EncoderStatement,
  call: Call,
  scope: Scope,
  source: Source,
): Value | undefined {
  const [argument, init, more] = call.args;
  const starts = init?.label?.text === 'init' && init.value.kind === 'reference' ? init.value.name : undefined;
  if (argument === undefined || argument.label !== undefined || more !== undefined || (init !== undefined && starts !== 'random')) {
    return checker.report.error('CX3006', call.span, '`copy` takes one encoder', {
      expected: '`copy(clip)`, `copy(clip.image)` or `copy(clip.image, init: random)`',
    });
  } // prettier-ignore
  const value = checker.expression(argument.value, scope);
  const found = value === undefined ? undefined : partsOfTower(checker, value);
  if (value === undefined) return undefined;
  if (found?.shape.kind !== 'encoder' || found.origin.kind !== 'part') {
    return checker.report.error('CX2009', argument.span, 'this is no encoder', {
      expected: 'an encoder, or one tower of a CLIP',
      ...(found === undefined ? {} : { help: `a module is copied by \`module ${statement.name.text} = copy(…)\`` }),
    });
  }
  const origin = checker.instances.get(found.origin.owner);
  if (starts === 'random') return instanceValue(checker, statement, found.shape, source);
  const { from, checkpoint } = source.from === undefined ? { ...origin } : source;
  return instanceValue(checker, statement, found.shape, {
    ...(from === undefined ? {} : { from }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    origin: source.origin ?? found.origin,
  });
}

/** `name(…)` from the catalogue of encoders. */
function encoderCall(
  checker: Checker,
  value: Expression,
): { readonly name: EncoderName | 'copy'; readonly call: Call } | undefined {
  if (value.kind !== 'call' || value.callee.kind !== 'reference') {
    return checker.report.error('CX2012', value.span, `this makes no encoder`, {
      expected: `one of ${encoderNames.join(', ')}, called with its sizes`,
    });
  }
  const { name, span } = value.callee;
  if (name === 'copy' || Object.hasOwn(encoderOptions, name))
    return { name: name as EncoderName | 'copy', call: value }; // own key
  return unknownEncoder(checker, name, span);
}

function unknownEncoder(checker: Checker, name: string, span: Span): undefined {
  const suggestion = nearestName(name, encoderNames);
  return checker.report.error('CX2012', span, `there is no encoder called \`${name}\``, {
    expected: encoderNames.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

// ── modules ──────────────────────────────────────────────────────────

export function moduleInstance(checker: Checker, statement: ModuleStatement, scope: Scope): Value | undefined {
  const { text: name, span } = statement.name;
  const builder = new PartBuilder(checker, name, span);
  const inner = new Scope(scope.module, `${name}.`, scope);
  const built = builder.build(statement.init, inner, '');
  if (built === undefined) return undefined;
  for (const [key, part] of Object.entries(builder.parts)) checker.partsOf(name).set(key, part);
  const { origin } = built;
  const source = origin?.kind === 'folder' ? { from: origin.path } : origin === undefined ? {} : { origin };
  const { shape } = built;
  const bare = shape.kind === 'composite' && builder.isBare;
  return instanceValue(checker, statement, bare ? { ...shape, bare } : shape, source, builder.overrides);
}
