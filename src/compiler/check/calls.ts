import { nearestName } from '../common/suggest.ts';
import type { Call, Member } from '../syntax/ast.ts';
import { batchAxis } from '../types/axis.ts';
import { hasAxis, printAxes } from '../types/value-type.ts';
import { cast, node, orderAxes, sized } from './build.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { Instance, Typed } from './typed.ts';
import type { PromptTable, Value } from './value.ts';

/** `clip.joint` is an axis, `clip.image` a tower, `clip.logit_scale` a value. */
export function memberOf(checker: Checker, expression: Member, scope: Scope): Value | undefined {
  const object = checker.expression(expression.object, scope);
  if (object === undefined) return undefined;
  const member = expression.member.text;
  if (object.kind === 'instance' || object.kind === 'tap') {
    const { instance } = object;
    const path = object.kind === 'tap' ? `${object.path}.${member}` : member;
    const axis = instance.shape.kind === 'encoder' ? instance.shape.axes[path] : undefined;
    if (axis !== undefined) return { kind: 'axis', axis };
    if (instance.shape.kind === 'encoder' && instance.shape.config.kind === 'clip') {
      if (path === 'image' || path === 'text') return { kind: 'tap', instance, path };
      if (path === 'logit_scale') {
        const init = { kind: 'constant', value: Math.log(1 / 0.07) } as const;
        const typed = node(
          'parameter',
          [],
          { owner: instance.name, path, init, decay: false },
          { element: 'f32', axes: [] },
          expression.span,
        );
        return { kind: 'tensor', typed };
      }
    }
    if (unbuiltTaps.has(member)) return checker.notImplemented(expression.span, `the tap \`.${member}\``);
    const legal = membersOf(instance);
    const suggestion = nearestName(member, legal);
    return checker.report.error('CX2010', expression.member.span, `\`${instance.name}\` has no \`${path}\``, {
      expected: legal.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  if (object.kind === 'tensor') {
    // `face.height`: the axis, with the size that it has in this value
    const axes = object.typed.type.axes.filter((axis) => axis.name === member);
    const [axis, second] = axes;
    if (axis !== undefined && second === undefined) return { kind: 'axis', axis };
    return checker.report.error('CX2011', expression.member.span, `the value has no axis \`${member}\``, {
      found: printAxes(object.typed.type.axes),
    });
  }
  return checker.report.error('CX2009', expression.span, `this has no member \`${member}\``);
}

const unbuiltTaps = new Set([
  'tokens',
  'map',
  'hidden',
  'grid',
  'stage',
  'attention',
  'ids',
  'blocks',
  'norm',
  'penalty',
  'weight',
  'bias',
]);

function membersOf(instance: Instance): string[] {
  if (instance.shape.kind !== 'encoder') return [];
  const towers = instance.shape.config.kind === 'clip' ? ['image', 'text', 'logit_scale'] : [];
  return [...towers, ...Object.keys(instance.shape.axes)];
}

/** A tower or module applied to one value. */
export function callInstance(
  checker: Checker,
  instance: Instance,
  tap: string,
  call: Call,
  scope: Scope,
): Value | undefined {
  const what = tap === '' ? instance.name : `${instance.name}.${tap}`;
  const [argument, second] = call.args;
  if (argument === undefined || second !== undefined || argument.label !== undefined) {
    const odd = call.args.find((each) => each.label !== undefined);
    if (odd !== undefined)
      return checker.notImplemented(odd.span, `the option \`${odd.label?.text ?? ''}:\` of a tower`);
    return checker.report.error('CX3006', call.span, `\`${what}\` takes one value, and ${call.args.length} are given`);
  }
  const value = checker.expression(argument.value, scope);
  if (value === undefined) return undefined;
  const { shape } = instance;
  if (shape.kind !== 'encoder') return vectorModule(checker, instance, value, call);
  const tower =
    shape.config.kind === 'clip'
      ? tap === 'text'
        ? 'text'
        : tap === 'image'
          ? 'image'
          : undefined
      : shape.config.kind === 'text_transformer'
        ? 'text'
        : 'image';
  if (tower === undefined) {
    return checker.report.error('CX2009', call.callee.span, `\`${instance.name}\` has two towers: which one?`, {
      expected: `\`${instance.name}.image(…)\` or \`${instance.name}.text(…)\``,
    });
  }
  return tower === 'image'
    ? imageTower(checker, instance, shape, tap, value, call)
    : textTower(checker, instance, shape, tap, value, call);
}

function vectorModule(checker: Checker, instance: Instance, value: Value, call: Call): Value | undefined {
  const { shape } = instance;
  if (shape.kind === 'encoder') return undefined;
  const typed = checker.asTensor(value, call.span);
  if (typed === undefined) return undefined;
  if (!hasAxis(typed.type, shape.from.id)) {
    return checker.report.error(
      'CX3003',
      call.span,
      `\`${instance.name}\` reads \`${shape.from.id}\`, which the value does not have`,
      {
        expected: sized(shape.from),
        found: printAxes(typed.type.axes),
        related: [
          { span: instance.span, label: `\`${instance.name}\` goes from \`${shape.from.id}\` to \`${shape.to.id}\`` },
        ],
        help: 'change the module, or identify two axes of equal size with `x[a as b]`',
      },
    );
  }
  const axes = orderAxes([...typed.type.axes.filter((axis) => axis.id !== shape.from.id), shape.to]);
  return {
    kind: 'tensor',
    typed: node(
      'call',
      [cast(typed, 'f32')],
      { owner: instance.name, tap: '' },
      { element: 'f32', axes },
      call.span,
      typed.mask,
    ),
  };
}

function imageTower(
  checker: Checker,
  instance: Instance,
  shape: Extract<Instance['shape'], { kind: 'encoder' }>,
  tap: string,
  value: Value,
  call: Call,
): Value | undefined {
  const typed = value.kind === 'tensor' ? value.typed : undefined;
  const column = typed?.op === 'column' ? checker.columns.get(typed.attributes.column)?.column : undefined;
  if (typed === undefined || column?.kind !== 'image') {
    return checker.report.error(
      'CX3007',
      call.args[0]?.span ?? call.span,
      `\`${instance.name}${tap === '' ? '' : `.${tap}`}\` reads an image`,
      {
        expected: 'an `input` of type `image(…)`',
        ...(typed === undefined ? {} : { found: printAxes(typed.type.axes) }),
      },
    );
  }
  const config = shape.config.kind === 'clip' ? shape.config.image : shape.config;
  if (config.kind === 'vit' && (config.size !== column.height || config.size !== column.width)) {
    return checker.report.error(
      'CX3014',
      call.span,
      `\`${instance.name}\` was built for ${config.size} px, and \`${column.name}\` has ${column.height} x ${column.width}`,
      {
        related: [
          { span: checker.columns.get(column.name)?.span ?? call.span, label: `declared here` },
          { span: instance.span, label: `${config.size} px` },
        ],
        help: `there is no silent resize: write \`input ${column.name} : image(${config.size})\``,
      },
    );
  }
  const type = { element: 'f32', axes: [batchAxis, shape.to ?? shape.joint] } as const;
  return { kind: 'tensor', typed: node('call', [typed], { owner: instance.name, tap }, type, call.span) };
}

function textTower(
  checker: Checker,
  instance: Instance,
  shape: Extract<Instance['shape'], { kind: 'encoder' }>,
  tap: string,
  value: Value,
  call: Call,
): Value | undefined {
  let source: Typed | undefined;
  if (value.kind === 'prompt') source = promptNode(value.prompt, call);
  else if (value.kind === 'tensor' && value.typed.type.element === 'text') source = value.typed;
  if (source === undefined) {
    return checker.report.error(
      'CX3007',
      call.args[0]?.span ?? call.span,
      `\`${instance.name}${tap === '' ? '' : `.${tap}`}\` reads text`,
      {
        expected: 'a prompt, or an `input` of type `text`',
      },
    );
  }
  const axes = orderAxes([...source.type.axes, shape.to ?? shape.joint]);
  return {
    kind: 'tensor',
    typed: node('call', [source], { owner: instance.name, tap }, { element: 'f32', axes }, call.span),
  };
}

const promptNode = (prompt: PromptTable, call: Call): Typed =>
  node('prompt', [], { prompt: prompt.name }, { element: 'text', axes: prompt.axes }, call.span);

/** `seven(class)` */
export function callPromptFn(
  checker: Checker,
  prompt: Extract<Value, { kind: 'prompt-fn' }>,
  call: Call,
  scope: Scope,
): Value | undefined {
  const [argument, second] = call.args;
  if (argument === undefined || second !== undefined) {
    return checker.report.error('CX3006', call.span, 'a prompt takes one vocabulary here', {
      expected: prompt.parameters.map((parameter) => parameter.name.text).join(', '),
    });
  }
  const axis = checker.axisOf(argument.value, scope);
  const table = axis === undefined ? undefined : prompt.build(axis, call.span);
  if (table === undefined) return undefined;
  checker.prompts.set(table.name, table);
  return { kind: 'prompt', prompt: table };
}
