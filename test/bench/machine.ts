import { cpus, totalmem } from 'node:os';

/** What PyTorch says of itself: `torch_peer.py` without a variant. */
export interface TorchBuild {
  readonly version: string;
  /** What multiplies matrices outside oneDNN: `mkl`, `open`, … */
  readonly blas: string;
  readonly oneDNN: boolean;
  readonly threads: number;
  /** The widest vector instructions that it uses here. */
  readonly instructions: string;
}

/** Where numbers were measured. Ratios of one machine say little of another: MKL is half as fast as oneDNN on some processors. */
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
  const peer =
    torch === undefined
      ? 'no PyTorch'
      : `PyTorch ${torch.version} (${torch.blas}${torch.oneDNN ? ' and oneDNN' : ''}, ${torch.instructions}, ${torch.threads} threads)`;
  return `${processor}, ${cores} cores, ${Math.round(memoryMiB / 1024)} GiB, ${system}; Node ${node}, ${threads} threads; ${peer}`;
}
