import type { TableForm } from '../../runtime/records/study-table.ts';
import { formatFactor } from '../../compiler/common/format-number.ts';
import type { StudyTableOptions } from '../../runtime/records/study.ts';
import type { StudyFindings } from './study-folder.ts';

/** The table of a study and, as text or Markdown, the verdicts below it. */
export async function renderFindings(
  { study, claims }: Pick<StudyFindings, 'study' | 'claims'>,
  form: TableForm,
  now?: StudyTableOptions['now'],
): Promise<string> {
  const [{ renderTable }, { renderClaims }] = await Promise.all([
    import('../../runtime/records/study-table.ts'),
    import('../../runtime/records/render-claims.ts'),
  ]);
  const table = study === undefined ? 'no run is complete yet\n' : renderTable(study, form, now);
  if (form === 'csv' || form === 'latex') return table;
  const verdicts = claims.length === 0 ? '' : form === 'md' ? markdown(renderClaims(claims)) : `\nclaims\n${renderClaims(claims)}\n`; // prettier-ignore
  if (form === 'md') return `${table}${verdicts}`;
  const kept = (study?.kept ?? []).map(
    ({ sweep, row, metric, direction, value }) =>
      `sweep ${sweep} keeps "${row}": ${direction} ${metric} ${formatFactor(value)}\n`,
  );
  return `${study === undefined ? '' : 'mean ± sd (seeds)\n'}${table}${kept.join('')}${verdicts}`;
}

const markdown = (text: string): string => `\n\`\`\`\n${text}\`\`\`\n`;
