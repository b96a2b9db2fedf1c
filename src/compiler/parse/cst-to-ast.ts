import type * as cst from '../../../grammar/cst-types.d.ts';
import type * as ast from '../syntax/ast.ts';
import { all, ExpressionBuilder, Incomplete, one, present } from './cst-expressions.ts';

/** Builds the tree of a file from what the parser recognised; statements past a limit are left out. */
export class TreeBuilder extends ExpressionBuilder {
  statements(nodes: readonly cst.StatementCstNode[] | undefined): readonly ast.Statement[] {
    return all(nodes).flatMap((node): readonly ast.Statement[] => {
      try {
        return [this.statement(node)];
      } catch (error) {
        if (error instanceof Incomplete) return [];
        throw error;
      }
    });
  }

  private statement(node: cst.StatementCstNode): ast.Statement {
    const child = one<StatementNode>(Object.values(node.children).flat());
    const span = this.spanOf(child);
    switch (child.name) {
      case 'editionStatement': {
        const token = one(child.children.Num);
        const version = {
          kind: 'quantity',
          value: Number(token.image),
          text: token.image,
          span: this.spanOf(token),
        } as const;
        return { kind: 'edition', version, span };
      }
      case 'experimentStatement': {
        const { Word, Str } = child.children;
        return { kind: 'experiment', name: this.name(one(Word)), ...present({ title: Str && this.string(one(Str)) }), span }; // prettier-ignore
      }
      case 'useStatement': {
        const items = all(child.children.useItem).map(({ children: { Word, alias } }) => ({
          name: this.name(one(Word)),
          ...present({ alias: alias && this.name(one(alias)) }),
        }));
        return { kind: 'use', path: this.string(one(child.children.Str)), items, span };
      }
      case 'extendsStatement':
        return { kind: 'extends', path: this.string(one(child.children.Str)), span };
      case 'removeStatement':
        return { kind: 'remove', paths: child.children.removal.map((path) => this.removal(path)), span };
      case 'setStatement':
        return { kind: 'set', assignment: this.assignment(one(child.children.assignment)), span };
      case 'constStatement':
        return { kind: 'const', ...this.definition(child), span };
      case 'pipeStatement':
        return { kind: 'pipe', ...this.definition(child), span };
      case 'tokenizerStatement':
        return { kind: 'tokenizer', ...this.definition(child), span };
      case 'lossStatement':
        return { kind: 'loss', ...this.definition(child), span };
      case 'weightStatement':
        return { kind: 'weight', ...this.definition(child), span };
      case 'metricStatement':
        return this.metric(child);
      case 'figureStatement':
        return { kind: 'figure', ...this.definition(child), span };
      case 'minimizeStatement':
        return { kind: 'minimize', value: this.expression(one(child.children.expression)), span };
      case 'maximizeStatement':
        return { kind: 'maximize', value: this.expression(one(child.children.expression)), span };
      case 'seedsStatement':
        return { kind: 'seeds', value: this.expression(one(child.children.expression)), span };
      case 'expectStatement': {
        const { expression, tolerance } = child.children;
        const value = qualifyBothSides(this.expression(one(expression)));
        return { kind: 'expect', value, ...present({ within: tolerance && this.expression(one(tolerance)) }), span };
      }
      case 'axisStatement':
        return this.axis(child);
      case 'inputStatement':
        return this.input(child);
      case 'dataStatement':
        return this.data(child);
      case 'augmentStatement': {
        const { items, pattern, expression } = child.children;
        return {
          kind: 'augment',
          ...present({ axes: items && this.items(one(items)) }),
          pattern: this.pattern(one(pattern)),
          value: this.expression(one(expression)),
          span,
        };
      }
      case 'vocabularyStatement': {
        const { Word, Equals, Word_from, expression, map } = child.children;
        return {
          kind: 'vocabulary',
          name: this.name(one(Word)),
          form: Equals ? 'equals' : Word_from ? 'from' : 'map',
          ...present({ value: expression && this.expression(one(expression)), map: map && this.map(one(map)) }),
          span,
        };
      }
      case 'promptStatement': {
        const { Word, params, names, expression } = child.children;
        return {
          kind: 'prompt',
          name: this.name(one(Word)),
          ...present({ params: params && this.params(one(params)) }),
          over: names ? this.names(one(names)) : [],
          value: this.expression(one(expression)),
          span,
        };
      }
      case 'stateStatement':
        return this.state(child);
      case 'encoderStatement':
        return this.encoder(child);
      case 'paramStatement':
        return this.param(child);
      case 'moduleStatement':
        return this.module(child);
      case 'wrapStatement':
        return this.wrap(child);
      case 'fnStatement':
        return this.fn(child);
      case 'letStatement':
        return this.let(child);
      case 'trainStatement': {
        const { onTargets, map } = child.children;
        return { kind: 'train', ...this.targets(onTargets?.[0]), fields: this.map(one(map)), span };
      }
      case 'stageStatement': {
        const { Word, names, statement } = child.children;
        return {
          kind: 'stage',
          name: this.name(one(Word)),
          after: names ? this.names(one(names)) : [],
          statements: this.statements(statement),
          span,
        };
      }
      case 'evaluateStatement': {
        const { Word, onTargets, evaluateItem } = child.children;
        return {
          kind: 'evaluate',
          ...present({ name: Word && this.name(one(Word)) }),
          ...this.targets(onTargets?.[0]),
          items: all(evaluateItem).map((item) => this.evaluateItem(item)),
          span,
        };
      }
      case 'sweepStatement': {
        const { Word, map, best } = child.children;
        return {
          kind: 'sweep',
          ...present({ name: Word && this.name(one(Word)) }),
          fields: this.map(one(map)),
          ...present({ keep: best && this.best(one(best)) }),
          span,
        };
      }
      case 'ablateStatement':
        return {
          kind: 'ablate',
          name: this.name(one(child.children.Word)),
          rows: all(child.children.row).map((row) => this.row(row)),
          span,
        };
      default:
        child satisfies never;
        throw new Incomplete();
    }
  }

