/** Checkpoints as timm, transformers and AST's repository write them give the features that those compute; `npm run test:oracle` asks all engines. */
import { describe, expect, it } from 'vitest';
import { resizedPositions as inGraph } from '../../../src/compiler/elaborate/layers/vit.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder } from '../../../src/compiler/ir/graph.ts';
import { resizedPositions } from '../../../src/compiler/types/naming/resize-positions.ts';
import { openReference } from '../../../src/runtime/backends/reference.ts';
import { publishedCases } from '../../oracle/support/published.ts';
import { oracle } from '../../support/oracles.ts';

const reference = { name: 'reference', isSkipped: false, open: () => Promise.resolve(openReference()), lower: () => new Uint8Array() }; // prettier-ignore

describe('features of', () => {
  it.each(publishedCases)('$name', ({ run }) => run(reference));
});

describe('a table of places', () => {
  it.each([3, 5, 7, 12])('of 7 × 7 becomes one of another size, %i a side, as in timm and open_clip', (side) => {
    const cases = oracle('checkpoints');
    const table = Float32Array.from(cases.tensor('cases', 'positions.table').data);
    const data = resizedPositions(table, 6, 7, side);
    cases.expectClose({ dtype: 'f32', shape: [1 + side * side, 6], data }, 'cases', `positions.${side}`);
    expect(data.length).toBe((1 + side * side) * 6);
    // a tower that reads pictures of another size does so in its graph
    const builder = new GraphBuilder('positions');
    const input = builder.add('input', [], { name: 'table', dtype: 'f32', shape: [50, 6] });
    const node = inGraph(builder, input, [7, 7], [side, side]);
    const value = evaluateNodes({ name: 'positions', nodes: builder.nodes, outputs: [] }, { table: cases.tensor('cases', 'positions.table') }, [node], { precision: 'f64' }).get(node); // prettier-ignore
    cases.expectClose(value ?? expect.fail('no value'), 'cases', `positions.${side}`);
  });
});
