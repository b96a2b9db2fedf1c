import { BackendError } from './backend-error.ts';
import type { BackendName, Engine } from './backend.ts';
import { openNativeOnnxRuntime } from './onnxruntime-node.ts';
import { openWebOnnxRuntime } from './onnxruntime-web.ts';
import { openReference } from './reference.ts';
import { findAddon } from './tensorflow/addon.ts';
import { openTensorflow } from './tensorflow/tensorflow-engine.ts';

export interface EngineRequest {
  readonly threads: number;
  /** Where `clipx engine install` put engines, by default in clipx's cache folder. */
  readonly folder?: string;
}

/** One line of `clipx doctor`. */
export interface EngineReport {
  readonly name: BackendName;
  readonly taken: boolean;
  /** It opened; false also where it was not tried. */
  readonly works: boolean;
  /** Version and device of one that works; the reason of one that does not, or was not tried. */
  readonly why: string;
  /** What adds it. */
  readonly command?: string;
}

export interface EngineChoice {
  readonly engine: Engine;
  /** Every engine, in the order in which `auto` prefers them. */
  readonly report: readonly EngineReport[];
}

interface Candidate {
  readonly name: BackendName;
  readonly isAutomatic: boolean;
  readonly open: (request: EngineRequest) => Promise<Engine>;
  readonly command?: string;
}

/** In order of preference. The reference is for tests: `auto` never takes it. */
const candidates: readonly Candidate[] = [
  { name: 'tensorflow', isAutomatic: true, open: openTensorflow, command: 'clipx engine install tfjs' },
  {
    name: 'onnxruntime-node',
    isAutomatic: true,
    open: openNativeOnnxRuntime,
    command: 'clipx engine install onnxruntime',
  },
  { name: 'onnxruntime-web', isAutomatic: true, open: openWebOnnxRuntime },
  { name: 'reference', isAutomatic: false, open: async () => openReference() },
];

export const backendNames: readonly BackendName[] = candidates.map(({ name }) => name);

/**
 * The engine of this name, or with `auto` the first that opens. What comes after the one taken is not loaded.
 * Throws BackendError `engine-unavailable`, with the command that would add it, if none opens.
 */
export async function selectEngine(choice: 'auto' | BackendName, request: EngineRequest): Promise<EngineChoice> {
  const report: EngineReport[] = [];
  let engine: Engine | undefined;
  let failure: BackendError | undefined;
  for (const candidate of candidates) {
    const { name } = candidate;
    const skipped = reasonToSkip(candidate, choice, engine);
    if (skipped !== undefined) {
      report.push({ name, taken: false, works: false, why: skipped });
      continue;
    }
    const opened = await tryOpen(candidate, request);
    report.push(opened.report);
    if ('engine' in opened) engine = opened.engine;
    else failure = opened.failure;
  }
  if (engine !== undefined) return { engine, report };
  throw failure ?? new BackendError('engine-unavailable', 'world', `there is no engine ${choice}`);
}

/** The engine that `selectEngine` will most likely take, told from what is installed without loading it. */
export function likelyBackend(choice: 'auto' | BackendName): BackendName {
  if (choice !== 'auto') return choice;
  return findAddon() === undefined ? 'onnxruntime-node' : 'tensorflow';
}

/** Opens every engine in turn, for `clipx doctor`; `taken` marks the one that `choice` would take. */
export async function probeEngines(
  choice: 'auto' | BackendName,
  request: EngineRequest,
): Promise<readonly EngineReport[]> {
  const report: EngineReport[] = [];
  let isTaken = false;
  for (const candidate of candidates) {
    const opened = await tryOpen(candidate, request);
    const isChosen = choice === candidate.name || (choice === 'auto' && candidate.isAutomatic);
    const taken: boolean = 'engine' in opened && isChosen && !isTaken;
    isTaken ||= taken;
    if ('engine' in opened) await opened.engine.dispose();
    report.push({ ...opened.report, taken });
  }
  return report;
}

function reasonToSkip(
  candidate: Candidate,
  choice: 'auto' | BackendName,
  engine: Engine | undefined,
): string | undefined {
  if (choice !== 'auto') return candidate.name === choice ? undefined : `not asked for: --backend ${choice}`;
  if (!candidate.isAutomatic) return 'slow, for tests: taken only by name';
  return engine === undefined ? undefined : `not needed: ${engine.info.name} comes first`;
}

async function tryOpen(
  { name, open, command }: Candidate,
  request: EngineRequest,
): Promise<
  | { readonly engine: Engine; readonly report: EngineReport }
  | { readonly failure: BackendError; readonly report: EngineReport }
> {
  try {
    const engine = await open(request);
    const { version, device, threads } = engine.info;
    const why = `${version} on ${device}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return { engine, report: { name, taken: true, works: true, why } };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const help = command === undefined ? {} : { help: `Run \`${command}\` to add it.` };
    const failure = new BackendError(error.code, error.fault, error.message, { cause: error, ...help });
    const report = {
      name,
      taken: false,
      works: false,
      why: error.message,
      ...(command === undefined ? {} : { command }),
    };
    return { failure, report };
  }
}