  // ── declarations ───────────────────────────────────────────────────

  private definition(node: { children: { definition: cst.DefinitionCstNode[] } }): {
    name: ast.Name;
    value: ast.Expression;
  } {
    const { Word, expression } = one(node.children.definition).children;
    return { name: this.name(one(Word)), value: this.expression(one(expression)) };
  }

  private assignment(node: cst.AssignmentCstNode): ast.Assignment {
    const { path, expression } = node.children;
    return {
      kind: 'assignment',
      path: this.path(one(path)),
      value: this.expression(one(expression)),
      span: this.spanOf(node),
    };
  }

  private metric(node: cst.MetricStatementCstNode): ast.MetricStatement {
    return { kind: 'metric', ...this.definition(node), span: this.spanOf(node) };
  }

  private axis(node: cst.AxisStatementCstNode): ast.AxisStatement {
    const { Word, axisKind, expression } = node.children;
    return {
      kind: 'axis',
      name: this.name(one(Word)),
      ...present({
        axisKind: axisKind && this.name(one(axisKind)),
        value: expression && this.expression(one(expression)),
      }),
      span: this.spanOf(node),
    };
  }

  private input(node: cst.InputStatementCstNode): ast.InputStatement {
    const { Word, Word_optional, type, args, unit, each, eachArgs } = node.children;
    return {
      kind: 'input',
      name: this.name(one(Word)),
      optional: Word_optional !== undefined,
      type: this.name(one(type)),
      args: args ? this.args(one(args)) : [],
      ...present({
        unit: unit && this.unit(one(unit)),
        each: each && { name: this.name(one(each)), args: eachArgs ? this.args(one(eachArgs)) : [] },
      }),
      span: this.spanOf(node),
    };
  }

  private data(node: cst.DataStatementCstNode): ast.DataStatement {
    const { names, source, dataShape, step, withTail } = node.children;
    const shape = all(dataShape).map((part): ast.DataStatement['shape'][number] => {
      const { map, Word } = part.children;
      return map ? this.map(one(map)) : { kind: 'like', name: this.name(one(Word)), span: this.spanOf(part) };
    });
    return {
      kind: 'data',
      names: this.names(one(names)),
      source: this.postfix(one(source)),
      shape,
      steps: all(step).map((part) => this.postfix(part)),
      withs: all(withTail).map((tail) => this.withTail(tail)),
      span: this.spanOf(node),
    };
  }

  private state(node: cst.StateStatementCstNode): ast.Statement {
    const { flag: flagNode, encoderStatement, moduleInstance, paramStatement, paths, map } = node.children;
    const flag = this.flag(one(flagNode));
    const span = this.spanOf(node);
    if (encoderStatement) return { ...this.encoder(one(encoderStatement)), flag, span };
    if (paramStatement) return { ...this.param(one(paramStatement)), flag, span };
    if (moduleInstance) {
      const { Word, initialiser } = one(moduleInstance).children;
      return { kind: 'module', flag, name: this.name(one(Word)), init: this.initialiser(one(initialiser)), span };
    }
    return {
      kind: 'state',
      flag,
      paths: this.paths(one(paths)),
      ...present({ settings: map && this.map(one(map)) }),
      span,
    };
  }

