/** What `clipx compile --emit pytorch` writes, as text: no Python is needed to read it. `npm run test:oracle` runs it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import type { Diagnostic } from '../../../src/compiler/diagnostics/diagnostic.ts';
import { Reporter } from '../../../src/compiler/diagnostics/reporter.ts';
import { emitPytorch, type PytorchPackage } from '../../../src/compiler/pytorch/emit-pytorch.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

function emitted(text: string, path = 'experiments/t.clipx', random?: { readonly steps: number }): { made: PytorchPackage | undefined; told: readonly Diagnostic[] } {
  const { checked, program, graph, diagnostics } = compile({ path, text, host: repositoryHost, ...(random === undefined ? {} : { random }) });
  if (checked === undefined || program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const report = new Reporter();
  const line = (file: string, at: number): string => {
    const source = graph.sources.get(file)?.text ?? '';
    return source.slice(source.lastIndexOf('\n', at) + 1).split('\n')[0]?.trim() ?? '';
  };
  const made = emitPytorch(checked, program, ({ file, start }) => line(file, start), report);
  return { made, told: report.diagnostics };
} // prettier-ignore

const fileOf = (text: string, name: string): string => emitted(text).made?.files.get(name) ?? '';

/** A file with a vector, pictures and a head on top of both. */
const small = (body: string): string => `clipx 1
experiment small "Small"
use "library/losses.clipx" { mse }
axis d = 4
input x : vector(d)
input y : vector(d)
data source = jsonl("source.jsonl") { x: "x"  y: "y" }
trainable module head = linear(d -> d)
${body}
train on source { epochs: 1  batch: 8  optimizer: sgd(lr: 0.1) }
`;

describe('the package of clip-gaze', () => {
  const path = 'experiments/clip-gaze/clip-gaze.clipx';
  const { made } = emitted(repositoryText(path), path);

  it.each(['model.py', 'losses.py', 'objective.py', 'parameters.py'])('%s', async (name) => {
    await expect(made?.files.get(name)).toMatchFileSnapshot(`../../golden/pytorch/clip-gaze/${name}`);
  });

  it('needs the towers that it has, and no other', () => {
    expect(made?.library).toEqual(['functions', 'clip', 'resnet']);
  });

  it('says what every function is fed, and whose rows a process has', () => {
    const feeds = JSON.parse(made?.files.get('feeds.json') ?? '') as Record<'steps' | 'features', Record<string, { name: string; perSample: boolean }[]>>;
    const of = (table: 'steps' | 'features') => feeds[table]['main']?.map(({ name, perSample }) => [name, perSample]);
    expect(of('features')).toEqual([['small', true]]);
    expect(of('steps')).toEqual([['face', true], ['gaze', true], ['random shuffle:L_re.p', false]]);
  }); // prettier-ignore
});

describe('names', () => {
  it('are those of the source, wherever Python allows them', () => {
    const losses = fileOf(
      small('let ŷ = head(x)\nloss L_é = mse(ŷ, y)\nweight λ1 = 0.5\nminimize λ1 * L_é'),
      'losses.py',
    );
    expect(losses).toContain('def L_é(ŷ: Tensor, y: Tensor) -> Tensor:');
  });

  it('do not hide what Python or the module has', () => {
    const text = fileOf(
      small('let sum = head(x)\nlet lambda = 2 * sum\nloss L = mse(lambda, y)\nminimize L'),
      'objective.py',
    );
    expect(text).toContain('sum_ = model.head(x)');
    expect(text).toContain('lambda_ = 2 * sum_');
  });

  it('of parts do not hide members of a module', () => {
    const text = small('loss L = mse(head(x), y)\nminimize L').replaceAll('head', 'train');
    expect(fileOf(text.replace('train on', 'train on').replace('module train', 'module half').replace('(train(x)', '(half(x)'), 'model.py')).toContain('self.half_ = nn.Linear(4, 4)');
  }); // prettier-ignore
});

describe('formulas', () => {
  const loss = (formula: string): string =>
    fileOf(small(`let z = head(x)\nloss L = ${formula}\nminimize L`), 'losses.py');

  it.each([
    ['mean((z - y) ^ 2)', 'return (z - y).square().mean()'],
    ['mean(1 - cos(z, y))', 'return (1 - cosine(z, y)).mean()'],
    ['-mean(log_softmax(z, over: d))', 'return -z.log_softmax(-1).mean()'],
    ['mean(max(z, 0.1))', 'return z.clamp(min=0.1).mean()'],
    ['mean(clamp(z, -1, 1))', 'return z.clamp(-1.0, 1.0).mean()'],
    ['mean(sum(z * y, over: d))', 'return (z * y).sum(-1).mean()'],
    ['mean(dot(z, y[batch as other]))', 'return (z @ y.T).mean()'],
    ['mean(z - mean(y, over: batch))', 'return (z - y.mean(0)).mean()'],
    ['mean(logsumexp(cos(z, y[batch as other]), over: batch))', 'return cosines(z, y).logsumexp(0).mean()'],
    ['mean(where(y > 0, z, -z))', 'return torch.where(y > 0, z, -z).mean()'],
    ['mean(z[d: 0..1 as first])', 'return z[:, :2].mean()'],
    ['mean(z[d: 3])', 'return z[:, 3].mean()'],
    ['mean(stop(z) * z)', 'return (z.detach() * z).mean()'],
  ])('%s', (formula, code) => {
    expect(loss(formula)).toContain(code);
  });

  it('look across the batch only behind the gathering', () => {
    const step = fileOf(small('let z = head(x)\nlet s = cos(z, y[batch as other])\nloss L = mean(s)\nminimize L'), 'objective.py');
    const [before = '', after = ''] = step.split('# the samples of all processes');
    expect(before).toContain('z = model.head(x)');
    expect(after).toContain('z = gather(z)');
    expect(after).toContain('s = cosines(z, y)');
  }); // prettier-ignore
});

describe('what the target does not write', () => {
  it('is refused where it stands', () => {
    const { made, told } = emitted(small('let z = head(x)\nloss L = mean(prod(only(z, y > 0), over: d))\nminimize L'));
    expect(made).toBeUndefined();
    expect(told.map(({ code, message }) => [code, message])).toEqual([['CX0001', '`prod` of what a mask leaves is not written for PyTorch yet']]);
  }); // prettier-ignore

  it('is nothing of random data: its program says that it is small', () => {
    const { made, told } = emitted(small('loss L = mse(head(x), y)\nminimize L'), undefined, { steps: 2 });
    expect(told).toEqual([]);
    expect(JSON.parse(made?.files.get('program.json') ?? '')).toMatchObject({ random: true, stages: [{ steps: 2 }] });
  });
});
