import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/runtime/events.ts';
import { renderReport } from '../../../src/runtime/records/report.ts';
import { reportTexts } from '../../../src/runtime/records/report-texts.ts';
import { runRecordView } from '../../support/run-record-view.ts';

const evaluated = (step: number, found: readonly string[]): RunEvent => ({
  schema: 'clipx.event/1', seq: step, ts: step, event: 'eval', stage: 'describe', evaluation: 'captions.val', data: 'val', step, samples: 20,
  metrics: [], best: false, texts: found.map((text, sample) => ({ name: 'said', sample, found: text, references: ['a <red> ball', `text ${sample}`] })),
}); // prettier-ignore

const tableOf = (html: string): string[][] =>
  [...parseHTML(`<main>${html}</main>`).document.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? ''),
  );

describe('texts that were generated', () => {
  it('stand in the report beside those that people wrote, of the last evaluation', () => {
    const html = reportTexts({ events: [evaluated(1, ['early']), evaluated(2, ['a ball & <b>', ''])] });
    expect(tableOf(html)).toEqual([
      ['0', 'a ball & <b>', 'a <red> balltext 0'],
      ['1', 'nothing', 'a <red> balltext 1'],
    ]);
    expect(html).toContain('captions.val on val');
    expect(html).not.toContain('early');
  });

  it('are eight at most', () => {
    expect(tableOf(reportTexts({ events: [evaluated(1, Array.from({ length: 16 }, (_, at) => `text ${at}`))] }))).toHaveLength(8); // prettier-ignore
  });

  it('leave no heading where there are none', () => {
    expect(reportTexts(runRecordView())).toBe('');
    const view = runRecordView();
    expect(renderReport({ ...view, events: [...view.events, evaluated(3, ['a dog'])] })).toContain('<td>a dog</td>');
  });
});