  private flag(node: cst.FlagCstNode): ast.Flag {
    return node.children.Word_frozen ? 'frozen' : 'trainable';
  }

  private encoder(node: cst.EncoderStatementCstNode): ast.EncoderStatement {
    const { Word, initialiser } = node.children;
    return {
      kind: 'encoder',
      name: this.name(one(Word)),
      init: this.initialiser(one(initialiser)),
      span: this.spanOf(node),
    };
  }

  private param(node: cst.ParamStatementCstNode): ast.ParamStatement {
    const { Word, type, initialiser } = node.children;
    return {
      kind: 'param',
      name: this.name(one(Word)),
      ...present({ type: type && this.type(one(type)) }),
      init: this.initialiser(one(initialiser)),
      span: this.spanOf(node),
    };
  }

  private initialiser(node: cst.InitialiserCstNode): ast.Initialiser {
    const { expression, postfix, settings } = node.children;
    return {
      kind: 'initialiser',
      value: this.expression(one(expression)),
      ...present({ from: postfix && this.postfix(one(postfix)), settings: settings && this.settings(one(settings)) }),
      span: this.spanOf(node),
    };
  }

  private settings(node: cst.SettingsCstNode): ast.Settings {
    return {
      kind: 'settings',
      items: all(node.children.setting).map((item) => this.setting(item)),
      span: this.spanOf(node),
    };
  }

  private setting(node: cst.SettingCstNode): ast.SettingItem {
    const { flag, paths, map, wrapStatement, path, value } = node.children;
    // A trailing comma belongs to the list, not to the item.
    const comma = node.children.Comma?.[0];
    const whole = this.spanOf(node);
    const inner = value?.[0] ?? map?.[0];
    const span = comma === undefined || inner === undefined ? whole : { ...whole, end: this.spanOf(inner).end };
    if (flag) {
      return {
        kind: 'flag-setting',
        flag: this.flag(one(flag)),
        paths: this.paths(one(paths)),
        ...present({ fields: map && this.map(one(map)) }),
        span,
      };
    }
    if (wrapStatement) return this.wrap(one(wrapStatement));
    if (map) return { kind: 'path-setting', path: this.path(one(path)), fields: this.map(one(map)), span };
    return { kind: 'value-setting', path: this.path(one(path)), value: this.value(one(value)), span };
  }

  private module(node: cst.ModuleStatementCstNode): ast.ModuleStatement | ast.ModuleDefinition {
    const { Word, params, moduleItem, initialiser } = node.children;
    const name = this.name(one(Word));
    const span = this.spanOf(node);
    if (params === undefined) return { kind: 'module', name, init: this.initialiser(one(initialiser)), span };
    return {
      kind: 'module-definition',
      name,
      params: this.params(one(params)),
      items: all(moduleItem).map((item) => this.moduleItem(item)),
      span,
    };
  }

  private moduleItem(node: cst.ModuleItemCstNode): ast.ModuleItem {
    const { layerStatement, paramStatement, axisStatement, letStatement, fnStatement, constStatement, equation } =
      node.children;
    if (layerStatement) {
      const layer = one(layerStatement);
      const { Word, initialiser } = layer.children;
      return {
        kind: 'layer',
        name: this.name(one(Word)),
        init: this.initialiser(one(initialiser)),
        span: this.spanOf(layer),
      };
    }
    if (paramStatement) return this.param(one(paramStatement));
    if (axisStatement) return this.axis(one(axisStatement));
    if (letStatement) return this.let(one(letStatement));
    if (fnStatement) return this.fn(one(fnStatement));
    if (constStatement)
      return { kind: 'const', ...this.definition(one(constStatement)), span: this.spanOf(one(constStatement)) };
    const { Word, params, body } = one(equation).children;
    return {
      kind: 'equation',
      name: this.name(one(Word)),
      params: this.params(one(params)),
      body: this.body(one(body)),
      span: this.spanOf(node),
    };
  }

  // ── functions and equations ────────────────────────────────────────

  private params(node: cst.ParamsCstNode): readonly ast.Parameter[] {
    return all(node.children.parameter).map((parameter) => {
      const { Word, type, expression } = parameter.children;
      return {
        kind: 'parameter',
        name: this.name(one(Word)),
        ...present({ type: type && this.type(one(type)), fallback: expression && this.expression(one(expression)) }),
        span: this.spanOf(parameter),
      };
    });
  }

