import { graphInputs, type Graph } from '../../compiler/ir/graph.ts';
import { formatType } from '../../compiler/ir/tensor-type.ts';
import { elementCount, sameShape, type DType } from '../../compiler/types/dtype.ts';
import { BackendError } from './backend-error.ts';
import type { TensorValue } from './backend.ts';

type Feeds = Readonly<Record<string, TensorValue>>;

const arrays: Readonly<Record<DType, (data: TensorValue['data']) => boolean>> = {
  f32: (data) => data instanceof Float32Array,
  i32: (data) => data instanceof Int32Array,
  bool: (data) => data instanceof Uint8Array,
  u8: (data) => data instanceof Uint8Array,
};

/**
 * Throws BackendError unless exactly the graph's inputs are fed, each with its element type, shape and number of elements. `resident` are
 * inputs that the engine has itself.
 */
export function feedChecker(graph: Graph, resident: ReadonlySet<string> = new Set()): (feeds: Feeds) => void {
  const inputs = graphInputs(graph).filter(({ name }) => !resident.has(name));
  const names = new Set(inputs.map(({ name }) => name));
  return (feeds) => {
    for (const { name, type } of inputs) {
      const feed = feeds[name];
      const place = `input ${name} of ${graph.name}`;
      const expected = `${formatType(type)} expected`;
      if (feed === undefined) throw new BackendError('feed-missing', 'internal', `${place} is not fed: ${expected}`);
      const found = `${formatType(feed)} found`;
      if (feed.dtype !== type.dtype || !arrays[type.dtype](feed.data)) {
        throw new BackendError(
          'feed-dtype',
          'internal',
          `${place}: ${expected}, ${found} in a ${feed.data.constructor.name}`,
        );
      }
      if (!sameShape(feed.shape, type.shape))
        throw new BackendError('feed-shape', 'internal', `${place}: ${expected}, ${found}`);
      if (feed.data.length !== elementCount(type.shape)) {
        throw new BackendError(
          'feed-size',
          'internal',
          `${place}: ${expected}, but there are ${feed.data.length} elements`,
        );
      }
    }
    const unknown = Object.keys(feeds).find((name) => !names.has(name));
    if (unknown !== undefined)
      throw new BackendError('feed-unknown', 'internal', `${graph.name} has no input ${unknown}`);
  };
}
