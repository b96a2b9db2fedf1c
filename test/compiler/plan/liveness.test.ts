import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { peakBytes } from '../../../src/compiler/plan/liveness.ts';

describe('most bytes at once', () => {
  test('a view keeps what it is a view of, and takes nothing itself', () => {
    const graph = new GraphBuilder('g');
    const x = graph.add('input', [], { name: 'x', dtype: 'f32', shape: [4, 64] });
    const y = graph.add('exp', [x], {});
    const view = graph.add('reshape', [y], { shape: [256] });
    const small = graph.add('reduce_sum', [x], { axes: [0, 1], keep: false });
    // y lives until here, through its view, beside `small` and the sum
    graph.output('z', graph.add('add', [view, small], {}));
    expect(peakBytes(graph.finish())).toBe(256 * 4 + 4 + 256 * 4);
  });

  test('windows of a convolution are laid out once and stay until the gradient of its filter', () => {
    const graph = new GraphBuilder('g');
    const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
    const x = graph.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 8, 8, 3] });
    const filter = graph.add('input', [], { name: 'f', dtype: 'f32', shape: [3, 3, 3, 5] });
    const y = graph.add('conv2d', [x, filter], convolution);
    const dy = graph.add('neg', [y], {});
    graph.output('df', graph.add('conv2d_grad_filter', [x, dy], { ...convolution, filterShape: [3, 3, 3, 5] }));
    const whole = graph.finish();
    const [values, windows, gradient] = [2 * 8 * 8 * 5 * 4, 2 * 8 * 8 * 27 * 4, 27 * 5 * 4];
    expect(peakBytes(whole)).toBe(2 * values);
    // y and −y at once; then −y and the gradient: the windows lie beside both
    expect(peakBytes(whole, { columns: true })).toBe(windows + Math.max(2 * values, values + gradient));
  });

  test('a filter of one pixel reads its input as it lies', () => {
    const graph = new GraphBuilder('g');
    const x = graph.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 8, 8, 3] });
    const filter = graph.add('input', [], { name: 'f', dtype: 'f32', shape: [1, 1, 3, 5] });
    graph.output(
      'y',
      graph.add('conv2d', [x, filter], { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 }),
    );
    const whole = graph.finish();
    expect(peakBytes(whole, { columns: true })).toBe(peakBytes(whole));
  });
});
