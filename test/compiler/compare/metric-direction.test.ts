import { describe, expect, test } from 'vitest';
import { metricDirections } from '../../../src/compiler/compare/metric-direction.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost } from '../../support/repository-host.ts';

/** The directions of an experiment with these metrics. */
function directionsOf(metrics: string, more: { readonly lets?: string; readonly top?: string; readonly fields?: string } = {}): Readonly<Record<string, string>> {
  const text = `clipx 1
experiment small "Small"
use "library/losses.clipx" { accuracy, cross_entropy, place as spot }
use "library/metrics.clipx" { recall_at, rmse, mean_angle, harmonic_mean }
axis d = 3
vocabulary topic = ["a", "b", "c"]
input x : vector(d)
input y : class(topic)
data source = jsonl("source.jsonl") { x: "x"  y: "y" }
data val = jsonl("val.jsonl") like source
trainable module F = linear(d -> topic)
let s = F(x)
fn far(a, b) = mean((a - b)^2)
fn right(a, b) = mean(a == b)
${more.lets ?? ''}
loss L = cross_entropy(s, y, over: topic)
minimize L
train on source { steps: 1  batch: 2  optimizer: sgd(lr: 0.1)${more.fields ?? ''} }
evaluate on val {
${metrics}
}
${more.top ?? ''}
`;
  const { checked, program, graph, diagnostics } = compile({ path: 'small.clipx', text, host: repositoryHost });
  if (checked === undefined || program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n')); // prettier-ignore
  return Object.fromEntries([...metricDirections({ checked, program, graph })].map(([name, { direction, by }]) => [name, `${direction} ${by}`])); // prettier-ignore
} // prettier-ignore

describe('metricDirections', () => {
  test('knows the measures of the library and of the catalogue, in units, means and shares too', () => {
    expect(
      directionsOf(`  metric top1 = accuracy(s, y, over: topic) in %
  metric ce = cross_entropy(s, y, over: topic)
  metric r = rmse(s[topic: 0], s[topic: 1])
  metric turn = mean(angle(x, x)) in deg
  metric turned = mean_angle(x, x) in deg
  metric near = mean(spot(s, y, over: topic) <= 2) in %`),
    ).toEqual({ top1: 'max formula', ce: 'min formula', r: 'min formula', turn: 'min formula', turned: 'min formula', near: 'max formula' }); // prettier-ignore
  });

  test('knows distances and how often something is right, through names and functions of one’s own', () => {
    const lets = 'let gap = abs(s[topic: 0] - s[topic: 1])\nlet places = spot(s, y, over: topic)';
    expect(
      directionsOf(
        `  metric error = far(s[topic: 0], s[topic: 1])
  metric hits = right(argmax(s, over: topic), y)
  metric between = mean(gap)
  metric worst = max(gap) / 2
  metric twice = 2 * mean(worst)
  metric half = mean(worst) / 2
  metric r2 = mean(places <= 2)`,
        { lets },
      ),
    ).toEqual({ error: 'min formula', hits: 'max formula', between: 'min formula', worst: 'min formula', half: 'min formula', r2: 'max formula' }); // prettier-ignore
  });

  test('does not guess', () => {
    expect(
      directionsOf(`  metric size = mean(s)
  metric square = mean(s^2)
  metric margin = mean(s[topic: 0] - s[topic: 1])
  metric negative = -accuracy(s, y, over: topic)
  metric wrong = 1 - accuracy(s, y, over: topic)
  metric above = mean(spot(s, y, over: topic) > 2)`),
    ).toEqual({});
  });

  test('takes the word of the experiment before that of a formula', () => {
    expect(directionsOf('  metric top1 = accuracy(s, y, over: topic)\n  best: min(top1 on val)')).toEqual({ top1: 'min stated' }); // prettier-ignore
    expect(directionsOf('  metric size = mean(s)\n  metric other = mean(s)\n  best: max(size on val)')).toEqual({ size: 'max stated' }); // prettier-ignore
    expect(directionsOf('  metric size = mean(s)', { top: 'sweep rates { train.optimizer.lr: [1e-3, 1e-1] } keep min(size on val)' })).toEqual({ size: 'min stated' }); // prettier-ignore
  });

  test('follows sums of metrics that are better at one end', () => {
    const metrics = '  metric a = accuracy(s, y, over: topic)\n  metric b = rmse(s[topic: 0], s[topic: 1])';
    const top = 'metric both = (val.a + 2 * val.a) / 3\nmetric mixed = val.a + val.b\nmetric less = 1 - val.a\nmetric half = val.b / 2'; // prettier-ignore
    expect(directionsOf(metrics, { top })).toEqual({ a: 'max formula', b: 'min formula', both: 'max formula', half: 'min formula' }); // prettier-ignore
  });
});
