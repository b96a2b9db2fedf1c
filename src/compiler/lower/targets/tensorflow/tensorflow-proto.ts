import protobuf from 'protobufjs/light.js';
import type { Shape } from '../../../types/dtype.ts';

/**
 * The part of TensorFlow's protobuf schemas that clipx writes, with TensorFlow's own field numbers (tensorflow/core/protobuf/
 * saved_model.proto, meta_graph.proto, core/framework/{graph,node_def,attr_value,tensor,tensor_shape,versions}.proto).
 */
const root = protobuf.Root.fromJSON({
  nested: {
    SavedModel: {
      fields: {
        savedModelSchemaVersion: { type: 'int64', id: 1 },
        metaGraphs: { rule: 'repeated', type: 'MetaGraphDef', id: 2 },
      },
    },
    MetaGraphDef: {
      fields: {
        metaInfoDef: { type: 'MetaInfoDef', id: 1 },
        graphDef: { type: 'GraphDef', id: 2 },
        signatureDef: mapTo('SignatureDef', 5),
      },
    },
    MetaInfoDef: {
      fields: {
        tags: { rule: 'repeated', type: 'string', id: 4 },
        tensorflowVersion: { type: 'string', id: 5 },
      },
    },
    GraphDef: {
      fields: {
        node: { rule: 'repeated', type: 'NodeDef', id: 1 },
        versions: { type: 'VersionDef', id: 4 },
      },
    },
    VersionDef: { fields: { producer: { type: 'int32', id: 1 }, minConsumer: { type: 'int32', id: 2 } } },
    NodeDef: {
      fields: {
        name: { type: 'string', id: 1 },
        op: { type: 'string', id: 2 },
        input: { rule: 'repeated', type: 'string', id: 3 },
        device: { type: 'string', id: 4 },
        attr: mapTo('AttrValue', 5),
      },
    },
    AttrValue: {
      // One of them is always written, zero and false too.
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor'] } },
      fields: {
        list: { type: 'ListValue', id: 1 },
        s: { type: 'bytes', id: 2 },
        i: { type: 'int64', id: 3 },
        f: { type: 'float', id: 4 },
        b: { type: 'bool', id: 5 },
        type: { type: 'int32', id: 6 },
        shape: { type: 'TensorShapeProto', id: 7 },
        tensor: { type: 'TensorProto', id: 8 },
      },
    },
    ListValue: {
      fields: {
        s: { rule: 'repeated', type: 'bytes', id: 2 },
        i: { rule: 'repeated', type: 'int64', id: 3 },
        type: { rule: 'repeated', type: 'int32', id: 6 },
      },
    },
    TensorProto: {
      fields: {
        dtype: { type: 'int32', id: 1 },
        tensorShape: { type: 'TensorShapeProto', id: 2 },
        tensorContent: { type: 'bytes', id: 4 },
      },
    },
    TensorShapeProto: { fields: { dim: { rule: 'repeated', type: 'Dimension', id: 2 } } },
    Dimension: { fields: { size: { type: 'int64', id: 1 } } },
    SignatureDef: {
      fields: {
        inputs: mapTo('TensorInfo', 1),
        outputs: mapTo('TensorInfo', 2),
        methodName: { type: 'string', id: 3 },
      },
    },
    TensorInfo: {
      fields: {
        name: { type: 'string', id: 1 },
        dtype: { type: 'int32', id: 2 },
        tensorShape: { type: 'TensorShapeProto', id: 3 },
      },
    },
  },
});

/** Encodes and decodes a `saved_model.pb`. */
export const savedModelProto = root.lookupType('SavedModel');

/** `tensorflow.DataType`. */
const tensorflowDataType = { f32: 1, i32: 3, u8: 4, i64: 9, bool: 10, resource: 20 } as const;

/** What a tensor of the TensorFlow graph holds; `resource` is the handle of a variable. */
export type TensorflowDType = keyof typeof tensorflowDataType;

