/**
 * Every system trains two steps of every stage and is evaluated, on made-up samples of its declared shapes at tiny sizes: each function
 * gives on onnxruntime and TensorFlow what it gives by the reference, gradients among its results. Rows of some systems as well.
 */
import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { repositoryText } from '../support/repository-host.ts';
import { expectTrained, expectTrainedInTensorflow } from '../support/expect-trained.ts';

const folder = 'test/fixtures/systems';
const systems = readdirSync(folder)
  .filter((file) => file.endsWith('.clipx') && /^experiment /m.test(repositoryText(`${folder}/${file}`)))
  .map((file) => file.replace(/\.clipx$/, ''));

describe.each(systems)('%s', (name) => {
  it('computes on every engine what the reference computes', async () => {
    await expectTrained(name);
  });

  it('trains with its state in the graph of TensorFlow', async () => {
    await expectTrainedInTensorflow(name);
  });
});

describe.each([
  ['coop', 'class-specific'],
  ['coop', 'middle'],
  ['clip4clip', 'seqLSTM'],
  ['clip4clip', 'tight'],
  ['pointclip-few', 'one view'],
])('%s, row %s', (name, row) => {
  it('computes on every engine what the reference computes', async () => {
    await expectTrained(name, row);
  });
});
