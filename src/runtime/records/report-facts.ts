import { escapeMarkup } from './figures/escape-markup.ts';
import { formatBytes, formatCount } from './report-format.ts';
import type { RunRecordView } from './report-view.ts';

/** Warnings, digests, and the machine: what a reader needs to judge or repeat the run. */
export function reportFacts(run: RunRecordView): string {
  return [warnings(run), provenance(run)].filter((it) => it !== '').join('\n');
}

function warnings({ events }: RunRecordView): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.event !== 'warning') continue;
    const line = `<strong>${escapeMarkup(event.code)}</strong> ${escapeMarkup(event.message)}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const items = [...counts].map(
    ([line, count]) => `<li>${line}${count > 1 ? ` <small>(${count} times)</small>` : ''}</li>`,
  );
  return `<h2>Warnings</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function provenance(run: RunRecordView): string {
  const cache = run.events.findLast((it) => it.event === 'cache');
  const rows: readonly (readonly [string, string])[] = [
    ['semantic digest', run.record.digests.semantic],
    ['protocol digest', run.record.digests.protocol],
    ...(cache === undefined
      ? []
      : [
          [
            'feature cache',
            `${formatCount(cache.hits)} reused, ${formatCount(cache.misses)} computed, ${formatBytes(cache.bytes)}`,
          ] as const,
        ]),
    ...run.environment.map(({ name, value }) => [name, value] as const),
    ['folder', run.folder],
  ];
  const cells = rows.map(
    ([name, value]) =>
      `<tr><td>${escapeMarkup(name)}</td><td class="digest"><code>${escapeMarkup(value)}</code></td></tr>`,
  );
  return `<h2>Digests and environment</h2>\n<table><tbody>\n${cells.join('\n')}\n</tbody></table>`;
}
