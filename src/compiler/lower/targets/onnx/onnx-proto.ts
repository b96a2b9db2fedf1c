import protobuf from 'protobufjs/light.js';

/**
 * The part of ONNX's protobuf schema that clipx writes, with ONNX's own field numbers (onnx/onnx, onnx/onnx.proto).
 * Declared here because the schema package drags in a second, old protobufjs.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        producerVersion: { type: 'string', id: 3 },
        graph: { type: 'GraphProto', id: 7 },
        opsetImport: { rule: 'repeated', type: 'OperatorSetIdProto', id: 8 },
      },
    },
    OperatorSetIdProto: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
    GraphProto: {
      fields: {
        node: { rule: 'repeated', type: 'NodeProto', id: 1 },
        name: { type: 'string', id: 2 },
        initializer: { rule: 'repeated', type: 'TensorProto', id: 5 },
        input: { rule: 'repeated', type: 'ValueInfoProto', id: 11 },
        output: { rule: 'repeated', type: 'ValueInfoProto', id: 12 },
      },
    },
    NodeProto: {
      fields: {
        input: { rule: 'repeated', type: 'string', id: 1 },
        output: { rule: 'repeated', type: 'string', id: 2 },
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: { rule: 'repeated', type: 'AttributeProto', id: 5 },
        domain: { type: 'string', id: 7 },
      },
    },
    AttributeProto: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        s: { type: 'bytes', id: 4 },
        ints: { rule: 'repeated', type: 'int64', id: 8 },
        type: { type: 'int32', id: 20 },
      },
    },
    TensorProto: {
      fields: {
        dims: { rule: 'repeated', type: 'int64', id: 1 },
        dataType: { type: 'int32', id: 2 },
        name: { type: 'string', id: 8 },
        rawData: { type: 'bytes', id: 9 },
        externalData: { rule: 'repeated', type: 'StringStringEntryProto', id: 13 },
        dataLocation: { type: 'int32', id: 14 },
      },
    },
    StringStringEntryProto: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    ValueInfoProto: { fields: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } } },
    TypeProto: { fields: { tensorType: { type: 'TensorTypeProto', id: 1 } } },
    TensorTypeProto: { fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'TensorShapeProto', id: 2 } } },
    TensorShapeProto: { fields: { dim: { rule: 'repeated', type: 'DimensionProto', id: 1 } } },
    DimensionProto: { fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } } },
  },
});

/** Encodes and decodes a model. */
export const modelProto = root.lookupType('ModelProto');

/** `TensorProto.DataType`. */
export const onnxDataType = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 } as const;

export type OnnxDType = keyof typeof onnxDataType;

export interface OnnxModel {
  readonly graphName: string;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
}

export type OnnxAttribute =
  | { readonly name: string; readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly name: string; readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly name: string; readonly kind: 'string'; readonly value: string };

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  /** Little-endian, row-major; or where in a file beside the model they lie. */
  readonly bytes: Uint8Array | ExternalBytes;
}

/** A model of more than 2 GB does not fit a protobuf message: its tensors lie in a file of their own. */
export interface ExternalBytes {
  /** Relative to the model. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: OnnxDType;
  /** A dimension with a name is told when the model is called. */
  readonly shape: readonly (number | string)[];
}

/** The bytes of an `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelProto
    .encode({
      irVersion: 9,
      producerName: 'clipx',
      opsetImport: [{ domain: '', version: model.opset }],
      graph: {
        name: model.graphName,
        node: model.nodes.map(({ opType, name, inputs, outputs, attributes }) => ({
          opType,
          name,
          input: inputs,
          output: outputs,
          attribute: attributes.map(attributeMessage),
        })),
        initializer: model.initializers.map(({ name, dtype, shape, bytes }) => ({
          name,
          dataType: onnxDataType[dtype],
          dims: shape,
          ...(bytes instanceof Uint8Array ? { rawData: bytes } : external(bytes)),
        })),
        input: model.inputs.map(valueInfoMessage),
        output: model.outputs.map(valueInfoMessage),
      },
    })
    .finish();
}

/** `TensorProto.DataLocation.EXTERNAL` */
const outside = 1;

const external = ({ file, offset, length }: ExternalBytes): object => ({
  dataLocation: outside,
  externalData: [
    { key: 'location', value: file },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(length) },
  ],
});

const utf8 = new TextEncoder();

/** `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

function attributeMessage(attribute: OnnxAttribute): object {
  const { name, kind, value } = attribute;
  const type = attributeTypes[kind];
  if (kind === 'string') return { name, type, s: utf8.encode(value) };
  if (kind === 'ints') return { name, type, ints: value };
  return kind === 'int' ? { name, type, i: value } : { name, type, f: value };
}

function valueInfoMessage({ name, dtype, shape }: OnnxValueInfo): object {
  return {
    name,
    type: {
      tensorType: {
        elemType: onnxDataType[dtype],
        shape: { dim: shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size })) },
      },
    },
  };
}
