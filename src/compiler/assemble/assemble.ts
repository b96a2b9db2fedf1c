import type { CheckedExperiment } from '../check/checked.ts';
import { checkEntries } from '../check/entries.ts';
import { protocolDigest, semanticDigest, usedNames } from '../compare/digest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Program, TextTable, TokenizerSpec } from '../program/program.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { assembleEvaluation } from './evaluation.ts';
import { nominalCount, nominalEntries, type DataFacts } from './facts.ts';
import { ParameterTable } from './parameter-table.ts';
import { assembleStage } from './stage.ts';

/** The Program of one checked experiment: elaborated, bound, differentiated and optimised. */
export function assemble(
  checked: CheckedExperiment,
  facts: DataFacts,
  graph: ModuleGraph,
  report: Reporter,
): Program | undefined {
  const bound = withFacts(checked, facts);
  const vocabularies = new Map(
    bound.vocabularies.map((vocabulary) => [
      vocabulary.name,
      vocabulary.entries.length === 0 ? nominalEntries : vocabulary.entries.length,
    ]),
  );
  const whole = bound.evaluations.map((evaluation) => {
    const sizes = { batch: facts.counts.get(evaluation.data) ?? nominalCount, vocabularies };
    const roots = evaluation.metrics.map((metric) => metric.typed);
    return checkEntries(roots, sizes, `\`${evaluation.data}\``, report);
  });
  if (whole.includes(false)) return undefined;
  const table = new ParameterTable(bound, graph);
  const texts = new Map<string, TextTable>();
  const stage = assembleStage(bound, vocabularies, table, texts);
  const evaluations = bound.evaluations.map((evaluation) =>
    assembleEvaluation(bound, evaluation, {
      vocabularies,
      count: facts.counts.get(evaluation.data) ?? nominalCount,
      table,
      texts,
    }),
  );
  table.reportUnmatched(report);
  const roots = [
    ...bound.training.terms.map((term) => term.typed),
    ...bound.evaluations.flatMap((evaluation) => evaluation.metrics.map((metric) => metric.typed)),
  ];
  const used = usedNames(roots);
  return {
    schema: 'clipx.program/1',
    edition: 1,
    name: bound.name,
    title: bound.title,
    row: bound.row,
    digests: { semantic: semanticDigest(checked), protocol: protocolDigest(checked) },
    parameters: table.tensors(),
    encoders: bound.instances.flatMap(({ name, shape }) =>
      shape.kind === 'encoder' ? [{ name, config: shape.config }] : [],
    ),
    // a column that no graph reads may still be filtered by
    columns: bound.columns.filter(
      (column) => used.columns.has(column.name) || bound.data.some((spec) => column.name in spec.columns),
    ),
    vocabularies: bound.vocabularies,
    tokenizers: tokenizers(bound),
    texts: [...texts.values()],
    data: bound.data,
    stages: [{ ...stage, evaluations }],
    figures: [],
    seeds: bound.seeds,
  };
}

function withFacts(checked: CheckedExperiment, facts: DataFacts): CheckedExperiment {
  const vocabularies = checked.vocabularies.map((vocabulary) => {
    const entries = facts.vocabularies.get(vocabulary.name);
    if (vocabulary.from === undefined || entries === undefined) return vocabulary;
    const columns = facts.vocabularyColumns?.get(vocabulary.name);
    return { ...vocabulary, entries, ...(columns === undefined ? {} : { columns }) };
  });
  return { ...checked, vocabularies };
}

function tokenizers(checked: CheckedExperiment): TokenizerSpec[] {
  return checked.instances.flatMap((instance): TokenizerSpec[] => {
    if (instance.shape.kind !== 'encoder') return [];
    const { config } = instance.shape;
    const text = config.kind === 'clip' ? config.text : config.kind === 'text_transformer' || config.kind === 'bert' ? config : undefined; // prettier-ignore
    if (text === undefined) return [];
    const path =
      text.tokenizer.startsWith('./') && instance.from !== undefined
        ? `${instance.from}/${text.tokenizer.slice(2)}`
        : text.tokenizer;
    return [{ id: config.kind === 'clip' ? `${instance.name}.text` : instance.name, path, context: text.context }];
  });
}
