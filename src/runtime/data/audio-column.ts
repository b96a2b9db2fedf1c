/** Sounds as RIFF WAVE files of PCM or float samples. */
import type { TensorValue } from '../backends/backend.ts';
import { columnKey } from '../batch-source.ts';
import type { ColumnOf } from './decoding.ts';
import { decodedMedium } from './media.ts';
import type { Row } from './rows.ts';

/** f32 −1..1 [n, (ear,) time]; a shorter sound has the rest masked, a longer one is cut. */
export async function decodeAudio(
  column: ColumnOf<'audio'>,
  rows: readonly Row[],
): Promise<Record<string, TensorValue>> {
  const sounds = await Promise.all(rows.map((row) => earsOf(column, row)));
  return soundTensors(column, sounds, [rows.length]);
}

/** What each ear hears of one sample: its real samples, at the rate of the column. */
export async function earsOf(column: ColumnOf<'audio'>, row: Row): Promise<readonly Float32Array[]> {
  const { rate, ears, samples } = column;
  const heard = await decodedMedium(column, row, `${rate}|${ears}`, 'sound', (bytes) => {
    const sound = readWave(bytes);
    return inEars(sound.channels, ears).map((channel) => resampled(channel, sound.rate, rate));
  });
  return heard.map((channel) => channel.subarray(0, samples));
}

/** f32 [outer…, (ear,) time] with its mask. */
export function soundTensors(
  { name, samples, ears }: ColumnOf<'audio'>,
  sounds: readonly (readonly Float32Array[])[],
  outer: readonly number[],
): Record<string, TensorValue> {
  const data = new Float32Array(sounds.length * ears * samples);
  const mask = new Uint8Array(sounds.length * samples);
  sounds.forEach((channels, position) => {
    channels.forEach((channel, ear) => {
      data.set(channel.subarray(0, samples), (position * ears + ear) * samples);
    });
    mask.fill(1, position * samples, position * samples + Math.min(samples, channels[0]?.length ?? 0));
  });
  const shape = ears === 2 ? [...outer, 2, samples] : [...outer, samples];
  return {
    [columnKey(name, 'value')]: { dtype: 'f32', shape, data },
    [columnKey(name, 'mask')]: { dtype: 'bool', shape: [...outer, samples], data: mask },
  };
}

export interface Sound {
  /** Samples a second. */
  readonly rate: number;
  /** −1..1 each. */
  readonly channels: readonly Float32Array[];
}

/** Reads RIFF WAVE: PCM of 8, 16, 24 or 32 bits, or float of 32. Throws an Error that says what it can not read. */
export function readWave(bytes: Uint8Array): Sound {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 12 || view.toString('latin1', 0, 4) !== 'RIFF' || view.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('it is no RIFF WAVE file');
  let format: { readonly kind: number; readonly channels: number; readonly rate: number; readonly bits: number } | undefined; // prettier-ignore
  for (let at = 12; at + 8 <= view.length;) {
    const [name, size] = [view.toString('latin1', at, at + 4), view.readUInt32LE(at + 4)];
    const start = at + 8;
    if (name === 'fmt ') {
      const kind = view.readUInt16LE(start);
      // WAVE_FORMAT_EXTENSIBLE names its own in the first bytes of a GUID
      const own = kind === 0xfffe ? view.readUInt16LE(start + 24) : kind;
      format = { kind: own, channels: view.readUInt16LE(start + 2), rate: view.readUInt32LE(start + 4), bits: view.readUInt16LE(start + 14) }; // prettier-ignore
    }
    if (name === 'data' && format !== undefined) {
      const { kind, channels, rate, bits } = format;
      const read = reader(kind, bits);
      if (read === undefined) throw new Error(`its samples are of format ${kind} with ${bits} bits, and PCM or float are read`); // prettier-ignore
      const width = bits / 8;
      const count = Math.floor(Math.min(size, view.length - start) / (width * channels));
      return {
        rate,
        channels: Array.from({ length: channels }, (_, channel) =>
          Float32Array.from({ length: count }, (_sample, k) => read(view, start + (k * channels + channel) * width)),
        ),
      };
    }
    at = start + size + (size % 2);
  }
  throw new Error('it has no samples');
}

function reader(kind: number, bits: number): ((view: Buffer, at: number) => number) | undefined {
  if (kind === 3 && bits === 32) return (view, at) => view.readFloatLE(at);
  if (kind !== 1) return undefined;
  if (bits === 8) return (view, at) => (view.readUInt8(at) - 128) / 128;
  if (bits === 16 || bits === 24 || bits === 32) return (view, at) => view.readIntLE(at, bits / 8) / 2 ** (bits - 1);
  return undefined;
}

/** One ear hears the mean of all channels; a sound of one channel is the same in both. */
function inEars(channels: readonly Float32Array[], ears: 1 | 2): readonly Float32Array[] {
  const [first, second] = channels;
  if (first === undefined) return [];
  if (ears === 2) return [first, second ?? first];
  if (channels.length === 1) return [first];
  return [
    Float32Array.from(first, (_, k) => channels.reduce((sum, each) => sum + (each[k] ?? 0), 0) / channels.length),
  ];
}

/** Half the length of the kernel, in samples of the slower of the two rates. */
const lobes = 16;

/** Another rate by a windowed sinc (Hann), cut off at the lower of both Nyquist frequencies; weights sum to one. */
export function resampled(sound: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return sound;
  const step = from / to;
  const cutoff = Math.min(1, to / from);
  const reach = lobes / cutoff;
  return Float32Array.from({ length: Math.round((sound.length * to) / from) }, (_, k) => {
    const centre = k * step;
    let [sum, weights] = [0, 0];
    for (
      let at = Math.max(0, Math.ceil(centre - reach));
      at <= Math.min(sound.length - 1, Math.floor(centre + reach));
      at++
    ) {
      // prettier-ignore
      const distance = at - centre;
      const phase = Math.PI * distance * cutoff;
      const sinc = phase === 0 ? 1 : Math.sin(phase) / phase;
      const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach));
      sum += weight * (sound[at] ?? 0);
      weights += weight;
    }
    return weights === 0 ? 0 : sum / weights;
  });
}
