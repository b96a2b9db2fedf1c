/** Random trees of edition 1, without places: what the printer must be able to write down and the parser to read back. */
import fc from 'fast-check';
import type * as ast from '../../src/compiler/syntax/ast.ts';
import { quoted } from '../../src/compiler/syntax/print-expression.ts';

const span = { file: 'generated.clipx', start: 0, end: 0 } as const;

/** Names that could be taken for something else: soft words and nouns in their plain sense, units, and letters of all kinds. */
const plainNames = ['f', 'ĝ', 'λ₁', 'τ_w', 'clip', 'joint', 'batch', 'full', 'text', 'class', 'x1', 'L_g', 'π'];
const softNames = ['over', 'on', 'at', 'in', 'with', 'for', 'each', 'keep', 'max', 'min', 'first', 'by', 'like', 'deg', 'm', 's', 'step']; // prettier-ignore
const hardWords = ['of', 'as', 'from', 'not', 'let', 'fn', 'set', 'frozen', 'return'];

const nameText = fc.constantFrom(...plainNames);
/** After `.` and before `:` every word is legal. */
const anyText = fc.oneof(
  { weight: 6, arbitrary: nameText },
  { weight: 1, arbitrary: fc.constantFrom(...softNames) },
  { weight: 1, arbitrary: fc.constantFrom(...hardWords) },
);

function toName(text: string): ast.Name {
  return { kind: 'name', text, span };
}

const name = nameText.map(toName);
const anyName = anyText.map(toName);
const names = fc.array(name, { minLength: 1, maxLength: 3 });
const unit = fc.constantFrom('epoch', 'steps', 'ms', 's', 'kHz', 'px', '%', 'deg', 'MiB', 'm').map(toName);

function optional<K extends string, T>(key: K, value: fc.Arbitrary<T>): fc.Arbitrary<{ [P in K]?: T }> {
  return fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : { [key]: found })) as fc.Arbitrary<{ [P in K]?: T }>; // prettier-ignore
}

const numberText = fc.oneof(fc.nat(5000).map(String), fc.constantFrom('0.5', '1.0', '1e-4', '2.5E+3', '0', '007'));

const bareNumber: fc.Arbitrary<ast.Quantity> = numberText.map((text) => ({ kind: 'quantity', value: Number(text), text, span })); // prettier-ignore
const quantity: fc.Arbitrary<ast.Quantity> = fc
  .tuple(bareNumber, fc.option(fc.oneof(unit, fc.constant(toName('d'))), { nil: undefined, freq: 2 }))
  .map(([value, found]) => (found === undefined ? value : { ...value, unit: found }));

const stringValue = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', ' ', '{', '}', '"', '\\', '#', 'ü', '→', '\n', '\t', '\u202e') }); // prettier-ignore
const string: fc.Arbitrary<ast.StringLiteral> = stringValue.map((value) => ({ kind: 'string', value, raw: quoted(value), span })); // prettier-ignore

const binaryOperator = fc.constantFrom<ast.BinaryOperator>('or', 'and', '==', '<', '>=', '~', '+', '-', '*', '/', '^');
const comparisonOperator = fc.constantFrom<ast.BinaryOperator>('==', '!=', '<', '<=', '>', '>=', '~');

const reference: fc.Arbitrary<ast.Reference> = nameText.map((text) => ({ kind: 'reference', name: text, span }));

interface Expressions {
  expression: ast.Expression;
  argument: ast.Argument;
  path: ast.Path;
  field: ast.Field;
  map: ast.MapExpression;
}

const isComparison = (operator: ast.BinaryOperator): boolean =>
  ['==', '!=', '<', '<=', '>', '>=', '~'].includes(operator);

