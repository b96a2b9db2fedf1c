/** `path = value`: one place of the tree is replaced, and the whole is checked again. */
import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type {
  Argument, Assignment, DataStatement, EvaluateItem, EvaluateStatement, Expression, Field, Initialiser, InputStatement, Name,
  ParamStatement, SettingItem, StageStatement, Statement, Target, TrainStatement, VocabularyStatement,
} from '../syntax/ast.ts'; // prettier-ignore
import { printPath } from '../syntax/print-path.ts';
import { declaredNames, spacesOf } from './declarations.ts';
import {
  calleeOf,
  isFault,
  keyOf,
  setField,
  setFirst,
  setInside,
  spanOf,
  textOf,
  withArgument,
  type Edited,
  type Fault,
} from './set-expression.ts';
import { evaluationNames } from './statement-keys.ts';

/**
 * The statements with the place that the path names replaced: a field of `train` or of a named evaluation, the value of a declaration, an
 * option of its call, a setting, the size of an axis; with a stage before it, there alone. Reports CX6002 and gives back the statements
 * unchanged where the path leads nowhere.
 */
export function setPath(
  statements: readonly Statement[],
  assignment: Assignment,
  report: Reporter,
): readonly Statement[] {
  const { path, value } = assignment;
  const keys = [path.head, ...path.steps.flatMap((step) => (step.kind === 'path-member' ? [step.name] : []))];
  const indexed = path.steps.find((step) => step.kind === 'path-items');
  const edited =
    indexed === undefined
      ? setAt(statements, keys, value)
      : { message: 'has an index, and a path that is set has none', help: 'write the setting in a block: `{ image.blocks[3] { lr: 1e-6 } }`' }; // prettier-ignore
  if (Array.isArray(edited)) return edited;
  const fault = edited as Fault;
  const [last] = keys.slice(-1);
  const suggestion =
    fault.expected === undefined ? undefined : nearestName(fault.sought ?? last?.text ?? '', fault.expected);
  report.error('CX6002', path.span, `\`${printPath(path)}\` ${fault.message}`, {
    ...(fault.expected === undefined || fault.expected.length === 0
      ? {}
      : { expected: fault.expected.slice(0, 12).join(', ') }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(fault.help === undefined ? {} : { help: fault.help }),
  });
  return statements;
}

function setAt(
  statements: readonly Statement[],
  keys: readonly Name[],
  value: Expression,
): readonly Statement[] | Fault {
  const [head, ...rest] = keys;
  if (head === undefined) return { message: 'names nothing' };
  const isImplicitMain = head.text === 'main' && rest.length > 0 && !statements.some((each) => each.kind === 'stage' && each.name.text === 'main'); // prettier-ignore
  if (isImplicitMain) return setAt(statements, rest, value);
  const replaced = (statement: Statement, by: Edited<Statement>): readonly Statement[] | Fault =>
    isFault(by) ? by : statements.map((each) => (each === statement ? by : each));
  for (const statement of statements) {
    if (statement.kind === 'train' && head.text === 'train') return replaced(statement, setTrain(statement, rest, value)); // prettier-ignore
  }
  const declaration = statements.find((each) => spacesOf(each).length > 0 && declaredNames(each).some((name) => name.text === head.text)); // prettier-ignore
  if (declaration?.kind === 'stage') return replaced(declaration, setStage(statements, declaration, rest, value));
  if (declaration !== undefined) return replaced(declaration, setDeclaration(declaration, rest, value));
  const evaluation = statements.find((each) => each.kind === 'evaluate' && (each.name?.text === head.text || evaluationNames(each).includes(head.text))); // prettier-ignore
  if (evaluation?.kind === 'evaluate') return replaced(evaluation, setEvaluation(evaluation, rest, value));
  const inline = rest.length > 0 ? undefined : statements.find((each) => each.kind === 'param' && inlineAxis(each, head.text) !== undefined); // prettier-ignore
  if (inline?.kind === 'param') return replaced(inline, setInlineAxis(inline, head.text, value));
  if (head.text === 'train') return { message: 'leads nowhere: there is no `train` here', help: 'in a stage it is `stage_name.train.batch`' }; // prettier-ignore
  return { message: 'leads nowhere: nothing is called so', expected: namesIn(statements), sought: head.text };
}

/** All that a path can begin with. */
function namesIn(statements: readonly Statement[]): string[] {
  const declared = statements.flatMap((each) => declaredNames(each).map((name) => name.text));
  const inline = statements.flatMap((each) => (each.kind === 'param' ? inlineAxes(each) : []));
  const train = statements.some((each) => each.kind === 'train') ? ['train'] : [];
  return [...train, ...new Set([...declared, ...inline])];
}

// ── stages, training, evaluations ────────────────────────────────────

/** In the stage where it is declared there, else the declaration of the file comes into the stage, changed. */
function setStage(
  file: readonly Statement[],
  stage: StageStatement,
  keys: readonly Name[],
  value: Expression,
): Edited<StageStatement> {
  const own = setAt(stage.statements, keys, value);
  if (Array.isArray(own)) return { ...stage, statements: own };
  const [head] = keys;
  const outer = file.filter((each) => each.kind !== 'stage' && each.kind !== 'train' && declaredNames(each).some((name) => name.text === head?.text)); // prettier-ignore
  if (head === undefined || outer.length === 0) return own as Fault;
  const lent = setAt(outer, keys, value);
  return Array.isArray(lent) ? { ...stage, statements: [...stage.statements, ...(lent as readonly Statement[])] } : (lent as Fault); // prettier-ignore
}

function setTrain(statement: TrainStatement, keys: readonly Name[], value: Expression): Edited<TrainStatement> {
  if (keys.length === 0) return { message: 'is a whole statement', help: 'name one of its fields: `train.batch`' };
  if (keys.length === 1 && keys[0]?.text === 'on') {
    const targets = targetsOf(value);
    return isFault(targets) ? targets : { ...statement, targets: targets.list };
  }
  const fields = setField(statement.fields, keys, value);
  return isFault(fields) ? fields : { ...statement, fields };
}

function setEvaluation(
  statement: EvaluateStatement,
  keys: readonly Name[],
  value: Expression,
): Edited<EvaluateStatement> {
  const [head, ...rest] = keys;
  if (head === undefined) return { message: 'is a whole statement', help: 'name one of its fields or metrics' };
  if (head.text === 'on' && rest.length === 0) {
    const targets = targetsOf(value);
    return isFault(targets) ? targets : { ...statement, targets: targets.list };
  }
  const declared = statement.items.find((item) => item.kind !== 'field' && declaredNamesOfItem(item).includes(head.text)); // prettier-ignore
  if (declared !== undefined && declared.kind !== 'field' && declared.kind !== 'fn' && rest.length === 0) {
    return { ...statement, items: statement.items.map((item) => (item === declared ? { ...declared, value } : item)) };
  }
  const fields = statement.items.filter((item) => item.kind === 'field');
  const edited = setField({ kind: 'map', fields, span: statement.span }, keys, value);
  if (isFault(edited)) return edited;
  return { ...statement, items: [...statement.items.filter((item) => item.kind !== 'field'), ...edited.fields] };
}

const declaredNamesOfItem = (item: Exclude<EvaluateItem, Field>): string[] =>
  item.kind === 'let' ? item.pattern.names.map((name) => name.text) : [item.name.text];

/** `spoken`, `[val, test]` */
function targetsOf(value: Expression): { readonly kind: 'targets'; readonly list: readonly Target[] } | Fault {
  const items = value.kind === 'list' ? value.items.map((item) => item.value) : [value];
  const list = items.flatMap((item): Target[] => {
    const data = dottedNames(item);
    return data === undefined ? [] : [{ kind: 'target', data, span: item.span }];
  });
  return list.length === items.length
    ? { kind: 'targets', list }
    : { message: 'is set to data sets', help: '`train.on = spoken`, `scores.on = [val, test]`' };
}

function dottedNames(expression: Expression): readonly Name[] | undefined {
  if (expression.kind === 'reference') return [{ kind: 'name', text: expression.name, span: expression.span }];
  if (expression.kind !== 'member') return undefined;
  const head = dottedNames(expression.object);
  return head === undefined ? undefined : [...head, expression.member];
}

// ── declarations ─────────────────────────────────────────────────────

function setDeclaration(statement: Statement, keys: readonly Name[], value: Expression): Edited<Statement> {
  switch (statement.kind) {
    case 'const':
    case 'weight':
    case 'loss':
    case 'metric':
    case 'prompt':
    case 'pipe':
    case 'axis':
      return keys.length === 0 ? { ...statement, value } : setValue(statement, keys, value);
    case 'let':
    case 'augment':
      if (statement.pattern.names.length > 1) return { message: 'is one of several names that one statement gives', help: 'replace the statement: a row in braces holds declarations' }; // prettier-ignore
      return keys.length === 0 ? { ...statement, value } : setValue(statement, keys, value);
    case 'vocabulary':
      if (keys.length === 0 && statement.form === 'map') return groupOf(statement, value) ?? { message: 'is a vocabulary by groups', help: `one of its groups is \`${statement.name.text}[group]\`; a row in braces replaces the words` }; // prettier-ignore
      if (keys.length > 0) break;
      return { ...statement, value };
    case 'encoder':
    case 'module': {
      const init = setInitialiser(statement.init, keys, value);
      return isFault(init) ? init : { ...statement, init };
    }
    case 'param': {
      const [head] = keys;
      if (keys.length === 1 && head !== undefined && inlineAxis(statement, head.text) !== undefined) return setInlineAxis(statement, head.text, value); // prettier-ignore
      const init = setInitialiser(statement.init, keys, value);
      return isFault(init) ? init : { ...statement, init };
    }
    case 'input':
      return setInput(statement, keys, value);
    case 'data':
      return setData(statement, keys, value);
    case 'fn': {
      const [head] = keys;
      const parameter = statement.params.find((each) => each.name.text === head?.text);
      if (keys.length !== 1 || parameter === undefined) return { message: 'is a fn', expected: statement.params.map((each) => each.name.text), help: 'a row replaces it in braces, or sets the default of one of its parameters' }; // prettier-ignore
      return { ...statement, params: statement.params.map((each) => (each === parameter ? { ...each, fallback: value } : each)) }; // prettier-ignore
    }
    default:
  }
  return { message: 'can not be set by a path', help: 'a row in braces may replace the whole statement' };
}

/** `factor = factor[wearable]`: of all groups one. */
function groupOf(statement: VocabularyStatement, value: Expression): Edited<VocabularyStatement> | undefined {
  if (value.kind !== 'index' || value.object.kind !== 'reference' || value.object.name !== statement.name.text) return undefined; // prettier-ignore
  const groups = (statement.map?.fields ?? []).flatMap((field) => keyOf(field) ?? []);
  const names = value.items.map((item) => (item.label === undefined && item.value.kind === 'reference' ? item.value.name : '')); // prettier-ignore
  const odd = names.find((name) => !groups.includes(name));
  if (odd !== undefined) return { message: `has no group \`${odd}\``, expected: groups, sought: odd };
  if (statement.map === undefined) return undefined;
  const fields = statement.map.fields.filter((field) => names.includes(keyOf(field) ?? ''));
  return { ...statement, map: { ...statement.map, fields } };
}

/** An option of the call that is the value. */
function setValue<Kept extends Statement & { readonly value?: Expression }>(
  statement: Kept,
  keys: readonly Name[],
  value: Expression,
): Edited<Kept> {
  if (statement.value === undefined) return { message: 'has nothing to look into' };
  const inner = setInside(statement.value, keys, value);
  return isFault(inner) ? inner : { ...statement, value: inner };
}

/** What a settings block may say of a whole part or of one below it. */
const settingWords: ReadonlySet<string> = new Set(['lr', 'lr_scale', 'decay', 'clamp', 'statistics', 'normalize', 'gradient']); // prettier-ignore

function setInitialiser(init: Initialiser, keys: readonly Name[], value: Expression): Edited<Initialiser> {
  const [last] = keys.slice(-1);
  if (last === undefined) return { ...init, value };
  const items = init.settings?.items ?? [];
  const path = textOf(keys);
  const above = textOf(keys.slice(0, -1));
  const changed = (item: SettingItem, by: SettingItem): Initialiser => ({
    ...init,
    settings: { kind: 'settings', span: init.settings?.span ?? value.span, items: items.map((each) => (each === item ? by : each)) }, // prettier-ignore
  });
  for (const item of items) {
    if (item.kind === 'value-setting' && printPath(item.path) === path) return changed(item, { ...item, value });
    if (item.kind === 'path-setting' && above !== '' && printPath(item.path) === above) {
      const fields = setField(item.fields, [last], value);
      return isFault(fields) ? fields : changed(item, { ...item, fields });
    }
  }
  if (settingWords.has(last.text) && !hasOption(init.value, keys)) return { ...init, settings: withSetting(init, keys, value) }; // prettier-ignore
  const inner = setInside(init.value, keys, value);
  return isFault(inner) ? inner : { ...init, value: inner };
}

const hasOption = (expression: Expression, keys: readonly Name[]): boolean =>
  expression.kind === 'call' && expression.args.some((argument) => argument.label?.text === keys[0]?.text);

function withSetting(
  init: Initialiser,
  keys: readonly Name[],
  value: Expression,
): NonNullable<Initialiser['settings']> {
  const [last] = keys.slice(-1);
  const [head, ...members] = keys.slice(0, -1);
  const span = spanOf(keys, value);
  const path = (first: Name, rest: readonly Name[]) =>
    ({ kind: 'path', head: first, steps: rest.map((name) => ({ kind: 'path-member', name, span: name.span }) as const), span }) as const; // prettier-ignore
  const name = last ?? { kind: 'name' as const, text: '', span };
  const item: SettingItem =
    head === undefined
      ? { kind: 'value-setting', path: path(name, []), value, span }
      : { kind: 'path-setting', path: path(head, members), fields: { kind: 'map', fields: [{ kind: 'field', key: { kind: 'dotted-key', parts: [name], span: name.span }, value, span }], span }, span }; // prettier-ignore
  return { kind: 'settings', span: init.settings?.span ?? span, items: [...(init.settings?.items ?? []), item] };
}

function setInput(statement: InputStatement, keys: readonly Name[], value: Expression): Edited<InputStatement> {
  const [head, more] = keys;
  if (head === undefined || more !== undefined) return { message: 'is an input', help: 'set one of its options: `video.max = 4`' }; // prettier-ignore
  const option = statement.args.find((argument) => argument.label?.text === head.text);
  const first = statement.args.find((argument) => argument.label === undefined);
  // the one number of `image(64)` is its size, that of `frames(12)` and `points(1024)` their count
  const unnamed = head.text === 'size' || head.text === 'max' ? first : undefined;
  const found = option ?? unnamed;
  if (found !== undefined) return { ...statement, args: withArgument(statement.args, found, value) };
  const added: Argument = { kind: 'argument', label: head, value, arrows: [], span: spanOf(keys, value) };
  return { ...statement, args: [...statement.args, added] };
}

function setData(statement: DataStatement, keys: readonly Name[], value: Expression): Edited<DataStatement> {
  const [head, ...rest] = keys;
  if (head === undefined) return statement.names.length > 1 ? { message: 'is one of several parts' } : { ...statement, source: value }; // prettier-ignore
  const step = statement.steps.find((each) => calleeOf(each) === head.text);
  if (step !== undefined) {
    const edited = rest.length === 0 ? setFirst(step, value) : setInside(step, rest, value);
    return isFault(edited) ? edited : { ...statement, steps: statement.steps.map((each) => (each === step ? edited : each)) }; // prettier-ignore
  }
  if (head.text === 'path' && rest.length === 0) {
    const source = setFirst(statement.source, value);
    return isFault(source) ? source : { ...statement, source };
  }
  const map = statement.shape.find((each) => each.kind === 'map');
  if (map !== undefined && map.fields.some((field) => keyOf(field) === textOf(keys))) {
    const edited = setField(map, keys, value);
    return isFault(edited) ? edited : { ...statement, shape: statement.shape.map((each) => (each === map ? edited : each)) }; // prettier-ignore
  }
  const words = [...statement.steps.flatMap((each) => calleeOf(each) ?? []), ...(map?.fields.flatMap((field) => keyOf(field) ?? []) ?? []), 'path']; // prettier-ignore
  return { message: `leads nowhere: the data set has no \`${head.text}\``, expected: words };
}

// ── axes that a param brings: `[context: 16, clip.text.width]` ───────

const inlineAxes = (statement: ParamStatement): string[] =>
  (statement.type?.items ?? []).flatMap((item) => item.label?.text ?? []);

const inlineAxis = (statement: ParamStatement, name: string): Argument | undefined =>
  statement.type?.items?.find((item) => item.label?.text === name);

function setInlineAxis(statement: ParamStatement, name: string, value: Expression): Edited<ParamStatement> {
  const axis = inlineAxis(statement, name);
  const { type } = statement;
  if (axis === undefined || type?.items === undefined) return { message: 'leads nowhere' };
  return { ...statement, type: { ...type, items: withArgument(type.items, axis, value) } };
}
