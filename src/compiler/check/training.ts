import { nearestName } from '../common/suggest.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { MaximizeStatement, MinimizeStatement, Path, TrainStatement } from '../syntax/ast.ts';
import type { CheckedTraining } from './checked.ts';
import type { Checker } from './checker.ts';
import { unknownData } from './unknown-data.ts';
import { expandPath } from './expand-path.ts';
import { Fields } from './fields.ts';
import { narrowingOf, reportRowsOfWords } from './narrowing.ts';
import { checkTerms } from './objective.ts';
import { optimiserOf } from './optimisers.ts';
import { constantSchedule, scheduleOf } from './schedules.ts';
import { printFormula } from './print-formula.ts';
import type { Scope } from './scope.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { evaluate } from '../types/catalogue/statements/evaluate.ts';
import { train } from '../types/catalogue/statements/train.ts';
import { checkSearch, searchMethodOf } from './search.ts';
import { markedTest } from './selection.ts';
import { startOf } from './start-of.ts';
import type { RequestedTraining } from './stop-rule.ts';
import { trainingOptions } from './training-options.ts';

/** Where a stage stands and what it is called, for what is missing in it. */
export interface StagePlace {
  readonly name: string;
  readonly span: CheckedTraining['span'];
}

/** A stage that minimises nothing: it is evaluated alone. */
function idleTraining(span: CheckedTraining['span']): CheckedTraining {
  const method = { kind: 'sgd', momentum: 0, nesterov: false } as const;
  return {
    data: undefined, objective: '', terms: [], steps: 0, batch: 1, partOptimisers: [], schedule: constantSchedule, span,
    optimiser: { method, learningRate: 0, decay: 0 },
  }; // prettier-ignore
}

/** `minimize` or `maximize`, and `train`: the terms with their weights, and how they are minimised. Undefined where that is broken. */
export function checkTraining(
  checker: Checker,
  data: readonly DatasetSpec[],
  stage: StagePlace,
): RequestedTraining | undefined {
  const { report } = checker;
  const minimise = only<MinimizeStatement>(checker, 'minimize');
  const maximise = only<MaximizeStatement>(checker, 'maximize');
  const train = only<TrainStatement>(checker, 'train');
  const objective = minimise ?? maximise;
  if (minimise !== undefined && maximise !== undefined) {
    report.error('CX2002', maximise.span, 'a stage has one objective', {
      related: [{ span: minimise.span, label: 'this is one already' }],
      help: 'give each a stage of its own',
    });
  }
  if (objective === undefined && train === undefined) return idleTraining(stage.span);
  if (objective === undefined || train === undefined) {
    const where = stage.name === 'main' ? 'the experiment' : `the stage \`${stage.name}\``;
    return report.error('CX5005', objective === undefined ? startOf(train?.span ?? stage.span, 'train') : objective.span, `${where} has no ${objective === undefined ? '`minimize`' : '`train`'}`, {
      help: objective === undefined ? 'say what is minimised: `minimize L`' : 'say how: `train on data { epochs: 10  batch: 128  optimizer: adam(lr: 1e-4) }`',
    }); // prettier-ignore
  }
  const terms = minimise === undefined ? [] : checkTerms(checker, minimise);
  if (terms === undefined) checker.holes = true;
  const searches = minimise === undefined;
  const settings = trainSettings(checker, train, data, searches);
  const metric = maximise === undefined ? undefined : checkSearch(checker, maximise);
  if (terms === undefined || settings === undefined) return undefined;
  const { method, ...rest } = settings;
  if (rest.over !== undefined) reportRowsOfWords(checker, rest.over, terms.map((term) => term.typed), startOf(train.span, 'train')); // prettier-ignore
  if (searches) {
    if (metric === undefined || method === undefined) return undefined;
    return {
      ...rest,
      terms: [],
      objective: printFormula(objective.value),
      search: { method, direction: 'max', metric },
    };
  }
  return { ...rest, terms, objective: printFormula(objective.value) };
}

