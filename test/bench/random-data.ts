import type { Column } from '../../src/compiler/program/column.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { elementCount, type Shape } from '../../src/compiler/types/dtype.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import type { RunData } from '../../src/runtime/batch-source.ts';
import { sha256 } from '../../src/runtime/digest.ts';
import { stream, type RandomStream } from '../../src/runtime/random.ts';

/** `count` samples with random pictures and vectors for every data set of a program. Throws at a column of another kind. */
export function randomData(program: Program, count: number): Pick<RunData, 'open'> {
  const tables = new Map(
    program.columns.flatMap((column) => {
      const table = tableOf(column, count, stream(1, `bench:${column.name}`));
      return table === undefined ? [] : [[column.name, table] as const];
    }),
  );
  const tableNamed = (name: string): TensorValue => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`no random numbers were drawn for column ${name}`);
    return table;
  };
  return {
    open: async () => ({
      count,
      batch: async (indices, columns) =>
        Object.fromEntries(columns.map((name) => [name, rowsAt(tableNamed(name), Array.from(indices))])),
      contentKey: async (index, columns) => sha256(JSON.stringify([index, columns])),
    }),
  };
}

function tableOf(column: Column, count: number, numbers: RandomStream): TensorValue | undefined {
  if (column.kind === 'image') {
    const shape: Shape = [count, column.height, column.width, 3];
    const words = Uint32Array.from({ length: Math.ceil(elementCount(shape) / 4) }, (_, at) => numbers.uint32(at));
    return { dtype: 'u8', shape, data: new Uint8Array(words.buffer, 0, elementCount(shape)) };
  }
  if (column.kind === 'vector') {
    const shape: Shape = [count, column.size];
    return { dtype: 'f32', shape, data: numbers.fillNormal(new Float32Array(elementCount(shape))) };
  }
  return undefined;
}

function rowsAt({ dtype, shape, data }: TensorValue, indices: readonly number[]): TensorValue {
  const width = elementCount(shape.slice(1));
  const rows = data.slice(0, indices.length * width);
  indices.forEach((index, at) => rows.set(data.subarray(index * width, (index + 1) * width), at * width));
  return { dtype, shape: [indices.length, ...shape.slice(1)], data: rows };
}
