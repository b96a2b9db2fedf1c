import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectHost } from '../../src/cli/experiment.ts';
import { compile } from '../../src/compiler/compile.ts';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { columnKey } from '../../src/runtime/batch-source.ts';
import { stream } from '../../src/runtime/random.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Smallest and largest number of the integer columns. */
const integers: Readonly<Record<string, readonly [number, number]>> = {
  'caption.ids': [0, 8191],
  label: [0, 99],
  // every caption fills its 32 tokens
  'caption.length': [31, 31],
};

/** Compiles a file of the repository. Data are not looked at. Throws where it has errors. */
export function compileFile(path: string): Program {
  const text = readFileSync(join(repository, path), 'utf8');
  const { program, diagnostics } = compile({ path, text, host: projectHost(repository) });
  if (program === undefined) throw new Error(`${path}: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return program;
}

/** One batch for a function that reads nothing but columns: normal numbers, bytes, integers within their bounds. */
export function randomBatch(fn: ProgramFunction): Record<string, TensorValue> {
  const feeds: Record<string, TensorValue> = {};
  for (const { name, type } of graphInputs(fn.graph)) {
    const source = fn.inputs[name];
    if (source?.kind !== 'column') continue;
    const key = columnKey(source.column, source.part);
    const numbers = stream(1, `bench:${key}`);
    const count = elementCount(type.shape);
    const between = (low: number, high: number): number[] =>
      Array.from({ length: count }, (_, at) => low + numbers.integer(high - low + 1, at));
    if (type.dtype === 'f32') feeds[name] = { ...type, data: numbers.fillNormal(new Float32Array(count)) };
    else if (type.dtype === 'i32')
      feeds[name] = { ...type, data: Int32Array.from(between(...(integers[key] ?? [0, 0]))) };
    else feeds[name] = { ...type, data: Uint8Array.from(between(0, type.dtype === 'bool' ? 1 : 255)) };
  }
  return feeds;
}
