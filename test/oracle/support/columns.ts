import { openReference } from '../../../src/runtime/backends/reference.ts';
import { engineColumns, type EngineColumn } from '../../conformance/engines.ts';

/** Engines and the reference. */
export const columns: readonly EngineColumn[] = [
  { name: 'reference', isSkipped: false, open: () => Promise.resolve(openReference()), lower: () => new Uint8Array() },
  ...engineColumns,
];