export const { expression, argument, path, field, map } = fc.letrec<Expressions>(
  (tie: fc.LetrecTypedTie<Expressions>) => {
    const inner = tie('expression');
    const args = fc.array(tie('argument'), { maxLength: 3 });
    const suffixable = inner;
    const list = fc
      .tuple(args, optional('over', name))
      .map(([items, over]): ast.ListExpression => ({ kind: 'list', items, ...over, span }));
    return {
      expression: fc.oneof<fc.Arbitrary<ast.Expression>[]>(
        { maxDepth: 4, depthIdentifier: 'expression' },
        reference,
        quantity,
        string,
        fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]): ast.Extent => ({ kind: 'extent', sizes: [a, b], span })),
        list,
        fc
          .tuple(inner, list)
          .map(([left, right]): ast.Binary => ({ kind: 'binary', operator: 'in', left, right, span })),
        tie('map'),
        fc.array(inner, { minLength: 2, maxLength: 3 }).map((items): ast.Tuple => ({ kind: 'tuple', items, span })),
        fc.tuple(suffixable, anyName).map(([object, member]): ast.Member => ({ kind: 'member', object, member, span })),
        fc.tuple(suffixable, args).map(([callee, given]): ast.Call => ({ kind: 'call', callee, args: given, span })),
        fc.tuple(suffixable, args).map(([object, items]): ast.Index => ({ kind: 'index', object, items, span })),
        fc
          .tuple(suffixable, fc.oneof(string, reference))
          .map(([value, row]): ast.OfRow => ({ kind: 'of-row', value, row, span })),
        fc.tuple(suffixable, name).map(([value, data]): ast.OnData => ({ kind: 'on-data', value, data, span })),
        fc
          .tuple(suffixable, name, optional('equals', fc.oneof(quantity, string, reference)))
          .map(([value, point, equals]): ast.AtPoint => ({ kind: 'at-point', value, point, ...equals, span })),
        inner.map((source): ast.FromSource => ({ kind: 'from-source', source, span })),
        fc
          .tuple(fc.constantFrom<ast.UnaryOperator>('-', 'not'), inner)
          .map(([operator, operand]): ast.Unary => ({ kind: 'unary', operator, operand, span })),
        fc
          .tuple(binaryOperator, inner, inner)
          .map(([operator, left, right]): ast.Binary => ({ kind: 'binary', operator, left, right, span })),
        fc
          .tuple(
            inner,
            fc.array(fc.record({ operator: comparisonOperator, operand: inner }), { minLength: 2, maxLength: 3 }),
          ) // prettier-ignore
          .map(([first, rest]): ast.Comparison => ({ kind: 'comparison', first, rest, span })),
        fc
          .tuple(inner, inner, optional('by', inner))
          .map(([from, to, by]): ast.Range => ({ kind: 'range', from, to, ...by, span })),
        inner.map((to): ast.Range => ({ kind: 'range', to, span })),
        inner.map((from): ast.Range => ({ kind: 'range', from, span })),
        fc.tuple(inner, inner).map(([value, step]): ast.Pipeline => ({ kind: 'pipeline', value, step, span })),
        fc.tuple(inner, unit).map(([value, found]): ast.InUnit => ({ kind: 'in-unit', value, unit: found, span })),
        fc
          .tuple(
            inner,
            fc.oneof(
              names.map((axes) => [axes, true] as const),
              name.map((axis) => [[axis], false] as const),
            ),
          ) // prettier-ignore
          .map(([value, [axes, bracketed]]): ast.AsAxes => ({ kind: 'as-axes', value, axes, bracketed, span })),
        fc
          .tuple(inner, tie('path'), inner)
          .map(([value, target, replacement]): ast.With => ({ kind: 'with', value, path: target, replacement, span })),
      ),
      argument: fc
      .tuple(
        optional('label', anyName),
        inner,
        fc.array(inner, { maxLength: 2 }),
        fc.option(fc.record({ variable: name, source: inner }), { nil: undefined, freq: 6 }),
      )
      .map(([label, value, arrows, each]): ast.Argument => ({ kind: 'argument', ...label, value, arrows, ...(each === undefined ? {} : { each }), span })), // prettier-ignore
      path: fc
        .tuple(
          name,
          fc.array(
            fc.oneof(
              { weight: 3, arbitrary: anyName.map((found): ast.PathStep => ({ kind: 'path-member', name: found, span })) }, // prettier-ignore
              { weight: 1, arbitrary: args.map((items): ast.PathStep => ({ kind: 'path-items', items, span })) },
            ),
            { maxLength: 2, depthIdentifier: 'expression' },
          ),
        )
        .map(([head, steps]): ast.Path => ({ kind: 'path', head, steps, span })),
      field: fc
        .tuple(
          fc.oneof(
            stringValue.map((value): ast.FieldKey => ({ kind: 'string-key', value, span })),
            fc
              .tuple(name, fc.array(tie('path'), { minLength: 1, maxLength: 2 }))
              .map(([found, paths]): ast.FieldKey => ({ kind: 'call-key', name: found, paths, span })),
            fc
              .array(anyName, { minLength: 1, maxLength: 2 })
              .map((parts): ast.FieldKey => ({ kind: 'dotted-key', parts, span })),
          ),
          fc.oneof(
            { weight: 6, arbitrary: inner },
            { weight: 1, arbitrary: quantity.map((amount): ast.FirstPart => ({ kind: 'first-part', amount, span })) },
            { weight: 1, arbitrary: string.map((source): ast.Unfold => ({ kind: 'unfold', source, span })) },
            {
              weight: 1,
              arbitrary: fc
              .tuple(fc.constantFrom<'max' | 'min'>('max', 'min'), fc.tuple(name, fc.array(anyName, { maxLength: 1 })), optional('data', name)) // prettier-ignore
              .map(([direction, [head, rest], data]): ast.BestOf => ({ kind: 'best-of', direction, metric: [head, ...rest], ...data, span })), // prettier-ignore
            },
            {
              weight: 1,
              arbitrary: fc.oneof(
                fc.tuple(inner, reference).map(([value, to]): ast.Qualified => ({ kind: 'qualified', value, tail: 'keep', argument: to, span })), // prettier-ignore
                fc.tuple(bareNumber, reference).map(([value, to]): ast.Qualified => ({ kind: 'qualified', value, tail: 'of', argument: to, span })), // prettier-ignore
                fc.tuple(inner, quantity).map(([value, to]): ast.Qualified => ({ kind: 'qualified', value, tail: 'unknown', argument: to, span })), // prettier-ignore
              ),
            },
          ),
        )
        .map(([key, value]): ast.Field => ({ kind: 'field', key, value, span })),
      map: fc
        .array(tie('field'), { maxLength: 3, depthIdentifier: 'expression' })
        .map((fields): ast.MapExpression => ({ kind: 'map', fields, span })),
    };
  },
);