/** The tag under which the one graph of the file is loaded. */
const servingTag = 'serve';

/**
 * `TF_GRAPH_DEF_VERSION` of TensorFlow 2.9, the oldest library that runs what we write: a newer one reads what an older one wrote.
 */
const producerVersion = 1087;

export interface TensorflowModel {
  readonly nodes: readonly TensorflowNode[];
  /** By name; at least one. */
  readonly signatures: Readonly<Record<string, TensorflowSignature>>;
}

export interface TensorflowNode {
  readonly op: string;
  readonly name: string;
  /** `node` or `node:result`, then control inputs as `^node`. */
  readonly inputs: readonly string[];
  readonly attributes: TensorflowAttributes;
}

export type TensorflowAttributes = Readonly<Record<string, TensorflowAttribute>>;

export type TensorflowAttribute =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'type'; readonly value: TensorflowDType }
  | { readonly kind: 'types'; readonly value: readonly TensorflowDType[] }
  | { readonly kind: 'shape'; readonly value: Shape }
  | { readonly kind: 'tensor'; readonly value: TensorflowConstant };

export interface TensorflowConstant {
  readonly dtype: TensorflowDType;
  readonly shape: Shape;
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

/** Feeds and fetches by name. */
export interface TensorflowSignature {
  readonly inputs: Readonly<Record<string, TensorflowTensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorflowTensorInfo>>;
}

export interface TensorflowTensorInfo {
  /** With the result's number: `input_0:0`. */
  readonly tensor: string;
  readonly dtype: TensorflowDType;
  readonly shape: Shape;
}

/** The bytes of a `saved_model.pb`: one graph under the tag `serve`, no variables folder. */
export function encodeSavedModel({ nodes, signatures }: TensorflowModel): Uint8Array {
  return savedModelProto
    .encode({
      savedModelSchemaVersion: 1,
      metaGraphs: [
        {
          metaInfoDef: { tags: [servingTag] },
          graphDef: { node: nodes.map(nodeMessage), versions: { producer: producerVersion } },
          signatureDef: mapValues(signatures, ({ inputs, outputs }) => ({
            inputs: mapValues(inputs, tensorInfoMessage),
            outputs: mapValues(outputs, tensorInfoMessage),
            methodName: 'tensorflow/serving/predict',
          })),
        },
      ],
    })
    .finish();
}

const utf8 = new TextEncoder();

function nodeMessage({ name, op, inputs, attributes }: TensorflowNode): object {
  return { name, op, input: inputs, attr: mapValues(attributes, attributeMessage) };
}

function attributeMessage({ kind, value }: TensorflowAttribute): object {
  switch (kind) {
    case 'int':
      return { i: value };
    case 'float':
      return { f: value };
    case 'bool':
      return { b: value };
    case 'string':
      return { s: utf8.encode(value) };
    case 'ints':
      return { list: { i: value } };
    case 'type':
      return { type: tensorflowDataType[value] };
    case 'types':
      return { list: { type: value.map((dtype) => tensorflowDataType[dtype]) } };
    case 'shape':
      return { shape: shapeMessage(value) };
    case 'tensor':
      return {
        tensor: {
          dtype: tensorflowDataType[value.dtype],
          tensorShape: shapeMessage(value.shape),
          tensorContent: value.bytes,
        },
      };
  }
}

function tensorInfoMessage({ tensor, dtype, shape }: TensorflowTensorInfo): object {
  return { name: tensor, dtype: tensorflowDataType[dtype], tensorShape: shapeMessage(shape) };
}

/** Scalars have a shape too, of no dimensions: readers ask for it. */
function shapeMessage(shape: Shape): object {
  return { dim: shape.map((size) => ({ size })) };
}

/** Keys in order, so that equal graphs are equal bytes. */
function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)]));
}

/** A map field, its keys strings. */
function mapTo(valueType: string, id: number): protobuf.IMapField {
  return { keyType: 'string', type: valueType, id };
}
