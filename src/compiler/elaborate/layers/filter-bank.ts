import { Arithmetic } from '../../ir/arithmetic.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';

/** Logarithms of powers in mel bands, as Kaldi computes them and the audio spectrogram transformer reads them. */
export interface FilterBank {
  /** Samples a second. */
  readonly rate: number;
  readonly bands: number;
  /** Windows of the result: those beyond the sound, and those that reach beyond its real end, are 0. */
  readonly frames: number;
}

/** Samples of a window of 25 ms, and from one to the next, 10 ms. */
const windowSamples = (rate: number): number => Math.round(rate * 0.025);
const hopSamples = (rate: number): number => Math.round(rate * 0.01);

/** Below it a band is silent: the resolution of float32, as in torchaudio. */
const floor = 1.1920928955078125e-7;
const preEmphasis = 0.97;
const lowest = 20;

const toMel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/**
 * `wave [n, time]` to `[n, frames, bands]`: each window without its mean, x(t) − 0.97 x(t − 1), times Hann's window, the power of its Fourier
 * transform (of the next power of 2), in triangles with equal steps in mel from 20 Hz to half the rate; the whole sound without its mean
 * first. `real [n, time]`: what is no sound.
 */
export function filterBank(
  builder: GraphBuilder,
  wave: NodeId,
  { rate, bands, frames }: FilterBank,
  real?: NodeId,
): NodeId {
  const m = new Arithmetic(builder);
  const [n = 1, time = 1] = m.shape(wave);
  const [size, hop] = [windowSamples(rate), hopSamples(rate)];
  const used = Math.min(frames, Math.floor((time - size) / hop) + 1);

  const starts = m.mul(m.op('iota', [], { shape: [used, size], axis: 0 }), m.number(hop, 'i32'));
  const places = m.reshape(m.add(starts, m.op('iota', [], { shape: [used, size], axis: 1 })), [used * size]);
  const centred = m.reshape(m.op('gather', [withoutMean(m, wave, real), places], { axis: 1 }), [n * used, size]);
  const level = m.sub(centred, m.op('moment_mean', [centred], { axes: [1] }));
  const first = m.op('slice', [level], { starts: [0, 0], sizes: [n * used, 1] });
  const rest = m.op('slice', [level], { starts: [0, 0], sizes: [n * used, size - 1] });
  const steep = m.sub(level, m.scale(m.op('concat', [first, rest], { axis: 1 }), preEmphasis));
  const hann = range(size).map((at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / (size - 1)));
  const shaped = m.mul(steep, m.op('constant', [], { dtype: 'f32', shape: [size], values: hann }));

  const length = 2 ** Math.ceil(Math.log2(size));
  const bins = length / 2;
  const angle = turns(m, size, bins, length);
  const part = (op: 'cos' | 'sin'): NodeId => m.square(m.matmul(shaped, m.unary(op, angle), false, false));
  const power = m.add(part('cos'), part('sin'));
  const energy = m.matmul(power, triangles(m, { rate, bands, bins, length }), false, false);
  const logarithm = m.unary('log', m.binary('max', energy, m.number(floor)));
  const windows = whole(m, m.reshape(logarithm, [n, used, bands]), real, used, size, hop);
  return used === frames
    ? windows
    : m.op('pad', [windows], { before: [0, 0, 0], after: [0, frames - used, 0], value: 0 });
}

function withoutMean(m: Arithmetic, wave: NodeId, real: NodeId | undefined): NodeId {
  if (real === undefined) return m.sub(wave, m.op('moment_mean', [wave], { axes: [1] }));
  const own = m.where(real, wave);
  const count = m.binary('max', m.sum(m.op('cast', [real], { dtype: 'f32' }), [1], true), m.number(1));
  return m.where(real, m.sub(own, m.div(m.sum(own, [1], true), count)));
}

/** 2π·t·k / length of each sample t and frequency k; the product modulo the length keeps it exact. */
function turns(m: Arithmetic, size: number, bins: number, length: number): NodeId {
  const shape = [size, bins];
  const product = m.mul(m.op('iota', [], { shape, axis: 0 }), m.op('iota', [], { shape, axis: 1 }));
  const wholeTurns = m.mul(m.div(product, m.number(length, 'i32')), m.number(length, 'i32'));
  return m.scale(m.op('cast', [m.sub(product, wholeTurns)], { dtype: 'f32' }), (2 * Math.PI) / length);
}

/** `[bins, bands]`: triangles that are straight in mel, with peaks of 1. */
function triangles(
  m: Arithmetic,
  { rate, bands, bins, length }: { readonly rate: number; readonly bands: number; readonly bins: number; readonly length: number }, // prettier-ignore
): NodeId {
  const [low, high] = [toMel(lowest), toMel(rate / 2)];
  const step = (high - low) / (bands + 1);
  const column = range(bins).map((bin) => toMel((bin * rate) / length));
  const row = (shift: number): NodeId =>
    m.op('constant', [], { dtype: 'f32', shape: [1, bands], values: range(bands).map((band) => low + (band + shift) * step) }); // prettier-ignore
  const mel = m.op('constant', [], { dtype: 'f32', shape: [bins, 1], values: column });
  const rise = m.scale(m.sub(mel, row(0)), 1 / step);
  const fall = m.scale(m.sub(row(2), mel), 1 / step);
  return m.binary('max', m.binary('min', rise, fall), m.number(0));
}

/** A window counts where its last sample is real. */
function whole(
  m: Arithmetic,
  windows: NodeId,
  real: NodeId | undefined,
  used: number,
  size: number,
  hop: number,
): NodeId {
  // prettier-ignore
  if (real === undefined) return windows;
  const [n = 1] = m.shape(real);
  const ends = m.add(
    m.mul(m.op('iota', [], { shape: [used], axis: 0 }), m.number(hop, 'i32')),
    m.number(size - 1, 'i32'),
  );
  return m.where(m.reshape(m.op('gather', [real, ends], { axis: 1 }), [n, used, 1]), windows);
}