// ── statements ───────────────────────────────────────────────────────

const type: fc.Arbitrary<ast.TypeExpression> = fc.oneof(
  fc.array(argument, { maxLength: 2 }).map((items): ast.TypeExpression => ({ kind: 'type', items, span })),
  fc
    .tuple(name, optional('items', fc.array(argument, { maxLength: 2 })))
    .map(([found, items]): ast.TypeExpression => ({ kind: 'type', name: found, ...items, span })),
);

const pattern: fc.Arbitrary<ast.Pattern> = fc
  .tuple(names, fc.boolean())
  .map(([found, parenthesised]) => ({ kind: 'pattern', names: found, parenthesised, span }));

const parameters = fc.array(
  fc
    .tuple(name, optional('type', type), optional('fallback', expression))
    .map(([found, ty, fallback]): ast.Parameter => ({ kind: 'parameter', name: found, ...ty, ...fallback, span })),
  { maxLength: 3 },
);

const let_: fc.Arbitrary<ast.LetStatement> = fc
  .tuple(pattern, optional('type', type), expression)
  .map(([found, ty, value]) => ({ kind: 'let', pattern: found, ...ty, value, span }));

const body: fc.Arbitrary<ast.Body> = fc
  .tuple(fc.boolean(), fc.array(let_, { maxLength: 2 }), expression)
  .map(([braced, lets, result]) => ({ kind: 'body', lets: braced ? lets : [], result, braced, span }));

const fn: fc.Arbitrary<ast.FnStatement> = fc
  .tuple(name, parameters, body)
  .map(([found, params, inner]) => ({ kind: 'fn', name: found, params, body: inner, span }));

const wrap: fc.Arbitrary<ast.WrapStatement> = fc
  .tuple(path, parameters, body)
  .map(([target, params, inner]) => ({ kind: 'wrap', path: target, params, body: inner, span }));

const paths = fc.array(path, { minLength: 1, maxLength: 2 });
const flag = fc.constantFrom<ast.Flag>('frozen', 'trainable');

const setting: fc.Arbitrary<ast.SettingItem> = fc.oneof(
  fc.tuple(flag, paths, optional('fields', map)).map(([state, targets, fields]): ast.SettingItem => ({ kind: 'flag-setting', flag: state, paths: targets, ...fields, span })), // prettier-ignore
  fc.tuple(path, map).map(([target, fields]): ast.SettingItem => ({ kind: 'path-setting', path: target, fields, span })), // prettier-ignore
  fc.tuple(path, expression).map(([target, value]): ast.SettingItem => ({ kind: 'value-setting', path: target, value, span })), // prettier-ignore
  wrap,
);

const initialiser: fc.Arbitrary<ast.Initialiser> = fc
  .tuple(
    expression,
    optional('from', expression),
    optional('settings', fc.array(setting, { maxLength: 3 }).map((items): ast.Settings => ({ kind: 'settings', items, span }))), // prettier-ignore
  )
  .map(([value, from, settings]) => ({ kind: 'initialiser', value, ...from, ...settings, span }));