  private body(node: cst.BodyCstNode): ast.Body {
    const { LeftBrace, letStatement, expression } = node.children;
    return {
      kind: 'body',
      lets: all(letStatement).map((item) => this.let(item)),
      result: this.expression(one(expression)),
      braced: LeftBrace !== undefined,
      span: this.spanOf(node),
    };
  }

  private wrap(node: cst.WrapStatementCstNode): ast.WrapStatement {
    const { path, params, body } = node.children;
    return {
      kind: 'wrap',
      path: this.path(one(path)),
      params: this.params(one(params)),
      body: this.body(one(body)),
      span: this.spanOf(node),
    };
  }

  private fn(node: cst.FnStatementCstNode): ast.FnStatement {
    const { Word, params, body } = node.children;
    return {
      kind: 'fn',
      name: this.name(one(Word)),
      params: this.params(one(params)),
      body: this.body(one(body)),
      span: this.spanOf(node),
    };
  }

  private let(node: cst.LetStatementCstNode): ast.LetStatement {
    const { pattern, type, expression } = node.children;
    return {
      kind: 'let',
      pattern: this.pattern(one(pattern)),
      ...present({ type: type && this.type(one(type)) }),
      value: this.expression(one(expression)),
      span: this.spanOf(node),
    };
  }

  private pattern(node: cst.PatternCstNode): ast.Pattern {
    const { names, LeftParenthesis } = node.children;
    return {
      kind: 'pattern',
      names: this.names(one(names)),
      parenthesised: LeftParenthesis !== undefined,
      span: this.spanOf(node),
    };
  }

  // ── training, evaluation, variants ─────────────────────────────────

  private targets(node: cst.OnTargetsCstNode | undefined): { each: boolean; targets: readonly ast.Target[] } {
    if (node === undefined) return { each: false, targets: [] };
    const targets = all(node.children.target).map((target): ast.Target => {
      const { Word, dotted, path } = target.children;
      return {
        kind: 'target',
        ...present({ label: Word && this.name(one(Word)) }),
        data: this.dotted(one(dotted)),
        ...present({ over: path && this.path(one(path)) }),
        span: this.spanOf(target),
      };
    });
    return { each: node.children.Word_each !== undefined, targets };
  }

  private evaluateItem(node: cst.EvaluateItemCstNode): ast.EvaluateItem {
    const { metricStatement, letStatement, fnStatement, field } = node.children;
    if (metricStatement) return this.metric(one(metricStatement));
    if (letStatement) return this.let(one(letStatement));
    if (fnStatement) return this.fn(one(fnStatement));
    return this.field(one(field));
  }

  private row(node: cst.RowCstNode): ast.Row {
    const { Str, LeftBrace, RightBrace, rowItem, assignment } = node.children;
    const items = all(rowItem).flatMap((item): readonly (ast.Assignment | ast.Statement)[] => {
      const { assignment: inner, statement } = item.children;
      return inner ? [this.assignment(one(inner))] : this.statements(statement);
    });
    const label = this.string(one(Str));
    const whole = this.spanOf(node);
    const last = RightBrace?.[0] ?? assignment?.at(-1);
    return {
      kind: 'row',
      label,
      items: LeftBrace ? items : all(assignment).map((part) => this.assignment(part)),
      braced: LeftBrace !== undefined,
      span: last === undefined ? whole : { ...whole, end: this.spanOf(last).end },
    };
  }
}

type StatementNode = NonNullable<cst.StatementCstChildren[keyof cst.StatementCstChildren]>[number] & { name: string };

/**
 * `expect a > b at size = 5 %` speaks of both sides: the point at the end qualifies the whole comparison, unless its
 * left side names a point of its own.
 */
function qualifyBothSides(value: ast.Expression): ast.Expression {
  if (value.kind === 'binary' && value.right.kind === 'at-point' && value.left.kind !== 'at-point') {
    const { right } = value;
    const inner = { ...value, right: right.value, span: { ...value.span, end: right.value.span.end } };
    return { ...right, value: inner, span: value.span };
  }
  if (value.kind !== 'comparison') return value;
  const last = value.rest.at(-1);
  if (last === undefined || last.operand.kind !== 'at-point') return value;
  if ([value.first, ...value.rest.slice(0, -1).map((part) => part.operand)].some((part) => part.kind === 'at-point')) {
    return value;
  }
  const point = last.operand;
  const rest = [...value.rest.slice(0, -1), { operator: last.operator, operand: point.value }];
  return { ...point, value: { ...value, rest, span: { ...value.span, end: point.value.span.end } }, span: value.span };
}
