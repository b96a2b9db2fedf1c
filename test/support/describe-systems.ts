/**
 * Every system trains two steps of every stage and is evaluated, on made-up samples of its declared shapes at tiny sizes: each function
 * gives on onnxruntime and TensorFlow what it gives by the reference, gradients among its results. The systems are in two files of tests,
 * every other one in each, for a process each.
 */
import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { expectTrained, expectTrainedInTensorflow } from './expect-trained.ts';
import { repositoryText } from './repository-host.ts';

const folder = 'test/fixtures/systems';
const systems = readdirSync(folder)
  .filter((file) => file.endsWith('.clipx') && /^experiment /m.test(repositoryText(`${folder}/${file}`)))
  .map((file) => file.replace(/\.clipx$/, ''));

/** Tests of half of the systems. */
export function describeSystems(half: 0 | 1): void {
  describe.each(systems.filter((_, at) => at % 2 === half))('%s', (name) => {
    it('computes on every engine what the reference computes', async () => {
      await expectTrained(name);
    });

    it('trains with its state in the graph of TensorFlow', async () => {
      await expectTrainedInTensorflow(name);
    });
  });
}
