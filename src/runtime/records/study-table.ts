/** The table of a study in the forms that papers and programs take: rows × metrics, mean ± sd over the seeds. */
import { csvText } from './csv-text.ts';
import { formatSpread, renderStudyTable, spreadOf, type Study, type StudyTableOptions } from './study.ts';

export const tableForms = ['text', 'md', 'csv', 'latex'] as const;
export type TableForm = (typeof tableForms)[number];

export function renderTable(study: Study, form: TableForm, now?: StudyTableOptions['now']): string {
  const options = now === undefined ? {} : { now };
  switch (form) {
    case 'text':
      return renderStudyTable(study, { format: 'text', ...options });
    case 'md':
      return renderStudyTable(study, { format: 'markdown', ...options });
    case 'csv':
      return csvTable(study);
    case 'latex':
      return latexTable(study);
  }
}

/** A line for each row: of each metric mean, standard deviation (empty for one seed) and number of seeds, in full precision. */
function csvTable({ metrics, rows }: Study): string {
  const heads = ['row', ...metrics.flatMap(({ key }) => [key, `${key} sd`, `${key} n`])];
  const lines = rows.map(({ row, runs }) => [
    row,
    ...metrics.flatMap(({ key }) => {
      const spread = spreadOf(runs.map((run) => run.values[key]));
      return [spread?.mean ?? '', spread?.deviation ?? '', spread?.count ?? 0];
    }),
  ]);
  return csvText([heads, ...lines]);
}

/** A line for each run: row, seed, and every metric. */
export function renderRunsCsv({ metrics, rows }: Study): string {
  const heads = ['row', 'seed', ...metrics.map(({ key }) => key)];
  const lines = rows.flatMap(({ row, runs }) =>
    runs.map(({ seed, values }) => [row, seed, ...metrics.map(({ key }) => values[key] ?? '')]),
  );
  return csvText([heads, ...lines]);
}

/** A `tabular` with the rules of `booktabs`, the best mean of a metric in bold where it is known which end is best. */
function latexTable({ metrics, rows }: Study): string {
  const spreads = rows.map(({ runs }) => metrics.map(({ key }) => spreadOf(runs.map((run) => run.values[key]))));
  const best = metrics.map(({ direction }, column) => {
    const means = spreads.map((row) => row[column]?.mean).filter((it) => it !== undefined);
    if (direction === undefined || means.length < 2) return undefined;
    return direction === 'max' ? Math.max(...means) : Math.min(...means);
  });
  const heads = ['row', ...metrics.map(({ key, unit }) => escapeLatex(unit === undefined ? key : `${key} [${unit}]`))];
  const lines = rows.map(({ row }, index) => {
    const cells = metrics.map((_, column) => {
      const spread = spreads[index]?.[column];
      if (spread === undefined) return '--';
      const text = formatSpread(spread).replace(/ \(\d+\)$/, '').replace('±', '\\pm'); // prettier-ignore
      return spread.mean === best[column] ? `$\\mathbf{${text}}$` : `$${text}$`;
    });
    return `  ${[escapeLatex(row), ...cells].join(' & ')} \\\\`;
  });
  const seeds = Math.max(0, ...rows.map(({ runs }) => runs.length));
  return [
    `% mean and standard deviation over ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}; needs booktabs`,
    `\\begin{tabular}{l${'r'.repeat(metrics.length)}}`,
    '  \\toprule',
    `  ${heads.join(' & ')} \\\\`,
    '  \\midrule',
    ...lines,
    '  \\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

const latexCharacters: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

export function escapeLatex(text: string): string {
  return text.replaceAll(/[\\&%$#_{}~^]/g, (it) => latexCharacters[it] ?? `\\${it}`);
}
