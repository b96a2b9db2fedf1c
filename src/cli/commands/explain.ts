import type { Command } from 'commander';
import { nearestName } from '../../compiler/common/suggest.ts';
import { formatRate } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode, exitCodeOfDiagnostics } from '../exit-codes.ts';
import { openExperiment } from '../experiment.ts';
import type { ExplainDocument } from '../explain-document.ts';
import { UsageError } from '../failure.ts';
import { textTable } from '../../compiler/common/text-table.ts';
import { hasErrors, writeDiagnostics } from '../write-diagnostics.ts';

export function defineExplain(program: Command, act: Act): void {
  program
    .command('explain')
    .description('Show an experiment with every name resolved and every default filled in, or what a code stands for.')
    .argument('<what>', '.clipx file, or a code such as CX2011')
    .option('--variants <row>', 'a row of its ablations', 'full')
    .action((what: string, flags: { readonly variants: string }) =>
      act((context) =>
        /^CX\d+$/i.test(what) ? explainCode(what.toUpperCase(), context) : explainFile(what, flags.variants, context),
      ),
    );
}

async function explainCode(code: string, context: CommandContext): Promise<ExitCode> {
  const [{ codes, codeEntry }, { runCodes }, { dataCodes }] = await Promise.all([
    import('../../compiler/diagnostics/codes.ts'),
    import('../../runtime/run-error.ts'),
    import('../../runtime/data/data-error.ts'),
  ]);
  const entry = codeEntry(code);
  const title = entry?.title ?? { ...runCodes, ...dataCodes }[code as keyof typeof runCodes];
  if (title === undefined) {
    const known = [...Object.keys(codes), ...Object.keys(runCodes), ...Object.keys(dataCodes)];
    const near = nearestName(code, known);
    throw new UsageError(`there is no code ${code}`, near === undefined ? undefined : `did you mean ${near}?`);
  }
  if (context.format === 'json')
    context.print(`${JSON.stringify({ code, title, law: entry?.law ?? null, explanation: entry?.explanation ?? null }, null, 2)}\n`); // prettier-ignore
  else
    context.print(
      [
        `${code}: ${title}`,
        ...(entry === undefined ? [] : ['', entry.law, '', ...wrapped(entry.explanation, 96)]),
        '',
      ].join('\n'),
    );
  return ExitCode.done;
}

async function explainFile(file: string, row: string, context: CommandContext): Promise<ExitCode> {
  const experiment = await openExperiment(file, context);
  const { checked, diagnostics, graph } = await experiment.check(row);
  writeDiagnostics(diagnostics, graph.sources, context);
  if (checked === undefined || hasErrors(diagnostics)) return exitCodeOfDiagnostics(diagnostics);
  const { explainDocument } = await import('../explain-document.ts');
  const document = explainDocument(checked, graph.sources);
  context.print(context.format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : explainText(document));
  return ExitCode.done;
}

function explainText(it: ExplainDocument): string {
  const { training } = it;
  const rate = `${training.optimiser.method.kind}(lr: ${formatRate(training.optimiser.learningRate)}, decay: ${formatRate(training.optimiser.decay)})`;
  const length = training.epochs === null ? `${training.steps ?? 0} steps` : `${training.epochs} epochs`;
  const warmup = `${training.schedule.warmup.value} ${training.schedule.warmup.unit}`;
  const blocks: readonly (readonly [string, string])[] = [
    [
      `${it.name}: ${it.title}`,
      `row ${it.row}\nsemantic ${it.digests.semantic}\nprotocol ${it.digests.protocol}\n`,
    ],
    ['columns', table(['name', 'kind', 'settings'], it.columns.map(({ name, kind, ...rest }) => [name, kind, fields(rest)]))],
    ['data', table(['name', 'from', 'columns', 'mark'], it.data.map((data) => [data.name, origin(data.source, data.steps.length), Object.keys(data.columns).join(', '), data.mark ?? '']))],
    ['vocabularies', table(['name', 'words', 'groups'], it.vocabularies.map((v) => [v.name, v.from === undefined ? String(v.entries.length) : `from ${v.from.data}.${v.from.column}`, Object.keys(v.groups).join(', ')]))],
    ['prompts', table(['name', 'axes', 'template', 'at'], it.prompts.map((p) => [p.name, `[${p.axes.join(', ')}]`, p.templates.length === 1 ? `"${p.templates[0] ?? ''}"` : `${p.templates.length} templates`, p.at]))],
    ['parts', table(['name', 'state', 'is', 'from', 'at'], [...it.parts.map((p) => [p.name, p.state, p.is, p.from ?? 'random', p.at]), ...it.parameters.map((p) => [p.name, p.state, 'param', '', p.at])])],
    ['values', table(['name', 'type', 'at'], it.values.map((v) => [v.name, `${v.type}${v.masked ? ' masked' : ''}`, v.at]))],
    ['weights', table(['name', 'value', 'at'], it.weights.map((w) => [w.name, w.value === null ? 'scheduled' : String(w.value), w.at]))],
    ['minimise', `${training.objective}\n${table(['term', 'formula', 'at'], training.terms.map((t) => [t.name, t.formula, t.at]))}`],
    ['train', `${length} of batch ${training.batch}${training.data === null ? '' : ` on ${training.data}`}, ${rate}, ${training.schedule.kind}(warmup: ${warmup}, floor: ${training.schedule.floor}), clip_gradient ${training.clipGradient ?? 'off'}  (${training.at})\n`],
    ...it.evaluations.map((e) => [`evaluate ${e.name === e.data ? e.data : `${e.name} on ${e.data}`}`, `${table(['metric', 'formula', 'unit', 'type', 'at'], e.metrics.map((m) => [m.name, m.formula, m.unit ?? '', m.type, m.at]))}${e.best === null ? '' : `best: ${e.best.direction}(${e.best.metric})\n`}`] as const),
    ['study', `seeds ${it.seeds.join(', ')}\n${it.rows.map((r) => `row "${r.row}" of ${r.ablation}  (${r.at})\n`).join('')}${it.expectations.map((e) => `${e.text}  (${e.at})\n`).join('')}`],
  ]; // prettier-ignore
  return blocks
    .filter(([, body]) => body !== '')
    .map(([head, body]) => `${head}\n${body.trimEnd().split('\n').map((line) => `  ${line}`).join('\n')}\n`)
    .join('\n'); // prettier-ignore
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : textTable(heads, rows, []);
}

function fields(rest: Readonly<Record<string, unknown>>): string {
  return Object.entries(rest)
    .map(([key, value]) => `${key}: ${String(value)}`)
    .join(', ');
}

function origin(source: ExplainDocument['data'][number]['source'], steps: number): string {
  const more = steps === 0 ? '' : `, ${steps} ${steps === 1 ? 'step' : 'steps'}`;
  switch (source.kind) {
    case 'mix':
      return `mix of ${source.parts.map((it) => `${it.data} ${Math.round(it.share * 100)} %`).join(', ')}${more}`;
    case 'split':
      return `${Math.round(source.from * 100)}..${Math.round(source.to * 100)} % of ${source.data}${more}`;
    case 'same':
      return `${source.data}${more}`;
    case 'shards':
    case 'folder':
    case 'csv':
    case 'jsonl':
      return `${source.kind}("${source.path}")${more}`;
  }
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if ((lines[last] ?? '').length + word.length + 1 > width) lines.push(word);
    else lines[last] = `${lines[last] ?? ''} ${word}`.trimStart();
  }
  return lines;
}
