import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Shape } from '../../../compiler/types/dtype.ts';
import { RunError } from '../../run-error.ts';
import { malformedWeights, noSuchTensor } from './faults.ts';
import { checkName, printable } from './printable.ts';
import type { StoredDType, StoredTensor, WeightsFile } from './weights-file.ts';

const largestIndex = 2 ** 27;

/** Tensors in several files of one folder, and an index of which is where (`model.safetensors.index.json` of Hugging Face). */
export class ShardedFile implements WeightsFile {
  readonly path: string;
  readonly format = 'sharded';
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly #shards = new Map<string, WeightsFile>();
  readonly #shardOf: ReadonlyMap<string, string>;

  /**
   * `open` opens one shard. Throws RunError CX8203 (the index is none, or leads out of its folder), CX8201 (a shard is not there), CX8205
   * (a shard is without a tensor that the index says it holds), and what `open` throws.
   */
  constructor(path: string, open: (path: string) => WeightsFile) {
    this.path = path;
    const { shardOf, metadata } = readIndex(path);
    this.#shardOf = shardOf;
    this.metadata = metadata;
    try {
      for (const shard of new Set(shardOf.values())) this.#shards.set(shard, openShard(path, shard, open));
      for (const [name, shard] of shardOf) {
        const file = this.#shards.get(shard);
        if (file !== undefined && file.shapeOf(name) === undefined) throw noSuchTensor(file, name);
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.notes = [`${this.#shards.size} files: ${[...this.#shards.keys()].slice(0, 3).join(', ')}${this.#shards.size > 3 ? ', …' : ''}`]; // prettier-ignore
  }

  get names(): readonly string[] {
    return [...this.#shardOf.keys()];
  }

  /** The files that hold the tensors. */
  get files(): readonly string[] {
    return [...this.#shards.values()].map(({ path }) => path);
  }

  shapeOf(name: string): Shape | undefined {
    return this.#shard(name)?.shapeOf(name);
  }

  dtypeOf(name: string): StoredDType | undefined {
    return this.#shard(name)?.dtypeOf(name);
  }

  aliasOf(name: string): string | undefined {
    return this.#shard(name)?.aliasOf(name);
  }

  read(name: string): StoredTensor {
    const shard = this.#shard(name);
    if (shard === undefined) throw noSuchTensor(this, name);
    return shard.read(name);
  }

  close(): void {
    for (const shard of this.#shards.values()) shard.close();
  }

  #shard(name: string): WeightsFile | undefined {
    return this.#shards.get(this.#shardOf.get(name) ?? '');
  }
}

function openShard(index: string, shard: string, open: (path: string) => WeightsFile): WeightsFile {
  const path = join(dirname(index), shard);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new RunError('user', 'CX8201', `the shard ${path} is not there, which ${index} names`, {
      help: 'fetch all files of the folder',
    });
  return open(path);
}

function readIndex(path: string): { shardOf: ReadonlyMap<string, string>; metadata: Record<string, string> } {
  if (statSync(path).size > largestIndex) throw malformedWeights(path, 'it is impossibly large for an index');
  let index: unknown;
  try {
    index = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw malformedWeights(
      path,
      'it is no JSON',
      'weights are safetensors files, archives of PyTorch, or an index of shards',
    );
  }
  const map = isRecord(index) ? index['weight_map'] : undefined;
  if (!isRecord(index) || !isRecord(map))
    throw malformedWeights(path, 'it has no `weight_map`, and is no index of shards');
  const shardOf = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    checkName(path, name);
    if (typeof shard !== 'string' || shard === '') throw malformedWeights(path, `\`${name}\` is in no shard`);
    if (/[/\\]/.test(shard) || shard === '..' || shard === '.' || shard.includes('\0'))
      throw malformedWeights(path, `the shard of \`${name}\` is \`${printable(shard)}\`, which leads out of its folder`, 'shards lie beside their index'); // prettier-ignore
    shardOf.set(name, shard);
  }
  const metadata: Record<string, string> = {};
  const noted = index['metadata'];
  if (isRecord(noted))
    for (const [key, value] of Object.entries(noted))
      if (typeof value === 'string' || typeof value === 'number') metadata[key] = String(value);
  return { shardOf, metadata };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
