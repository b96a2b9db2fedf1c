import type { RunEvent } from '../events.ts';
import { escapeMarkup } from './figures/escape-markup.ts';
import type { ParameterGroup } from './parameter-groups.ts';
import { formatCount, formatEpochs, formatRate, formatShare } from './report-format.ts';
import type { RunRecordView } from './report-view.ts';

/** What was trained, frozen, computed once and cached, and what was minimised. */
export function reportPlan(run: RunRecordView): string {
  const plans = new Map(run.events.flatMap((it) => (it.event === 'plan' ? [[it.stage, it]] : [])));
  const stages = [...plans.values()].map((plan) => {
    const counts = countsOf(run, plan);
    const terms = plan.terms.map(
      (term) =>
        `<tr><td>${escapeMarkup(term.name)}</td><td class="number">${formatRate(term.weight)}</td>${counts.size === 0 ? '' : `<td class="number">${counts.get(term.name) ?? '–'}</td>`}` +
        `<td><code>${escapeMarkup(term.formula)}</code></td></tr>`,
    );
    return `${plans.size > 1 ? `<h3>Stage ${escapeMarkup(plan.stage)}</h3>` : ''}
<p>${formatCount(plan.steps)} steps, ${formatEpochs(plan.epochs)} ${plan.epochs === 1 ? 'epoch' : 'epochs'} of ${formatCount(plan.stepsPerEpoch)}, batch ${formatCount(plan.batch)}.
${list('Computed once', plan.constants)} ${list('Cached per sample', plan.cached)}</p>
<table><thead><tr><th>loss term</th><th class="number">weight</th>${counts.size === 0 ? '' : '<th class="number">elements</th>'}<th>formula</th></tr></thead><tbody>${terms.join('\n')}</tbody></table>`;
  });
  if (stages.length === 0 && run.groups.length === 0) return '';
  return `<h2>Plan</h2>\n${parameters(run.groups)}\n${stages.join('\n')}`;
}

/** How many elements each term averaged: always, or, where masks decide it, in the last step. */
function countsOf({ events }: RunRecordView, plan: Extract<RunEvent, { event: 'plan' }>): ReadonlyMap<string, string> {
  const last = events.findLast((event) => event.event === 'step' && event.stage === plan.stage);
  const counted = (terms: readonly { readonly name: string; readonly count?: number }[], note: string) =>
    terms.flatMap(({ name, count }) => (count === undefined ? [] : [[name, `${formatCount(count)}${note}`] as const]));
  return new Map([
    ...counted(plan.terms, ''),
    ...counted(last?.event === 'step' ? last.terms : [], ' <small>(in the last step)</small>'),
  ]);
}

function list(label: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${label}: ${names.map((it) => `<code>${escapeMarkup(it)}</code>`).join(', ')}.`;
}

function parameters(groups: readonly ParameterGroup[]): string {
  if (groups.length === 0) return '';
  const all = groups.reduce((sum, it) => sum + it.count, 0);
  const trained = groups.filter((it) => it.state === 'trainable').reduce((sum, it) => sum + it.count, 0);
  const rows = groups.map(
    (group) =>
      `<tr><td>${escapeMarkup(group.owner)}</td><td>${group.state}</td><td class="number">${formatCount(group.tensors)}</td>` +
      `<td class="number">${formatCount(group.count)}</td><td class="number">${group.learningRates.map(formatRate).join(', ') || '–'}</td>` +
      `<td><code>${escapeMarkup(group.decidedAt)}</code></td></tr>`,
  );
  return `<p>${formatCount(trained)} of ${formatCount(all)} numbers train (${formatShare(all === 0 ? 0 : trained / all)}).</p>
<div class="scroll"><table>
<thead><tr><th>part</th><th>state</th><th class="number">tensors</th><th class="number">numbers</th><th class="number">learning rate</th><th>decided at</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}
