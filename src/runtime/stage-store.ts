/**
 * Parameters at the end of a stage, kept for other variants of the experiment: `stages/<key>/` of the cache folder. The key is the digest of
 * the stage with all that decides its numbers besides: the tensors it began with, what its data hold, the seed, the engine.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stepFunctions } from '../compiler/program/functions.ts';
import type { Stage } from '../compiler/program/stage.ts';
import { writeJsonAtomic } from './atomic-file.ts';
import type { BatchSource } from './batch-source.ts';
import type { BestCheckpoint, EvaluationResult, NamedTensor } from './checkpoint.ts';
import { fileDigest, sha256 } from './digest.ts';
import { columnsRead } from './feeds.ts';
import { readSafetensors, writeSafetensors } from './weights/safetensors.ts';

/** What a stage left. */
export interface KeptStage {
  readonly schema: 'clipx.kept-stage/1';
  readonly stage: string;
  /** Updates, and how far the counters of the random streams went. */
  readonly steps: number;
  readonly counted: number;
  readonly best?: BestCheckpoint;
  readonly selected?: EvaluationResult;
  readonly sha256: string;
}

export interface FoundStage {
  readonly kept: KeptStage;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** What decides the numbers of a stage. */
export interface StageKey {
  readonly digest: string;
  readonly seed: number;
  readonly engine: string;
  /** sha256 of every parameter when the stage began. */
  readonly started: ReadonlyMap<string, string>;
  /** What the samples hold that train and select, in their order. */
  readonly contents: readonly string[];
  readonly runStep: number;
}

/** What the samples hold that train and select, set by set. */
export async function contentsOf(
  { data, step, chunk, features, search, evaluations, stop, sampler, dataValues }: Stage,
  open: (data: string) => Promise<BatchSource>,
): Promise<string[]> {
  const contents: string[] = [];
  const add = async (set: string, columns: readonly string[]): Promise<void> => {
    const source = await open(set);
    for (let index = 0; index < source.count; index++) contents.push(await source.contentKey(index, columns));
  };
  const sampled = sampler !== undefined && 'column' in sampler ? [sampler.column] : [];
  if (data !== undefined)
    await add(data, [...new Set([...columnsRead(...stepFunctions({ step, chunk }), features), ...sampled])]);
  for (const each of dataValues ?? [])
    if (each.changes !== true) await add(each.data, columnsRead(each.samples, each.metrics));
  const chosen = evaluations.filter((each) => each.best !== undefined || each.name === stop?.evaluation);
  for (const each of [...chosen, ...(search === undefined ? [] : [search.evaluation])])
    await add(each.data, columnsRead(each.samples, each.metrics, features));
  return contents;
}

export function stageKey({ digest, seed, engine, started, contents, runStep }: StageKey): string {
  const tensors = [...started].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${digest.slice(0, 16)}-${seed}-${sha256(JSON.stringify([digest, seed, engine, tensors, contents, runStep])).slice(0, 24)}`;
}

/** Seeds for which the end of a stage is kept, of whatever engine and data: what a run may find. */
export function keptSeeds(folder: string, digest: string): readonly number[] {
  if (!existsSync(folder)) return [];
  const seeds = readdirSync(folder).flatMap((name) => {
    const [start, seed] = name.split('-');
    return start === digest.slice(0, 16) && seed !== undefined && !name.endsWith(partialEnding) ? [Number(seed)] : [];
  });
  return [...new Set(seeds)].sort((a, c) => a - c);
}

const place = (folder: string, key: string): string => join(folder, key);

/** What was kept under a key; nothing where it is not there or damaged. */
export function findStage(folder: string, key: string): FoundStage | undefined {
  const [state, tensors] = [join(place(folder, key), 'stage.json'), join(place(folder, key), 'end.safetensors')];
  if (!existsSync(state) || !existsSync(tensors)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(state, 'utf8')) as KeptStage;
    if (kept.schema !== 'clipx.kept-stage/1' || fileDigest(tensors) !== kept.sha256) return undefined;
    const parameters = new Map<string, Float32Array>();
    for (const [name, { data }] of readSafetensors(tensors))
      if (data instanceof Float32Array) parameters.set(name, data);
    return { kept, parameters };
  } catch {
    // what can not be read is computed again
    return undefined;
  }
}

/** Whole or not at all: several processes may keep stages here, and two of them the same one. */
export function keepStage(
  folder: string,
  key: string,
  kept: Omit<KeptStage, 'schema' | 'sha256'>,
  parameters: readonly NamedTensor[],
): void {
  const path = place(folder, key);
  // the first of two is kept: they are equal up to rounding
  if (findStage(folder, key) !== undefined) return;
  const partial = `${path}.${process.pid}${partialEnding}`;
  mkdirSync(partial, { recursive: true });
  const tensors = new Map(parameters.map(({ name, shape, data }) => [name, { shape, data }]));
  const { sha256: digest } = writeSafetensors(join(partial, 'end.safetensors'), tensors);
  const state: KeptStage = { schema: 'clipx.kept-stage/1', ...kept, sha256: digest };
  writeJsonAtomic(join(partial, 'stage.json'), state);
  try {
    if (findStage(folder, key) === undefined) rmSync(path, { recursive: true, force: true });
    renameSync(partial, path);
  } catch {
    // another process put it there meanwhile
    rmSync(partial, { recursive: true, force: true });
  }
}

const partialEnding = '.partial';
