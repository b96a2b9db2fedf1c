/**
 * A checkpoint is two files: `tensors-<step>.safetensors` (every parameter that some stage changes, and the optimiser's slots under
 * `slot:<parameter>/<slot>`) and `state.json`, which names it. The state is replaced by a rename after the tensors are safe on disk; then the older
 * tensors go. Whatever happens in between, `state.json` names a complete checkpoint.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomic } from './atomic-file.ts';
import { fileDigest } from './digest.ts';
import type { MetricValue } from './events.ts';
import type { PatienceState } from './patience.ts';
import { validateJson } from './records/validate.ts';
import { RunError } from './run-error.ts';
import { readSafetensors, writeSafetensors } from './weights/safetensors.ts';
import type { TensorToStore } from './weights/safetensors.ts';

export interface CheckpointState {
  readonly schema: 'clipx.checkpoint/1';
  readonly semantic: string;
  readonly seed: number;
  /** Engine that made it: another one gives other roundings. */
  readonly backend: string;
  readonly stage: string;
  /** Steps of this stage that are done. */
  readonly step: number;
  /** Steps of the whole run that are done: the counter of every random stream. */
  readonly runStep: number;
  /** Of the random streams, where it is not `runStep`: it runs ahead where gradients are accumulated. */
  readonly counter?: number;
  /** What the rule of stopping has seen. */
  readonly patience?: PatienceState;
  /** Everything of this stage but its final evaluation is done when `step` is this. */
  readonly steps: number;
  readonly tensors: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** sha256 of each tensor at the start of the run (frozen ones) and of this stage (the others). */
  readonly frozen: Readonly<Record<string, string>>;
  readonly started: Readonly<Record<string, string>>;
  readonly best?: BestCheckpoint;
  /** The result that selected `best`. */
  readonly selected?: EvaluationResult;
  /** Last result of each evaluation of this stage. */
  readonly results: readonly EvaluationResult[];
  /** Results of the stages before. */
  readonly earlier: readonly EvaluationResult[];
  /** Where restarts and samples of their own stand; absent where the stage has neither. */
  readonly turn?: TurnState;
  /** With `train on each`: what the samples came to that are through, in order. */
  readonly samples?: readonly SampleResult[];
  /** The last stage is through, final evaluations included. */
  readonly finished?: boolean;
  /** `seq` of the first event after this checkpoint's own. */
  readonly events: number;
  /** Milliseconds of the run so far, all sittings together. */
  readonly elapsed: number;
}

/** The restart at hand, and the sample where each is optimised by itself. */
export interface TurnState {
  /** Steps of the stage that were done when the sample began, and when the restart did. */
  readonly begunAt: number;
  readonly restartedAt: number;
  readonly restart: number;
  /** Tensors that moved for some sample before this one. */
  readonly moved: readonly string[];
}

/** What one sample of `train on each` came to; its parameters are in `samples/`. */
export interface SampleResult {
  /** Unique within its source. */
  readonly name: string;
  /** Steps of all its restarts. */
  readonly steps: number;
  readonly results: readonly EvaluationResult[];
}

/** The parameters that did best, in `best/weights.safetensors`. */
export interface BestCheckpoint {
  readonly evaluation: string;
  readonly metric: string;
  readonly value: number;
  /** Step of the stage after which they stood. */
  readonly step: number;
}

export interface EvaluationResult {
  readonly stage: string;
  readonly evaluation: string;
  readonly data: string;
  readonly mark?: string;
  readonly step: number;
  readonly samples: number;
  /** On the parameters that were selected. */
  readonly best: boolean;
  readonly metrics: readonly MetricValue[];
}

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What the trainer knows of a checkpoint; the run adds its place in the log and its time. */
export type UnplacedState = Omit<CheckpointState, 'schema' | 'tensors' | 'events' | 'elapsed'>;

/** Writes a checkpoint into `folder`. Throws RunError (CX8211 …) and then leaves the one before as it was. */
export async function writeCheckpoint(
  folder: string,
  state: Omit<CheckpointState, 'schema' | 'tensors'>,
  parameters: readonly NamedTensor[],
  slots: ReadonlyMap<string, Float32Array>,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const tensors = new Map<string, TensorToStore>(parameters.map(({ name, shape, data }) => [name, { shape, data }]));
  for (const [path, data] of slots) tensors.set(`slot:${path}`, { shape: [data.length], data });
  const file = `tensors-${state.runStep}.safetensors`;
  // The name of the current one may be the same (interrupted at once after a checkpoint): the rename then replaces it by equal bytes.
  const written = writeSafetensors(join(folder, file), tensors);
  const complete = { schema: 'clipx.checkpoint/1', ...state, tensors: { file, ...written } };
  await validateJson('checkpoint', complete, 'the checkpoint');
  writeJsonAtomic(join(folder, 'state.json'), complete);
  for (const name of readdirSync(folder)) {
    if (name !== file && name !== 'state.json') rmSync(join(folder, name), { force: true, recursive: true });
  }
  return { path: join(folder, file), bytes: written.bytes };
}

export interface Checkpoint {
  readonly state: CheckpointState;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly slots: ReadonlyMap<string, Float32Array>;
}

/** The checkpoint of a folder, or nothing where none was written. Throws RunError CX8252 where it is damaged. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const path = join(folder, 'state.json');
  if (!existsSync(path)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
  await validateJson('checkpoint', parsed, path);
  const state = parsed as CheckpointState;
  const tensorsPath = join(folder, state.tensors.file);
  if (!existsSync(tensorsPath)) throw damaged(tensorsPath, 'it is missing');
  const found = statSync(tensorsPath).size;
  if (found !== state.tensors.bytes)
    throw damaged(tensorsPath, `it has ${found} bytes, expected ${state.tensors.bytes}`);
  if (fileDigest(tensorsPath) !== state.tensors.sha256)
    throw damaged(tensorsPath, 'its digest is not the recorded one');
  const parameters = new Map<string, Float32Array>();
  const slots = new Map<string, Float32Array>();
  for (const [name, { data }] of readSafetensors(tensorsPath)) {
    if (!(data instanceof Float32Array)) throw damaged(tensorsPath, `\`${name}\` is not float32`);
    if (name.startsWith('slot:')) slots.set(name.slice('slot:'.length), data);
    else parameters.set(name, data);
  }
  return { state, parameters, slots };
}

function damaged(path: string, why: string, cause?: unknown): RunError {
  return new RunError('world', 'CX8252', `the checkpoint ${path} cannot be used: ${why}`, {
    help: 'start the run anew, or restore the file from a copy',
    ...(cause === undefined ? {} : { cause }),
  });
}
