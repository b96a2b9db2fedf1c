import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { Graph } from '../compiler/ir/graph.ts';
import { readWhole } from './atomic-file.ts';

/** sha256 in hexadecimal. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** sha256 of a file of any size. */
export function fileDigest(path: string): string {
  const hash = createHash('sha256');
  const part = new Uint8Array(2 ** 22);
  const file = openSync(path, 'r');
  try {
    for (let at = 0, count = part.byteLength; count === part.byteLength; at += count) {
      count = readWhole(file, part, at);
      hash.update(part.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** Digest of a tensor's bytes, little-endian. */
export function tensorDigest(data: Float32Array | Int32Array | Uint8Array): string {
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Digest of what a graph computes: labels and its name, which only people read, are left out. */
export function graphDigest(graph: Graph): string {
  const nodes = graph.nodes.map(({ op, inputs, attributes, type }) => [op, inputs, attributes, type]);
  return sha256(JSON.stringify([nodes, graph.outputs]));
}
