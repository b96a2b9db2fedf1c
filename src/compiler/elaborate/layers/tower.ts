import type { NodeId } from '../../ir/graph.ts';

/** What a tower computes: its features, and inner values by the path of the part that makes them (`blocks.3`, `stage2`). */
export interface TowerResult {
  /** `[n, towerOutputWidth]` */
  readonly features: NodeId;
  /** Unused ones cost nothing: pruning drops them. */
  readonly taps: ReadonlyMap<string, NodeId>;
}