const assignment: fc.Arbitrary<ast.Assignment> = fc
  .tuple(path, expression)
  .map(([target, value]) => ({ kind: 'assignment', path: target, value, span }));

const axis: fc.Arbitrary<ast.AxisStatement> = fc
  .tuple(name, optional('axisKind', name), optional('value', expression))
  .map(([found, kind, value]) => ({ kind: 'axis', name: found, ...kind, ...value, span }));

const param: fc.Arbitrary<ast.ParamStatement> = fc
  .tuple(name, optional('type', type), initialiser)
  .map(([found, ty, init]) => ({ kind: 'param', name: found, ...ty, init, span }));

const definition = <K extends string>(
  kind: K,
): fc.Arbitrary<{ kind: K; name: ast.Name; value: ast.Expression; span: typeof span }> =>
  // prettier-ignore
  fc.tuple(name, expression).map(([found, value]) => ({ kind, name: found, value, span }));

const best: fc.Arbitrary<ast.BestOf> = fc
  .tuple(fc.constantFrom<'max' | 'min'>('max', 'min'), name, optional('data', name))
  .map(([direction, metric, data]) => ({ kind: 'best-of', direction, metric: [metric], ...data, span }));

const targets = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc
        .tuple(optional('label', name), fc.tuple(name, fc.array(anyName, { maxLength: 1 })), optional('over', path))
        .map(([label, [head, rest], over]): ast.Target => ({ kind: 'target', ...label, data: [head, ...rest], ...over, span })), // prettier-ignore
      { maxLength: 2 },
    ),
  )
  .map(([each, list]) => ({ each: each && list.length > 0, targets: list }));

/** `expect` reads a point at its end for both sides, so that is the form in which the tree holds it. */
const claim: fc.Arbitrary<ast.Expression> = expression.filter(
  (value) =>
    !(value.kind === 'binary' && isComparison(value.operator) && value.right.kind === 'at-point') &&
    !(value.kind === 'comparison' && value.rest.at(-1)?.operand.kind === 'at-point'),
);

const moduleItem: fc.Arbitrary<ast.ModuleItem> = fc.oneof(
  fc.tuple(name, initialiser).map(([found, init]): ast.ModuleItem => ({ kind: 'layer', name: found, init, span })),
  param,
  axis,
  let_,
  fn,
  definition('const'),
  fc
    .tuple(name, parameters, body)
    .map(([found, params, inner]): ast.ModuleItem => ({ kind: 'equation', name: found, params, body: inner, span })),
);

