/** Numbers as a person reads them in what the compiler says. */

/** 11234567 → `11,234,567`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Up to six digits, an exponent where zeros would have to be counted: `0.5`, `1e-4`. */
export function formatFactor(value: number): string {
  const short = Number(value.toPrecision(6));
  const [mantissa = '0', exponent = '0'] = short.toExponential().split('e');
  return short !== 0 && Math.abs(short) < 1e-2 ? `${mantissa}e${Number(exponent)}` : String(short);
}

/** 0.1432 → `14 %`, 0.00005 → `0.005 %`: small shares keep a digit, so that nothing that acts reads as nothing. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 99.5 && percent < 100) return `${Math.min(99.9, percent).toFixed(1)} %`;
  if (percent === 0 || percent >= 10) return `${percent.toFixed(0)} %`;
  return `${Number(percent.toPrecision(percent >= 1 ? 3 : 1))} %`;
}

/** Bytes in powers of 1024. */
export function formatBytes(value: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(value / size >= 100 ? 0 : 1)} ${unit}`;
  }
  return `${value} B`;
}

/** `1 tensor`, `3 tensors` */
export function counted(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}
