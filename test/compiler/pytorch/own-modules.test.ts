/** Chains and modules of one's own as classes, and which calls are written out. `test/pytorch` holds what they compute to the reference. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { Reporter } from '../../../src/compiler/diagnostics/reporter.ts';
import { emitPytorch } from '../../../src/compiler/pytorch/emit-pytorch.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

function filesOf(text: string): (name: string) => string {
  const { checked, program, diagnostics } = compile({ path: 'experiments/t.clipx', text, host: repositoryHost });
  if (checked === undefined || program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const made = emitPytorch(checked, program, () => '', new Reporter());
  return (name) => made?.files.get(name) ?? '';
} // prettier-ignore

/** The functions of the step alone. */
const stepOf = (objective: string): string => /^def step_main[^]*?(?=^def )/m.exec(objective)?.[0] ?? '';

const small = (body: string): string => `clipx 1
experiment small "Small"
use "library/losses.clipx" { mse }
axis d = 4
axis h = 6
input x : vector(d)
input y : vector(d)
data source = jsonl("source.jsonl") { x: "x"  y: "y" }
${body}
minimize L
train on source { epochs: 1  batch: 8  optimizer: sgd(lr: 0.1) }
evaluate on source { metric e = mean(y) }
`;

const named = `module lifted(to: axis) {
  layer lift = linear(d -> h)
  layer back = linear(h -> to)
  forward(v) = v + back(relu(lift(v)))
}`;

describe('a module of one’s own', () => {
  const of = filesOf(repositoryText('test/pytorch/support/own-modules.clipx'));
  const [model, step] = [of('model.py'), stepOf(of('objective.py'))];

  it('is a class whose forward has the equations of the source', () => {
    const file = filesOf(small(`${named}\ntrainable module m = lifted(d)\nloss L = mse(m(x), y)`));
    expect(file('model.py')).toContain(`class Lifted(nn.Module):
    """lifted(d)"""

    def __init__(self) -> None:
        super().__init__()
        self.lift = nn.Linear(4, 6)
        self.back = nn.Linear(6, 4)

    def forward(self, v: Tensor) -> Tensor:
        """v [batch, d] → [batch, d]"""
        return v + self.back(F.relu(self.lift(v)))
`);
    expect(file('model.py')).toContain('self.m = Lifted()');
    expect(file('parameters.py')).toContain('"m.lift.weight": ("m.lift.weight", None),');
    expect(stepOf(file('objective.py'))).toContain('m = model.m(x)');
  });

  it('is one class where it is made twice, and where it is copied', () => {
    expect(model).toContain('self.near = Deep2()');
    expect(model).toContain('self.still = Deep2()');
  });

  it('takes sizes that its definition names, where it is made with several', () => {
    const warp = filesOf(repositoryText('test/pytorch/support/modules.clipx'))('model.py');
    expect(warp).toContain('    def __init__(self, i: int) -> None:');
    expect(warp).toContain('self.keys_ = nn.Parameter(torch.zeros(i))');
    expect(warp).toContain('self["0"] = Scaled(4)');
    expect(warp).toContain('self["2"] = Scaled(3)');
  });

  it('goes through alike steps in a loop', () => {
    expect(model).toContain(`        for place, step in self.items():
            x = step(x, dropout=dropout.below(place))
        return x`);
  });

  it('takes what a step leaves out of it, and in an evaluation nothing', () => {
    expect(step).toContain('m_dropout = Dropout(batch, "m", 0.3)');
    expect(step).toContain('m = model.m(x, dropout=m_dropout)');
    expect(step).toContain('m_dropout_2 = Dropout(batch, "m", 0.3, call=1)');
    expect(of('objective.py')).toContain('m = model.m(x)  # [batch, k]');
  });

  it('gives several values at once', () => {
    expect(step).toContain('two_x, _, _ = model.two(x)');
  });

  it('is given what it reads from outside', () => {
    expect(step).toContain('moved = model.moved(x, shift=shift)');
  });

  it('sees pairs of samples of all processes', () => {
    const [, after = ''] = step.split('# the samples of all processes');
    expect(after).toContain('model.pair(x, g, dropout=pair_dropout)');
  });

  it('is written out where its batch norms see several values, or a value that is read besides', () => {
    expect(step).toContain('twice_2 = model.twice.norm(model.twice.lift(x * x))');
    expect(step).toContain('part = model.part.norm(model.part.lift(x))');
  });

  it('is written out where it draws, and where it looks across samples after layers', () => {
    expect(step).toContain('noise = model.noise.lift(x + 0.1 * batch["random gaussian:N"])');
    expect(step).toContain('mix = model.mix.norm(mix_x)');
  });
});

describe('a chain', () => {
  it('is a class whose members have the numbers of its steps', () => {
    const file = filesOf(small('trainable module head = linear(d -> h) |> relu |> linear(h -> d)\nloss L = mse(head(x), y)')); // prettier-ignore
    expect(file('model.py')).toContain('class Head(nn.ModuleDict):');
    expect(file('model.py')).toContain('return self["2"](F.relu(self["0"](x)))');
    expect(file('parameters.py')).toContain('"head.2.weight": ("head.2.weight", None),');
  });
});
