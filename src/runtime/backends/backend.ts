import type { DType, Shape } from '../../compiler/types/dtype.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';

/** A tensor in JavaScript memory, row-major. bool and u8 are bytes. */
export interface TensorValue {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type BackendName = 'reference' | 'onnxruntime-node' | 'onnxruntime-web' | 'tensorflow';

export interface BackendInfo {
  readonly name: BackendName;
  readonly version: string;
  readonly device: string;
  readonly threads: number;
}

/** What the numbers of a run folder were made by: an engine of clipx, or PyTorch with a compiled package. */
export type RecordedBackend = Omit<BackendInfo, 'name'> & { readonly name: BackendName | 'pytorch' };

/** Runs one function of a program. Feeds and results go by the graph's own input and output names. */
export interface Executable {
  run(feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
  dispose(): Promise<void>;
}

/** An engine that executes graphs. Shapes and dtypes of feeds are checked before they reach it. */
export interface Engine {
  readonly info: BackendInfo;
  /** `artefact` is what the compiler lowered for this engine (ONNX bytes); the reference takes the graph itself. */
  load(fn: ProgramFunction, artefact: Uint8Array | undefined): Promise<Executable>;
  /** Engines that keep parameters and optimiser slots themselves. The session disposes of the engine. */
  openSession?(request: SessionRequest): Promise<Session>;
  dispose(): Promise<void>;
}

/** Scalars of one optimiser step, computed by the trainer from the schedule. */
export interface StepScalars {
  /** 1-based count of updates of this stage, for bias correction. */
  readonly update: number;
  /** Multiplies every group's learning rate. */
  readonly rate: number;
  /**
   * The batch is one of several of an update: gradients add up, and with the last (`at` = `of` − 1) their mean is applied. Only sessions that
   * say `accumulates` are given one.
   */
  readonly micro?: { readonly at: number; readonly of: number };
}

export interface StepResult {
  /** Term and total scalars by output name. */
  readonly outputs: Readonly<Record<string, TensorValue>>;
  /** Global gradient norm before clipping. */
  readonly gradientNorm: number;
  /** Parameters whose gradient was not finite, in table order. Neither then nor after a loss that is not finite is anything updated. */
  readonly nonfinite?: readonly string[];
}

/**
 * A program opened on an engine: parameters and optimiser slots live in here. Engines with resident state (TensorFlow)
 * implement it themselves; for the others `host-session` keeps the state in WebAssembly memory and updates it in place.
 */
export interface Session {
  readonly info: BackendInfo;
  /** Whether `step` takes `micro`. */
  readonly accumulates?: boolean;
  /** Evaluates a function; parameters are the session's, all else is fed by input name. */
  call(functionId: string, feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
  /** Forward, backward and one optimiser update of a stage. */
  step(stage: string, feeds: Readonly<Record<string, TensorValue>>, scalars: StepScalars): Promise<StepResult>;
  /** Copies of the named parameters, all by default. */
  readParameters(names?: readonly string[]): Promise<Map<string, Float32Array>>;
  writeParameters(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** Optimiser slots by `<parameter>/<slot>`, for checkpoints. */
  readSlots(): Promise<Map<string, Float32Array>>;
  writeSlots(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** The moving averages of a stage with `average`, where the session keeps them itself: `step` then updates them as well. */
  averages?(stage: string): ResidentAverages;
  dispose(): Promise<void>;
}

/** Moving averages of the trainable tensors of a stage. */
export interface ResidentAverages {
  /** Begins with these, by parameter, and with the parameters as they are where none is given. */
  start(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** Averages and parameters change places. */
  swap(): Promise<void>;
  /** The averages become the parameters. */
  settle(): Promise<void>;
  /** Copies, by parameter. */
  read(): Promise<ReadonlyMap<string, Float32Array>>;
}

export interface SessionRequest {
  readonly program: Program;
  /** Function id → what the compiler lowered for this engine; the whole program as one artefact is under `program`. */
  readonly artefacts: ReadonlyMap<string, Uint8Array>;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}
