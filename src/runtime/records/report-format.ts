/** Numbers and times as a person reads them: in the terminal, in summaries and in the report. */

/** Four significant digits, exponents only where plain digits would mislead; `–` where there is no number. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1000) return value.toFixed(1);
  return value.toFixed(size >= 100 ? 2 : size >= 10 ? 3 : 4);
}

/** A learning rate or a weight: `0.5`, `1e-4`, `9.33e-5`. */
export function formatRate(value: number): string {
  const short = Number(value.toPrecision(3));
  const [mantissa = '0', exponent = '0'] = short.toExponential().split('e');
  return short !== 0 && Math.abs(short) < 1e-2 ? `${mantissa}e${Number(exponent)}` : String(short);
}

/** 11234567 → `11,234,567`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Elements that a loss or metric averaged, or took the extreme of: ` over 128 elements`; nothing where it is not told, or where `told` is what stands beside it. */
export function formatElements(count: number | undefined, told?: number): string {
  return count === undefined || count === told ? '' : ` over ${formatCount(count)} ${count === 1 ? 'element' : 'elements'}`;
} // prettier-ignore

/** Epochs of a stage, which `steps:` may end in the middle of one: `20`, `20.5`. */
export function formatEpochs(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(1);
}

/** 11234567 → `11.2 M`. */
export function formatLarge(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${trimmed(value / size)} ${unit}`;
  }
  return String(value);
}

/** Bytes in powers of 1024. */
export function formatBytes(value: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (value >= size) return `${trimmed(value / size)} ${unit}`;
  }
  return `${value} B`;
}

/** `0:07`, `12:30`, `1:02:03`; below ten seconds with a tenth where `fine`. */
export function formatDuration(milliseconds: number, fine = false): string {
  if (fine && milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
}

/** 0.1432 → `14 %`; small shares keep a digit, so that nothing that acts reads as nothing. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** `7.42 deg`, `0.913`. */
export function formatMetric(value: number | null | undefined, unit: string | undefined): string {
  const number = formatNumber(value);
  return unit === undefined || unit === '' ? number : `${number} ${unit}`;
}

/** How a result stands to a baseline; whether that is good is for the reader, who knows the metric. */
export function formatComparison(value: number, baseline: number): string {
  if (baseline === 0) return '';
  const percent = Math.abs(100 * (value / baseline - 1));
  if (percent < 0.05) return 'the result is equal';
  return `the result is ${percent.toFixed(1)} % ${value < baseline ? 'below' : 'above'}`;
}

/** `12.4 steps/s`, or seconds a step where that reads better. */
export function formatSpeed(millisecondsPerStep: number): string {
  if (millisecondsPerStep <= 0) return '';
  const perSecond = 1000 / millisecondsPerStep;
  return perSecond >= 1 ? `${trimmed(perSecond)} steps/s` : `${trimmed(millisecondsPerStep / 1000)} s/step`;
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
