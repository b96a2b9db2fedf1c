/** What is exported of published systems: predictions without labels, as one model for any number of samples. */
import { describe, expect, it } from 'vitest';
import { noFacts } from '../../../src/compiler/assemble/facts.ts';
import { assembleInference } from '../../../src/compiler/assemble/inference.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { lowerToOnnx } from '../../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import { withDynamicBatch } from '../../../src/compiler/lower/targets/onnx/dynamic-batch.ts';
import { repository } from '../../support/fixtures.ts';
import { repositoryText } from '../../support/repository-host.ts';

function inference(system: string, outputs: readonly string[] = []) {
  const path = `test/fixtures/systems/${system}.clipx`;
  const { checked } = compile({ path, text: repositoryText(path), host: repository, until: 'check' });
  if (checked === undefined) throw new Error(`${system} was not checked`);
  return assembleInference(checked, noFacts, { outputs });
}

describe('the predictions of a system', () => {
  it.each([
    ['clip-gaze', ['face'], ['ĝ [xyz]']],
    ['cocoop', ['view'], ['s [class]', 'hand [class]']],
    ['tbps-clip', ['said', 'view'], ['T [joint]', 'I [joint]']],
    ['depthclip', ['room'], ['D [height, width]']],
    ['intclip', ['view'], ['p [intent]']],
  ])('%s: from %j to %j', (system, columns, outputs) => {
    const found = inference(system);
    if ('fault' in found) throw new Error(found.fault);
    expect(found.outputs.map(({ name, axes }) => `${name} [${axes.map((axis) => axis.name).join(', ')}]`)).toEqual(outputs); // prettier-ignore
    const inputs = Object.values(found.sizes[0]?.fn.inputs ?? {});
    const read = new Set(inputs.flatMap((source) => (source.kind === 'column' ? [source.column] : [])));
    expect([...read].sort()).toEqual(columns);
    // nothing that only trains
    const owners = new Set(
      inputs.flatMap((source) => (source.kind === 'parameter' ? [source.name.split('.')[0]] : [])),
    );
    if (system === 'clip-gaze') expect(owners).toEqual(new Set(['E', 'F', 'M']));
    const model = withDynamicBatch(found.sizes.map(({ fn }) => lowerToOnnx(fn.graph)), found.sizes.map(({ batch }) => batch)); // prettier-ignore
    expect('fault' in model ? model.fault : '').toBe('');
    if ('fault' in model) return;
    for (const { shape } of model.outputs) expect(shape[0]).toBe('batch');
    for (const { name, shape } of model.inputs) if (name.startsWith('column')) expect(shape[0]).toBe('batch');
  });

  it('are none where nothing is predicted of a sample', () => {
    expect(inference('clipasso')).toMatchObject({ fault: 'no metric reads a prediction of one sample' });
  });

  it('can be named, and what is of several samples cannot', () => {
    expect(inference('clip-gaze', ['f'])).toMatchObject({ outputs: [{ name: 'f' }] });
    expect(inference('clip-gaze', ['L_re'])).toMatchObject({ fault: '`L_re` is of several samples at once, not of each' }); // prettier-ignore
    expect(inference('clip-gaze', ['nothing'])).toMatchObject({ fault: 'the experiment has no value `nothing`' });
  });
});
