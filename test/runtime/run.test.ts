import { expect, test } from 'vitest';
import { only, runTiny, temporaryFolder } from './support/run-tiny.ts';

test('a run trains, selects on validation data, evaluates test data once, and proves what stayed frozen', async () => {
  const { outcome, events } = await runTiny({ root: temporaryFolder(), epochs: 6 });
  expect(outcome.error).toBeUndefined();
  expect(outcome.status).toBe('complete');
  const steps = only(events, 'step');
  // 43 samples in batches of 8: five steps an epoch, three samples left out.
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(steps.at(-1)?.total ?? NaN).toBeLessThan((steps[0]?.total ?? NaN) / 2);
});