const leafStatement: fc.Arbitrary<ast.Statement> = fc.oneof(
  bareNumber.map((version): ast.Statement => ({ kind: 'edition', version, span })),
  fc.tuple(name, optional('title', string)).map(([found, title]): ast.Statement => ({ kind: 'experiment', name: found, ...title, span })), // prettier-ignore
  fc.tuple(string, fc.array(fc.tuple(name, optional('alias', name)).map(([found, alias]) => ({ name: found, ...alias })), { maxLength: 4 })).map(([file, items]): ast.Statement => ({ kind: 'use', path: file, items, span })), // prettier-ignore
  string.map((file): ast.Statement => ({ kind: 'extends', path: file, span })),
  paths.map((list): ast.Statement => ({ kind: 'remove', paths: list, span })),
  assignment.map((item): ast.Statement => ({ kind: 'set', assignment: item, span })),
  definition('const'),
  definition('pipe'),
  definition('tokenizer'),
  definition('loss'),
  definition('weight'),
  definition('metric'),
  definition('figure'),
  axis,
  fc
    .tuple(name, fc.boolean(), name, fc.array(argument, { maxLength: 2 }), optional('unit', unit), optional('each', fc.record({ name, args: fc.array(argument, { maxLength: 2 }) }))) // prettier-ignore
    .map(([found, isOptional, kind, args, inUnit, each]): ast.Statement => ({ kind: 'input', name: found, optional: isOptional, type: kind, args, ...inUnit, ...each, span })), // prettier-ignore
  fc
    .tuple(names, expression, fc.array(fc.oneof(map, name.map((found) => ({ kind: 'like' as const, name: found, span }))), { maxLength: 2 }), fc.array(expression, { maxLength: 2 }), fc.array(fc.record({ path, replacement: expression, span: fc.constant(span) }), { maxLength: 1 })) // prettier-ignore
    .map(([list, source, shape, steps, withs]): ast.Statement => ({ kind: 'data', names: list, source, shape, steps, withs, span })), // prettier-ignore
  fc
    .tuple(optional('axes', fc.array(argument, { maxLength: 2 })), pattern, expression)
    .map(([axes, found, value]): ast.Statement => ({ kind: 'augment', ...axes, pattern: found, value, span })),
  fc.oneof(
    fc.tuple(name, map).map(([found, entries]): ast.Statement => ({ kind: 'vocabulary', name: found, form: 'map', map: entries, span })), // prettier-ignore
    fc.tuple(name, fc.constantFrom<'equals' | 'from'>('equals', 'from'), expression, optional('map', map)).map(([found, form, value, entries]): ast.Statement => ({ kind: 'vocabulary', name: found, form, value, ...entries, span })), // prettier-ignore
  ),
  fc
    .tuple(name, optional('params', parameters), fc.array(name, { maxLength: 2 }), expression)
    .map(([found, params, over, value]): ast.Statement => ({ kind: 'prompt', name: found, ...params, over, value, span })), // prettier-ignore
  fc.tuple(optional('flag', flag), name, initialiser).map(([state, found, init]): ast.Statement => ({ kind: 'encoder', ...state, name: found, init, span })), // prettier-ignore
  fc.tuple(optional('flag', flag), name, initialiser).map(([state, found, init]): ast.Statement => ({ kind: 'module', ...state, name: found, init, span })), // prettier-ignore
  fc.tuple(optional('flag', flag), param).map(([state, found]): ast.Statement => ({ ...found, ...state })),
  fc.tuple(flag, paths, optional('settings', map)).map(([state, list, settings]): ast.Statement => ({ kind: 'state', flag: state, paths: list, ...settings, span })), // prettier-ignore
  fc.tuple(name, parameters, fc.array(moduleItem, { maxLength: 3 })).map(([found, params, items]): ast.Statement => ({ kind: 'module-definition', name: found, params, items, span })), // prettier-ignore
  wrap,
  fn,
  let_,
  expression.map((value): ast.Statement => ({ kind: 'minimize', value, span })),
  expression.map((value): ast.Statement => ({ kind: 'maximize', value, span })),
  expression.map((value): ast.Statement => ({ kind: 'seeds', value, span })),
  fc.tuple(claim, optional('within', expression)).map(([value, within]): ast.Statement => ({ kind: 'expect', value, ...within, span })), // prettier-ignore
  fc.tuple(targets, map).map(([on, fields]): ast.Statement => ({ kind: 'train', ...on, fields, span })),
  fc
    .tuple(
      optional('name', name),
      targets,
      fc.array(fc.oneof<fc.Arbitrary<ast.EvaluateItem>[]>(definition('metric'), let_, fn, field), { maxLength: 3 }),
    ) // prettier-ignore
    .map(([found, on, items]): ast.Statement => ({ kind: 'evaluate', ...found, ...on, items, span })),
  fc.tuple(optional('name', name), map, optional('keep', best)).map(([found, fields, keep]): ast.Statement => ({ kind: 'sweep', ...found, fields, ...keep, span })), // prettier-ignore
);

const row: fc.Arbitrary<ast.Row> = fc.oneof(
  fc
    .tuple(string, fc.array(assignment, { minLength: 1, maxLength: 2 }))
    .map(([label, items]): ast.Row => ({ kind: 'row', label, items, braced: false, span })),
  fc
    .tuple(
      string,
      fc.array(fc.oneof<fc.Arbitrary<ast.Assignment | ast.Statement>[]>(assignment, leafStatement), { maxLength: 2 }),
    ) // prettier-ignore
    .map(([label, items]): ast.Row => ({ kind: 'row', label, items, braced: true, span })),
);

const statement: fc.Arbitrary<ast.Statement> = fc.oneof(
  { weight: 8, arbitrary: leafStatement },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.array(name, { maxLength: 2 }), fc.array(leafStatement, { maxLength: 3 }))
      .map(([found, after, statements]): ast.Statement => ({ kind: 'stage', name: found, after, statements, span })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.array(row, { maxLength: 3 }))
      .map(([found, rows]): ast.Statement => ({ kind: 'ablate', name: found, rows, span })),
  },
);

export const file: fc.Arbitrary<ast.File> = fc
  .array(statement, { maxLength: 6 })
  .map((statements) => ({ kind: 'file', statements, comments: [], span }));

/** A tree as plain text, without places and with its keys in order, to compare two. */
export function withoutPlaces(node: unknown): string {
  return JSON.stringify(
    node,
    (key, value: unknown) => {
      if (key === 'span' || key === 'lineStarts' || key === 'comments') return undefined;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
    1,
  );
}
