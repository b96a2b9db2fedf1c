import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { renderReport, reportFigures } from '../../../src/runtime/records/report.ts';
import { countedStream } from '../../support/run-stream.ts';
import { runRecordView } from '../../support/run-record-view.ts';

const view = runRecordView();
const html = renderReport(view);
const { document } = parseHTML(html);
const words = document.body.textContent?.replaceAll(/\s+/g, ' ') ?? '';

test('the page asks for nothing from elsewhere and runs no script', () => {
  expect(document.querySelectorAll('script, link, img, iframe, object').length).toBe(0);
  const addresses = [...html.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map((it) => it[1]);
  expect(addresses).toEqual([]);
  expect(html.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xlink', '')).not.toMatch(
    /https?:/,
  );
});

test('the result stands next to its baseline and to the study, whose old row is called stale', () => {
  const last = view.results[0]?.metrics[0]?.value ?? Number.NaN;
  expect(words).toContain(`target error${last.toFixed(4)} deg`);
  expect(words).toContain('predicting the mean direction14.200 deg');
  expect(words).toContain(`the result is ${(100 * (1 - last / 14.2)).toFixed(1)} % below`);
  expect(words).toContain('full7.16 ± 0.16 (3)');
  expect(words).toContain('L_g only stale: the experiment has changed since');
});

test('the certificate, the digests and every warning are there', () => {
  expect(words).toContain('verified 149/149');
  expect(words).toContain('moved 67/67');
  expect(words).toContain(view.record.digests.semantic);
  for (const event of view.events) if (event.event === 'warning') expect(words).toContain(event.message);
});

test('a proof that failed does not look like one that holds', () => {
  const events = view.events.map((it) => (it.event === 'certificate' ? { ...it, verified: 148 } : it));
  const page = parseHTML(renderReport({ ...view, events })).document;
  expect(page.querySelector('.proof')?.getAttribute('class')).toBe('proof bad');
  expect(document.querySelector('.proof')?.getAttribute('class')).toBe('proof');
});

test('the experiment is shown line by line, its markup harmless', () => {
  const lines = [...document.querySelectorAll('pre span')].map((it) => it.textContent?.replace(/\n$/, ''));
  expect(lines).toEqual(view.experiment.trimEnd().split('\n'));
});

test('every term has its curve, and the plan counts what it trains', () => {
  const titles = [...document.querySelectorAll('figure h3')].map((it) => it.textContent);
  expect(titles).toEqual(
    expect.arrayContaining(['loss', 'shares', 'L_g', 'L_d', 'L_ir', 'L_re', 'learning rate', 'target error']),
  );
  for (const figure of document.querySelectorAll('figure')) {
    expect(figure.querySelector('svg')?.getAttribute('aria-label')).not.toBe('');
  }
  expect(words).toContain('11,576,195 of 19,700,099 numbers train (59 %)');
});

test('figures are XML of their own with names of their own', () => {
  const figures = reportFigures(view);
  expect(new Set(figures.map((it) => it.name)).size).toBe(figures.length);
  for (const { svg, name } of figures) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toContain('NaN');
  }
});

test('what terms and metrics averaged stands beside them, where it is known', () => {
  const events = countedStream();
  const results = view.results.map((it) => ({ ...it, metrics: it.metrics.map((metric) => ({ ...metric, count: 2048 })) })); // prettier-ignore
  const page = parseHTML(renderReport({ ...view, events, results })).document;
  const rows = [...page.querySelectorAll('tr')].map((it) => [...it.querySelectorAll('td')].map((cell) => cell.textContent)); // prettier-ignore
  expect(rows.find(([name]) => name === 'L_g')?.[2]).toBe('128');
  expect(rows.find(([name]) => name === 'L_d')?.[2]).toBe('–');
  expect(rows.find(([name]) => name === 'L_ir')?.[2]).toBe('310 (in the last step)');
  expect(rows.find(([name]) => name === 'target error')?.[2]).toBe('1,024 (over 2,048 elements)');
  expect(words).not.toContain('elements');
});

test('any prefix of the events has a report, and the same events the same one', () => {
  for (const length of [0, 1, 5, 40, 60, 200]) {
    const part = { ...view, events: view.events.slice(0, length), results: [] };
    expect(renderReport(part)).toContain('</html>');
    expect(renderReport(part)).toBe(renderReport(structuredClone(part)));
  }
});

test('a failed run says why at the top', () => {
  const failed = renderReport(runRecordView({ status: 'failed' }));
  const page = parseHTML(failed).document;
  expect(page.querySelector('header .message')?.textContent).toContain('L_ir is not finite at step 310');
});
