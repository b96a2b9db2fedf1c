import { readFileSync } from 'node:fs';

/** The version of the NVIDIA driver of this machine; undefined where there is none. */
export function gpuDriver(): string | undefined {
  try {
    const words = readFileSync('/proc/driver/nvidia/version', 'utf8');
    return /\b\d+\.\d+(?:\.\d+)?\b/.exec(words)?.[0] ?? 'of an unknown version';
  } catch {
    return undefined;
  }
}

/** Why an engine that looks for a GPU runs on the CPU. */
export function whyNoGpu(): string {
  return gpuDriver() === undefined
    ? 'There is no NVIDIA driver on this machine: it runs on the CPU, as the smaller tfjs would.'
    : 'TensorFlow finds no GPU that it can use: it runs on the CPU. TF_CPP_MIN_LOG_LEVEL=0 has it say why.';
}
