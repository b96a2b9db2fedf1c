import type { BackendName } from '../../src/runtime/backends/backend.ts';

/** What is measured against PyTorch: `<name>.clipx` here, and a class of `torch_peer.py`. */
export interface BenchProgram {
  readonly name: string;
  /** A training step with its update, or the features of a frozen encoder alone. */
  readonly runs: 'step' | 'features';
  /** The ratio to PyTorch's time that an engine is to stay under: issue "The TensorFlow engine". */
  readonly marks: Readonly<Partial<Record<BackendName, number>>>;
}

export const benchPrograms: readonly BenchProgram[] = [
  { name: 'p1-frozen-vit', runs: 'features', marks: { tensorflow: 1.1, 'onnxruntime-node': 1.1 } },
  { name: 'p2-dual-encoder', runs: 'step', marks: { tensorflow: 1.1, 'onnxruntime-node': 1.3 } },
  { name: 'p3-mlps', runs: 'step', marks: { tensorflow: 0.75, 'onnxruntime-node': 1.1 } },
  { name: 'p4-resnet', runs: 'step', marks: { tensorflow: 1, 'onnxruntime-node': 1.6 } },
];

/** By the whole name or its beginning: `P4`. Throws where there is none. */
export function benchProgram(name: string): BenchProgram {
  const found = benchPrograms.find((program) => program.name.startsWith(name.toLowerCase()));
  if (found === undefined) {
    throw new Error(`no program ${name}; there are ${benchPrograms.map((program) => program.name).join(', ')}`);
  }
  return found;
}
