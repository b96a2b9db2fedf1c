import { functionsOf } from '../program/functions.ts';
import type { Program } from '../program/program.ts';
import { emitOnnx } from './targets/onnx/emit-onnx.ts';

/** Function id → ONNX model, for both onnxruntimes. */
export function lowerToOnnx(program: Program): Map<string, Uint8Array> {
  return new Map(functionsOf(program).map((fn) => [fn.id, emitOnnx(fn.graph)]));
}
