import { expect, test } from 'vitest';
import { escapeLatex, renderRunsCsv, renderTable } from '../../../src/runtime/records/study-table.ts';
import type { Study } from '../../../src/runtime/records/study.ts';

const digests = { semantic: 'a'.repeat(64), protocol: 'b'.repeat(64) };
const study: Study = {
  schema: 'clipx.study/1',
  experiment: 'line',
  clipx: '0.1.0',
  engine: 'reference 1 on cpu',
  made: '2026-01-01T00:00:00.000Z',
  metrics: [{ key: 'val.error', unit: 'deg', direction: 'min' }, { key: 'val.R1["a, b"]' }],
  rows: [
    { row: 'full', digests, runs: [{ seed: 1, values: { 'val.error': 7, 'val.R1["a, b"]': 0.5 } }, { seed: 2, values: { 'val.error': 9, 'val.R1["a, b"]': null } }] }, // prettier-ignore
    { row: '50 % & τ_w', digests, runs: [{ seed: 1, values: { 'val.error': 10 } }] },
  ],
};

test('CSV has mean, deviation and number in full precision, and quotes what holds commas', () => {
  // of 7 and 9: mean 8, deviation √2
  expect(renderTable(study, 'csv')).toBe(
    'row,val.error,val.error sd,val.error n,"val.R1[""a, b""]","val.R1[""a, b""] sd","val.R1[""a, b""] n"\n' +
      `full,8,${Math.SQRT2},2,0.5,,1\n` +
      '50 % & τ_w,10,,1,,,0\n',
  );
  expect(renderRunsCsv(study)).toBe(
    'row,seed,val.error,"val.R1[""a, b""]"\nfull,1,7,0.5\nfull,2,9,\n50 % & τ_w,1,10,\n',
  );
});

test('LaTeX is a tabular with the best in bold and every special character escaped', () => {
  expect(renderTable(study, 'latex')).toBe(
    String.raw`% mean and standard deviation over 2 seeds; needs booktabs
\begin{tabular}{lrr}
  \toprule
  row & val.error [deg] & val.R1["a, b"] \\
  \midrule
  full & $\mathbf{8.0 \pm 1.4}$ & $0.5000$ \\
  50 \% \& τ\_w & $10.00$ & -- \\
  \bottomrule
\end{tabular}
`,
  );
  expect(escapeLatex('a\\b~c^d{e}$#')).toBe(
    String.raw`a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d\{e\}\$\#`,
  );
});

test('Markdown is a table of GitHub', () => {
  expect(renderTable(study, 'md').split('\n').slice(0, 3)).toEqual([
    '| row | val.error [deg] | val.R1["a, b"] |',
    '| --- | ---: | ---: |',
    '| full | 8.0 ± 1.4 (2) | 0.5000 (1) |',
  ]);
});