function only<Kind extends MinimizeStatement | MaximizeStatement | TrainStatement>(
  checker: Checker,
  kind: Kind['kind'],
): Kind | undefined {
  const found = checker.root.file.statements.filter((statement): statement is Kind => statement.kind === kind);
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    checker.report.error('CX2002', second.span, `there are two \`${kind}\` statements`, {
      related: [{ span: first.span, label: 'the first' }],
      help: 'give each a stage of its own: `stage name after … { … }`',
    });
  }
  return first;
}

type Settings = Omit<RequestedTraining, 'terms' | 'objective'> & {
  readonly method?: NonNullable<CheckedTraining['search']>['method'];
};

function trainSettings(
  checker: Checker,
  statement: TrainStatement,
  data: readonly DatasetSpec[],
  searches: boolean,
): Settings | undefined {
  const scope = checker.fileScope(checker.root);
  const fields = new Fields(checker, scope, statement.fields, train);
  const epochs = fields.number('epochs');
  const steps = fields.whole('steps', 0);
  const batchField = fields.peek('batch');
  const isWhole = batchField?.value.kind === 'reference' && batchField.value.name === 'all';
  const batch = isWhole ? fields.skip('batch', 1) : fields.whole('batch');
  const optimiserField = fields.field('optimizer');
  const method = searches && optimiserField !== undefined ? searchMethodOf(checker, optimiserField.value, scope) : undefined; // prettier-ignore
  const optimiser = searches || optimiserField === undefined ? undefined : optimiserOf(checker, optimiserField.value, scope); // prettier-ignore
  const parts = partOptimisers(checker, fields, scope);
  const scheduleField = fields.field('schedule');
  const schedule = scheduleField === undefined ? constantSchedule : scheduleOf(checker, scheduleField.value, scope);
  const clipGradient = fields.number('clip_gradient');
  const target = targetOf(checker, statement, data);
  const options = trainingOptions(checker, fields, scope);
  fields.close();
  if (target === undefined) return undefined;
  const place = startOf(statement.span, 'train');
  if (epochs !== undefined && steps !== undefined)
    checker.report.error('CX5005', place, '`epochs` and `steps` both say how long it trains', {
      expected: 'one of the two',
    });
  if (statement.each) reportSetsOfSamples(checker, fields, target.data, { place, searches, isWhole, batch });
  reportMissing(checker, fields, place, { searches, hasData: target.data !== undefined && !statement.each });
  const shared = {
    ...target, ...options, span: statement.span,
    ...(statement.each ? { each: true as const } : {}),
    ...(isWhole ? { wholeBatch: true as const } : {}),
  }; // prettier-ignore
  if (searches) {
    if (method === undefined) return undefined;
    return { ...idleTraining(statement.span), ...shared, batch: batch ?? defaultOf(evaluate, 'batch'), method };
  }
  // without data there are no samples, and with `each` a batch is one
  const size = batch ?? (target.data === undefined || statement.each ? 1 : undefined);
  const { sampler } = options;
  if (sampler?.kind === 'per-class' && size !== undefined && size % sampler.count !== 0)
    checker.report.error('CX5006', place, `a batch of ${size} is not filled by ${sampler.count} samples of each class`, {
      expected: `a batch that ${sampler.count} divides`,
    }); // prettier-ignore
  if (options.chunk !== undefined && size !== undefined && !isWhole && size % options.chunk !== 0)
    checker.report.error('CX5006', fields.peek('chunk')?.value.span ?? place, `chunks of ${options.chunk} do not make a batch of ${size}`, {
      expected: 'a number of samples that divides the batch',
    }); // prettier-ignore
  if ((epochs === undefined) === (steps === undefined)) return undefined;
  if (size === undefined || optimiser === undefined || schedule === undefined) return undefined;
  return {
    ...shared, batch: size, optimiser, partOptimisers: parts, schedule,
    ...(epochs === undefined ? {} : { epochs }),
    ...(steps === undefined ? {} : { steps }),
    ...(clipGradient === undefined ? {} : { clipGradient }),
  }; // prettier-ignore
}

