import { cpus, totalmem } from 'node:os';

/** What PyTorch says of itself: `torch_peer.py` without a variant. */
export interface TorchBuild {
  readonly version: string;
  /** What multiplies matrices outside oneDNN: `mkl`, `open`, … */
  readonly blas: string;
  readonly oneDNN: boolean;
  /** Speed of a product of 1,024 x 1,024 matrices, by the BLAS (what linear layers take) and by oneDNN. */
  readonly gigaflops: Readonly<Record<string, number>>;
  readonly threads: number;
  /** The widest vector instructions that it uses here. */
  readonly instructions: string;
}

/** Where numbers were measured. Ratios of one machine say little of another: on AMD's processors MKL, which PyTorch's linear layers take, is half as fast as oneDNN. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly system: string;
  readonly node: string;
  readonly threads: number;
  readonly torch?: TorchBuild;
}

export function thisMachine(threads: number, torch: TorchBuild | undefined): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    threads,
    ...(torch === undefined ? {} : { torch }),
  };
}

export function describeMachine({ processor, cores, memoryMiB, system, node, threads, torch }: Machine): string {
  const peer = torch === undefined ? 'no PyTorch' : describeTorch(torch);
  return `${processor}, ${cores} cores, ${Math.round(memoryMiB / 1024)} GiB, ${system}; Node ${node}, ${threads} threads; ${peer}`;
}

/** Where PyTorch's linear layers have a slow BLAS, ratios flatter: the reader is told. */
export function cautionOf({ torch }: Machine): string | undefined {
  const { blas = 0, oneDNN = 0 } = torch?.gigaflops ?? {};
  if (torch === undefined || blas > 0.7 * oneDNN) return undefined;
  const share = `${Math.round((100 * blas) / oneDNN)} %`;
  return `On this processor ${torch.blas} multiplies at ${share} of oneDNN's speed, and PyTorch's linear layers take it: P1 to P3 are slower in PyTorch here than on others.`;
}

function describeTorch({ version, blas, oneDNN, gigaflops, threads, instructions }: TorchBuild): string {
  const speeds = Object.entries(gigaflops).map(([way, speed]) => `${speed} GFLOP/s by ${way === 'blas' ? blas : way}`);
  return `PyTorch ${version} (${blas}${oneDNN ? ' and oneDNN' : ''}, ${instructions}, ${threads} threads; products at ${speeds.join(', ')})`;
}
