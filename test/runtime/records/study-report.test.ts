import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import type { JudgedClaim } from '../../../src/runtime/records/judge-claim.ts';
import { renderStudyReport, type StudyReportView } from '../../../src/runtime/records/study-report.ts';
import { runRecordView, study } from '../../support/run-record-view.ts';

const claims: readonly JudgedClaim[] = [
  { claim: 'error < error of "L_g only"', verdict: 'holds', links: [{ left: 'error', operator: '<', right: 'error of "L_g only"', verdict: 'holds', leftMean: 7.16, rightMean: 8.47, difference: 1.31, standardError: 0.13, seeds: [1, 2, 3], unit: 'deg' }] }, // prettier-ignore
  { claim: 'error < 5 & "</code>"', verdict: 'fails', links: [{ left: 'error', operator: '<', right: '5', verdict: 'fails', seeds: [], reason: 'no run' }] }, // prettier-ignore
];
const run = runRecordView();
const view: StudyReportView = {
  name: 'clip_gaze',
  title: 'CLIP-Gaze',
  study,
  claims,
  cells: [
    { row: 'full', seed: 1, status: 'complete', run },
    { row: 'full', seed: 2, status: 'complete', run },
    { row: 'L_g only', seed: 1, status: 'complete', run },
    { row: 'L_g only', seed: 2, status: 'failed', message: 'the loss <NaN> is not finite' },
    { row: 'no L_d', seed: 1, status: 'missing' },
  ],
  differences: [{ row: 'L_g only', text: 'training  loss-removed  − L_d\n' }],
  experiment: 'clipx 1\n',
};

test('the page tells the claims first, then the table, and holds nothing from elsewhere', () => {
  const html = renderStudyReport(view);
  const { document } = parseHTML(html);
  const heads = [...document.querySelectorAll('h2')].map((it) => it.textContent);
  expect(heads.slice(0, 4)).toEqual(['Claims', 'Results', 'Runs that are not complete', 'Curves']);
  expect(heads).toContain('Certificate of full');
  expect(heads).toContain('Plan of full');
  expect(heads).toContain('What each row changes');
  expect([...document.querySelectorAll('.claims .verdict')].map((it) => it.textContent)).toEqual([
    '✔ holds',
    '✘ fails',
  ]);
  expect(document.querySelector('.claims')?.textContent).toContain('7.16 against 8.47 deg, difference 1.31 ± 0.13');
  // means and deviations of 7.15, 7.32, 7.01 and of 8.4, 8.9, 8.1
  const cells = [...document.querySelectorAll('tbody tr')].map((it) => it.textContent);
  expect(cells).toContain('full7.16 ± 0.16 (3)');
  expect(cells.some((it) => it?.startsWith('L_g only') && it.includes('8.47 ± 0.40 (3)'))).toBe(true);
  // nothing is taken from anywhere, and what others wrote stays text
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|<link/);
  expect(html).toContain('error &lt; 5 &amp; &quot;&lt;/code&gt;&quot;');
  expect(html).toContain('the loss &lt;NaN&gt; is not finite');
});

test('every course has a colour, a dash and a mark, the same in each frame', () => {
  const { document } = parseHTML(renderStudyReport(view));
  const legends = [...document.querySelectorAll('.legend')].filter((it) => it.querySelector('svg.line') !== null);
  expect(legends.length).toBeGreaterThan(1);
  const looks = new Map<string, Set<string>>();
  for (const entry of legends.flatMap((it) => [...it.querySelectorAll('span')])) {
    const name = entry.textContent ?? '';
    looks.set(name, (looks.get(name) ?? new Set()).add(entry.querySelector('svg')?.outerHTML ?? ''));
  }
  expect([...looks.keys()]).toEqual(['full', 'L_g only']);
  const all = [...looks.values()].flatMap((it) => [...it]);
  expect(all).toHaveLength(2);
  expect(new Set(all.map((it) => /stroke-dasharray="[^"]+"/.exec(it)?.[0] ?? 'none')).size).toBe(2);
});

test('without a complete run there is a page as well', () => {
  const html = renderStudyReport({ ...view, study: undefined, claims: [], cells: [{ row: 'full', seed: 1, status: 'missing' }], differences: [] }); // prettier-ignore
  expect(html).toContain('No run is complete yet.');
});