/** The law: with `on each` a batch is one sample, and nothing chooses among samples. */
function reportSetsOfSamples(
  checker: Checker,
  fields: Fields,
  data: string | undefined,
  { place, searches, isWhole, batch }: { readonly place: CheckedTraining['span']; readonly searches: boolean; readonly isWhole: boolean; readonly batch: number | undefined },
): void {
  const { report } = checker;
  if (data === undefined) report.error('CX5005', place, '`train on each` names its data', { expected: '`train on each targets { … }`' });
  if (searches) report.error('CX5006', place, 'a search judges candidates over a data set, not each sample by itself', { help: 'leave out `each`' });
  const odd = isWhole || (batch ?? 1) !== 1 ? 'batch' : 'sampler';
  const field = fields.peek(odd);
  if (field !== undefined && (odd === 'sampler' || isWhole || batch !== 1))
    report.error('CX5006', field.value.span, `each sample is optimised by itself: \`${odd}:\` has nothing to choose from`, { help: `leave out \`${odd}:\`; a batch is one sample` });
} // prettier-ignore

/** Everything that is missing, at once; what is given badly was told. */
function reportMissing(
  checker: Checker,
  fields: Fields,
  place: CheckedTraining['span'],
  { searches, hasData }: { readonly searches: boolean; readonly hasData: boolean },
): void {
  const missing = (keys: readonly string[], question: string, expected: string): void => {
    if (!keys.some((key) => fields.attempted(key))) checker.report.error('CX5005', place, question, { expected });
  };
  if (searches) return missing(['optimizer'], 'how are candidates found?', '`optimizer: grid([0.5, 1])`, `random(…)`, `coordinate(…)`'); // prettier-ignore
  missing(['epochs', 'steps'], 'how long does it train?', '`epochs: 10` or `steps: 1000`');
  if (hasData) missing(['batch'], 'how many samples are in a batch?', '`batch: 128`');
  missing(['optimizer'], 'which optimiser?', '`optimizer: adam(lr: 1e-4)`');
}

/** The data set that is trained on: one that is there, not marked test. Undefined where that is broken. */
function targetOf(
  checker: Checker,
  statement: TrainStatement,
  data: readonly DatasetSpec[],
): Pick<CheckedTraining, 'data' | 'over'> | undefined {
  const [target, second] = statement.targets;
  if (second !== undefined)
    checker.report.error('CX5001', second.span, 'a stage trains on one data set', {
      help: 'mix them first: `data both = mix(a: 0.5, b: 0.5)`',
    });
  if (target === undefined) return { data: undefined };
  if (target.label !== undefined)
    checker.report.error('CX2010', target.label.span, 'what is trained on needs no name', { help: 'names are for the results of `evaluate`' }); // prettier-ignore
  const name = target.data.map((part) => part.text).join('.');
  const known = new Map(data.map((spec) => [spec.name, spec]));
  const spec = known.get(name);
  if (spec === undefined) return unknownData(checker, name, target.span);
  const over = narrowingOf(checker, target, name, known);
  const tested = markedTest(spec, known);
  if (tested !== undefined)
    return checker.report.error(
      'CX5004',
      target.span,
      tested === name
        ? `\`${tested}\` is marked test, and this trains on it`
        : `\`${name}\` holds \`${tested}\`, which is marked test, and this trains on it`,
      { help: 'test data are evaluated once, at the end' },
    );
  return { data: name, ...(over === undefined ? {} : { over }) };
}

/** `optimizer(E): sgd(…)`: another method for one part. */
function partOptimisers(checker: Checker, fields: Fields, scope: Scope): CheckedTraining['partOptimisers'] {
  return fields.callFields('optimizer').flatMap((field) => {
    const part = optimiserOf(checker, field.value, scope);
    const owned = field.key.kind === 'call-key' ? field.key.paths : [];
    const paths = owned.flatMap((path) => (isPart(checker, path) ? (expandPath(checker, path) ?? []) : []));
    return part === undefined ? [] : [{ paths, optimiser: part, span: field.key.span }];
  });
}

/** An optimiser of its own is for a part that is there. */
function isPart(checker: Checker, path: Path): boolean {
  const parts = checker.root.declarations.all.filter((each) => ['encoder', 'module', 'param'].includes(each.kind));
  const names = parts.map((each) => each.name.text);
  const name = path.head.text;
  if (names.includes(name)) return true;
  if (checker.isRemoved(name, path.head.span)) return false;
  const suggestion = nearestName(name, names);
  checker.report.error('CX2001', path.span, `there is no encoder, module or param \`${name}\``, {
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  return false;
}
