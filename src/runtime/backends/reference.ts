import { evaluateGraph } from '../../compiler/ir/evaluate.ts';
import type { Engine, TensorValue } from './backend.ts';
import { feedChecker } from './check-feeds.ts';

/** The reference evaluator as an engine: slow, and right by definition. */
export function openReference(): Engine {
  return {
    info: { name: 'reference', version: '1', device: 'javascript', threads: 1 },
    load: async ({ graph }) => {
      const checkFeeds = feedChecker(graph);
      return {
        run: async (feeds) => {
          checkFeeds(feeds);
          // At precision f32 the evaluator's arrays are those of TensorValue.
          return evaluateGraph(graph, feeds) as Record<string, TensorValue>;
        },
        dispose: () => Promise.resolve(),
      };
    },
    dispose: () => Promise.resolve(),
  };
}
