import type { OpAttributes, OpName } from './ops.ts';
import type { Precision, TensorData } from './tensor-data.ts';

/** Operands past an op's arity are absent; `inferType` has counted and typed them, so a kernel takes what it needs. */
export type Operands = readonly [TensorData, TensorData, TensorData, TensorData, TensorData, ...TensorData[]];

/** Writes one op's value into `result`, which comes as zeros of the inferred type. */
export type Kernel<Op extends OpName> = (
  operands: Operands,
  result: TensorData,
  attributes: OpAttributes[Op],
  precision: Precision,
) => void;

/** A table of kernels, one an op: each family of ops is such a table, and `evaluate` their union over all. */
export type Kernels<Ops extends OpName = OpName> = { readonly [Op in Ops]: Kernel<Op> };
