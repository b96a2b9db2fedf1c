import type { RunEvent } from '../events.ts';
import { escapeMarkup } from './figures/escape-markup.ts';
import { formatCount } from './report-format.ts';
import type { RunRecordView } from './report-view.ts';

type Evaluated = Extract<RunEvent, { readonly event: 'eval' }>;

/** So many texts of an evaluation are shown. */
const shown = 8;

/** What was generated of the first samples beside what people wrote, of the last time that each evaluation ran. */
export function reportTexts({ events }: Pick<RunRecordView, 'events'>): string {
  const last = new Map<string, Evaluated>();
  for (const event of events) {
    if (event.event === 'eval' && (event.texts ?? []).length > 0) last.set(`${event.stage}\n${event.evaluation}\n${event.data}`, event); // prettier-ignore
  }
  return [...last.values()].map(textsOf).join('\n');
}

function textsOf({ evaluation, data, step, texts = [] }: Evaluated): string {
  const names = [...new Set(texts.map(({ name }) => name))];
  const tables = names.map((name) => {
    const rows = texts.filter((text) => text.name === name).slice(0, shown).map(({ sample, found, references }) =>
      `<tr><td class="number">${formatCount(sample)}</td><td>${found === '' ? '<span class="soft">nothing</span>' : escapeMarkup(found)}</td><td class="soft">${references.map(escapeMarkup).join('<br>')}</td></tr>`,
    );
    return `<div class="scroll"><table>
<thead><tr><th class="number">sample</th><th><code>${escapeMarkup(name)}</code></th><th>references</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
  }); // prettier-ignore
  return `<h2>Texts of ${escapeMarkup(evaluation)} on ${escapeMarkup(data)}</h2>
<p class="soft">As they were generated at step ${formatCount(step)}, of the first samples.</p>
${tables.join('\n')}`;
}
