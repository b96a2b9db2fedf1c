import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { feedChecker } from '../../../src/runtime/backends/check-feeds.ts';

const builder = new GraphBuilder('g');
builder.add('input', [], { name: 'x', dtype: 'f32', shape: [2, 3] });
const check = feedChecker(builder.finish());
const data = new Float32Array(6);

describe('feedChecker', () => {
  it('passes a feed of the input’s type', () => {
    expect(() => check({ x: { dtype: 'f32', shape: [2, 3], data } })).not.toThrow();
  });

  it.each([
    { feeds: {}, code: 'feed-missing' },
    { feeds: { x: { dtype: 'i32', shape: [2, 3], data: new Int32Array(6) } }, code: 'feed-dtype' },
    { feeds: { x: { dtype: 'f32', shape: [2, 3], data: new Int32Array(6) } }, code: 'feed-dtype' },
    { feeds: { x: { dtype: 'f32', shape: [3, 2], data } }, code: 'feed-shape' },
    { feeds: { x: { dtype: 'f32', shape: [2, 3], data: new Float32Array(5) } }, code: 'feed-size' },
    {
      feeds: { x: { dtype: 'f32', shape: [2, 3], data }, y: { dtype: 'f32', shape: [2, 3], data } },
      code: 'feed-unknown',
    },
  ] as const)('refuses with $code', ({ feeds, code }) => {
    expect(() => check(feeds)).toThrow(expect.objectContaining({ name: 'BackendError', code }));
  });

  it('names the input, what was expected and what was found', () => {
    expect(() => check({ x: { dtype: 'f32', shape: [3, 2], data } })).toThrow(
      'input x of g: f32[2,3] expected, f32[3,2] found',
    );
  });
});
