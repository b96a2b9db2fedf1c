/**
 * Every system trains two steps of every stage and is evaluated, on made-up samples of its declared shapes at tiny sizes: each function
 * gives on onnxruntime and TensorFlow what it gives by the reference, gradients among its results. The systems are in two files of tests,
 * every other one in each, for a process each.
 */
import { readdirSync } from 'node:fs';
import { afterAll, describe, it } from 'vitest';
import { expectTrained, expectTrainedInTensorflow, hasTensorflow } from './expect-trained.ts';
import { repositoryText } from './repository-host.ts';

const folder = 'test/fixtures/systems';
const systems = readdirSync(folder)
  .filter((file) => file.endsWith('.clipx') && /^experiment /m.test(repositoryText(`${folder}/${file}`)))
  .map((file) => file.replace(/\.clipx$/, ''));

/** Milliseconds where other work shares the machine; seconds to two minutes of processor time each. */
const patience = 1_800_000;

/** Tests of half of the systems, and of these rows. Prints what each took, the dearest first. */
export function describeSystems(half: 0 | 1, rows: readonly (readonly [system: string, row: string])[] = []): void {
  const took = new Map<string, number>();
  const timed = async (what: string, body: () => Promise<void>): Promise<void> => {
    const start = process.cpuUsage();
    try {
      await body();
    } finally {
      const { user, system } = process.cpuUsage(start);
      took.set(what, (took.get(what) ?? 0) + (user + system) / 1e6);
    }
  };

  describe.each(systems.filter((_, at) => at % 2 === half))('%s', (name) => {
    it('computes on every engine what the reference computes', () => timed(name, () => expectTrained(name)), patience);

    it.skipIf(!hasTensorflow)(
      'trains with its state in the graph of TensorFlow',
      () => timed(`${name}, in TensorFlow`, () => expectTrainedInTensorflow(name)),
      patience,
    );
  });

  describe.each(rows)('%s, row %s', (name, row) => {
    it(
      'computes on every engine what the reference computes',
      () => timed(`${name}, row ${row}`, () => expectTrained(name, row)),
      patience,
    );
  });

  afterAll(() => {
    const lines = [...took]
      .sort(([, a], [, b]) => b - a)
      .map(([what, seconds]) => `${seconds.toFixed(0).padStart(5)} s  ${what}`);
    console.info(
      `processor time, ${[...took.values()].reduce((sum, each) => sum + each, 0).toFixed(0)} s in all\n${lines.join('\n')}`,
    );
  });
}
