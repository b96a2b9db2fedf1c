import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { graphInputs, type TensorType } from '../../src/compiler/ir/graph.ts';
import type { InputSource, ProgramFunction } from '../../src/compiler/program/program.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { engineColumns, runGraph } from './engines.ts';
import { fillOperand } from './operands.ts';

const root = new URL('../../', import.meta.url);

/** The step of an experiment as it stands, but for the batch: the reference is slow. */
function firstStep(path: string, batch: number): ProgramFunction {
  const readText = (name: string): string | undefined => {
    const file = new URL(name, root);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const text = readText(path) ?? '';
  const { program, diagnostics } = compile({
    path,
    text: text.replace(/batch: 128/, `batch: ${batch}`),
    host: { readText },
  });
  const step = program?.stages[0]?.step;
  if (step === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return step;
}

/** Plausible values of an input: matrices and filters as an initialiser would draw them, scales near 1, indices small. */
function feed(source: InputSource | undefined, { dtype, shape }: TensorType, seed: number): TensorValue {
  if (dtype === 'i32') return fillOperand({ dtype, shape, fill: { kind: 'integers', low: 0, high: 3 } }, seed);
  if (dtype === 'u8') return fillOperand({ dtype, shape, fill: { kind: 'integers', low: 0, high: 255 } }, seed);
  if (dtype === 'bool') return fillOperand({ dtype, shape, fill: { kind: 'integers', low: 0, high: 1 } }, seed);
  if (source?.kind !== 'parameter') return fillOperand({ dtype, shape, fill: { kind: 'smooth' } }, seed);
  if (shape.length < 2) return fillOperand({ dtype, shape, fill: { kind: 'range', low: 0.5, high: 1.5 } }, seed);
  const reach = Math.sqrt(3 / Math.min(elementCount(shape.slice(0, -1)), elementCount(shape.slice(1))));
  return fillOperand({ dtype, shape, fill: { kind: 'range', low: -reach, high: reach } }, seed);
}

/** ‖found − expected‖ / ‖expected‖ */
function relativeError(found: TensorValue, expected: TensorValue): number {
  let [difference, size] = [0, 0];
  for (const [at, value] of expected.data.entries()) {
    difference += ((found.data[at] ?? NaN) - value) ** 2;
    size += value ** 2;
  }
  return size === 0 ? difference : Math.sqrt(difference / size);
}

describe.each([
  { path: 'experiments/clip-gaze/clip-gaze.clipx', batch: 6 },
  { path: 'experiments/clip/pretrain.clipx', batch: 3 },
])('the first step of $path', ({ path, batch }) => {
  const step = firstStep(path, batch);
  const feeds = Object.fromEntries(
    graphInputs(step.graph).map(({ name, type }, at) => [name, feed(step.inputs[name], type, at + 1)]),
  );
  let expected: Record<string, TensorValue> | undefined;

  it.each(engineColumns)('is the same on $name as on the reference, and the same again', async (column) => {
    expected ??= (await runGraph(openReference(), step.graph, undefined, feeds))[0];
    const engine = await column.open();
    const [first = {}, second = {}] = await runGraph(engine, step.graph, column.lower(step.graph), feeds, 2);
    await engine.dispose();
    const names = step.graph.outputs.map(({ name }) => name);
    const kinds = new Set(names.map((name) => step.outputs[name]?.kind));
    expect(kinds).toContain('total');
    expect(kinds).toContain('gradient');
    for (const name of names) {
      const error = relativeError(first[name]!, expected![name]!);
      // A unit of a ReLU within rounding of 0 may flip; nothing else differs by more than sums in another order do.
      expect(error, `relative error of ${name}`).toBeLessThan(step.outputs[name]?.kind === 'gradient' ? 1e-3 : 1e-4);
      expect(Buffer.from(second[name]!.data.buffer).equals(Buffer.from(first[name]!.data.buffer)), name).toBe(true);
    }
  });
});
