import { functionsOf } from '../program/functions.ts';
import type { Program } from '../program/program.ts';
import { programArtefact } from '../program/tensorflow-program.ts';
import { emitOnnx } from './targets/onnx/emit-onnx.ts';
import { emitTensorflowProgram } from './targets/tensorflow/emit-program.ts';

/** Function id → ONNX model, for both onnxruntimes. */
function lowerToOnnx(program: Program): Map<string, Uint8Array> {
  return new Map(functionsOf(program).map((fn) => [fn.id, emitOnnx(fn.graph)]));
}

/** The whole program as one TensorFlow graph, for a session with resident state. */
export function lowerToTensorflow(program: Program): Map<string, Uint8Array> {
  return new Map([[programArtefact, emitTensorflowProgram(program)]]);
}

/** Lowers a program for whatever engine is taken, once for each target. The reference takes graphs as they are. */
export function lowererOf(program: Program): (backend: string) => ReadonlyMap<string, Uint8Array> {
  const lowered = new Map<unknown, ReadonlyMap<string, Uint8Array>>();
  return (backend) => {
    if (backend === 'reference') return new Map();
    const lower = backend === 'tensorflow' ? lowerToTensorflow : lowerToOnnx;
    const artefacts = lowered.get(lower) ?? lower(program);
    lowered.set(lower, artefacts);
    return artefacts;
  };
}
