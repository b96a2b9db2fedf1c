import type { TensorflowDType } from './tensorflow-proto.ts';

/** What the writer must know of an operation of TensorFlow to write its type attributes and to know its results. */
export interface Operation {
  /** Type attribute → the operand whose type it is (negative: from the end), or `given` where the caller says it. */
  readonly types: Readonly<Record<string, number | 'given'>>;
  /** Of each result: a type, or the type attribute that has it. */
  readonly results: readonly string[];
  /** An attribute that counts the operands, all but the last so many. */
  readonly count?: { readonly attribute: string; readonly besides: number };
  /** Two equal ones are two: it holds or changes state. */
  readonly isStateful?: true;
}

const same = { types: { T: 0 }, results: ['T'] } satisfies Operation;
const compare = { types: { T: 0 }, results: ['bool'] } satisfies Operation;
const logic = { types: {}, results: ['bool'] } satisfies Operation;
const reduce = { types: { T: 0, Tidx: 1 }, results: ['T'] } satisfies Operation;

/**
 * Every operation we write, from TensorFlow's registry of 2.9.1 (`tensorflow/core/ops/*.cc`). All type attributes are written out:
 * the session does not infer them. Attributes with a default that 2.9 does not know yet are left to the default.
 */
export const operations = {
  Placeholder: { types: { dtype: 'given' }, results: ['dtype'], isStateful: true },
  Const: { types: { dtype: 'given' }, results: ['dtype'] },
  Identity: same,
  Cast: { types: { SrcT: 0, DstT: 'given' }, results: ['DstT'] },
  StopGradient: same,

  // elementwise
  Neg: same,
  Exp: same,
  Log: same,
  Log1p: same,
  Expm1: same,
  Sqrt: same,
  Rsqrt: same,
  Square: same,
  Reciprocal: same,
  Abs: same,
  Sign: same,
  Sin: same,
  Cos: same,
  Acos: same,
  Tanh: same,
  Sigmoid: same,
  Softplus: { types: { T: 0 }, results: ['T'] },
  Relu: same,
  ReluGrad: same,
  Erf: same,
  Floor: same,
  Ceil: same,
  Round: same,
  IsFinite: compare,
  AddV2: same,
  AddN: { types: { T: 0 }, results: ['T'], count: { attribute: 'N', besides: 0 } },
  Sub: same,
  Mul: same,
  RealDiv: same,
  DivNoNan: same,
  TruncateDiv: same,
  Pow: same,
  Maximum: same,
  Minimum: same,
  Atan2: same,
  SquaredDifference: same,
  Equal: compare,
  NotEqual: compare,
  Less: compare,
  LessEqual: compare,
  Greater: compare,
  GreaterEqual: compare,
  LogicalAnd: logic,
  LogicalOr: logic,
  LogicalNot: logic,
  SelectV2: { types: { T: 1 }, results: ['T'] },

  // linear algebra
  MatMul: same,
  BatchMatMulV2: same,
  BiasAdd: same,
  BiasAddGrad: same,
  L2Loss: same,

  // windows and normalisation
  Conv2D: same,
  Conv2DBackpropInput: { types: { T: 1 }, results: ['T'] },
  Conv2DBackpropFilter: { types: { T: 0 }, results: ['T'] },
  DepthwiseConv2dNative: same,
  DepthwiseConv2dNativeBackpropInput: { types: { T: 1 }, results: ['T'] },
  DepthwiseConv2dNativeBackpropFilter: { types: { T: 0 }, results: ['T'] },
  MaxPool: same,
  MaxPoolGrad: same,
  MaxPoolWithArgmax: { types: { T: 0, Targmax: 'given' }, results: ['T', 'Targmax'] },
  AvgPool: same,
  AvgPoolGrad: { types: { T: 1 }, results: ['T'] },
  FusedBatchNormV3: { types: { T: 0, U: 1 }, results: ['T', 'U', 'U', 'U', 'U', 'U'] },
  FusedBatchNormGradV3: { types: { T: 0, U: 3 }, results: ['T', 'U', 'U', 'U', 'U'] },
  ResizeBilinear: { types: { T: 0 }, results: ['f32'] },
  ResizeBilinearGrad: { types: { T: 1 }, results: ['T'] },
  ResizeNearestNeighbor: { types: { T: 0 }, results: ['T'] },
  ResizeNearestNeighborGrad: { types: { T: 0 }, results: ['T'] },
  SpaceToBatchND: { types: { T: 0, Tblock_shape: 1, Tpaddings: 2 }, results: ['T'] },
  BatchToSpaceND: { types: { T: 0, Tblock_shape: 1, Tcrops: 2 }, results: ['T'] },
  SpaceToDepth: same,
  DepthToSpace: same,
  ExtractImagePatches: same,

  // along axes
  Sum: reduce,
  Mean: reduce,
  Max: reduce,
  Min: reduce,
  All: { types: { Tidx: 1 }, results: ['bool'] },
  ArgMax: { types: { T: 0, Tidx: 1, output_type: 'given' }, results: ['output_type'] },
  Cumsum: { types: { T: 0, Tidx: 1 }, results: ['T'] },
  Softmax: same,
  LogSoftmax: same,
  TopKV2: { types: { T: 0 }, results: ['T', 'i32'] },

  // shape
  Fill: { types: { T: 1, index_type: 0 }, results: ['T'] },
  ZerosLike: same,
  Reshape: { types: { T: 0, Tshape: 1 }, results: ['T'] },
  Transpose: { types: { T: 0, Tperm: 1 }, results: ['T'] },
  BroadcastTo: { types: { T: 0, Tidx: 1 }, results: ['T'] },
  Tile: { types: { T: 0, Tmultiples: 1 }, results: ['T'] },
  Slice: { types: { T: 0, Index: 1 }, results: ['T'] },
  StridedSlice: { types: { T: 0, Index: 1 }, results: ['T'] },
  Pad: { types: { T: 0, Tpaddings: 1 }, results: ['T'] },
  PadV2: { types: { T: 0, Tpaddings: 1 }, results: ['T'] },
  ConcatV2: { types: { T: 0, Tidx: -1 }, results: ['T'], count: { attribute: 'N', besides: 1 } },
  Pack: { types: { T: 0 }, results: ['T'], count: { attribute: 'N', besides: 0 } },
  ReverseV2: { types: { T: 0, Tidx: 1 }, results: ['T'] },

  // by index
  GatherV2: { types: { Tparams: 0, Tindices: 1, Taxis: 2 }, results: ['Tparams'] },
  UnsortedSegmentSum: { types: { T: 0, Tindices: 1, Tnumsegments: 2 }, results: ['T'] },
  OneHot: { types: { T: 2, TI: 0 }, results: ['T'] },

  // state
  VarHandleOp: { types: { dtype: 'given' }, results: ['resource'], isStateful: true },
  ReadVariableOp: { types: { dtype: 'given' }, results: ['dtype'], isStateful: true },
  AssignVariableOp: { types: { dtype: 1 }, results: [], isStateful: true },
  AssignAddVariableOp: { types: { dtype: 1 }, results: [], isStateful: true },
  ResourceApplyGradientDescent: { types: { T: 1 }, results: [], isStateful: true },
  ResourceApplyMomentum: { types: { T: 2 }, results: [], isStateful: true },
  ResourceApplyAdam: { types: { T: -1 }, results: [], isStateful: true },
  ResourceApplyRMSProp: { types: { T: -1 }, results: [], isStateful: true },
  DeepCopy: { types: { T: 0 }, results: ['T'], isStateful: true },
  NoOp: { types: {}, results: [], isStateful: true },
  Switch: { types: { T: 0 }, results: ['T', 'T'] },
  Merge: { types: { T: 0 }, results: ['T', 'i32'], count: { attribute: 'N', besides: 0 } },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

const dtypes: readonly string[] = ['f32', 'i32', 'i64', 'u8', 'bool', 'resource'] satisfies readonly TensorflowDType[];

/** Whether a result's type is said outright. */
export function isTensorflowDType(word: string): word is TensorflowDType {
  return dtypes.includes(word);
}
