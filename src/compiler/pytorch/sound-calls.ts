/** Calls of the tower that hears: the audio spectrogram transformer on sounds. */
import type { Typed, TypedAttributes } from '../check/typed.ts';
import { hasBatch } from './batch-axis.ts';
import type { Body } from './body.ts';
import { dropoutOf } from './leaving-out.ts';
import { aligned, ordered, without, type LocatedCode } from './located-code.ts';
import { atom, numeral } from './python-code.ts';
import { stepTrace } from './step-trace.ts';
import type { TowerCall } from './tower-call.ts';
import { Unsupported } from './unsupported.ts';

/** A tower on sounds `[…, time]`: its feature, or at the tap `hidden` its tokens. */
export function soundCall(
  body: Body,
  typed: Typed,
  { rate, axes, masked }: TypedAttributes['call'],
  { instance, target, tap, place, source }: TowerCall,
): LocatedCode {
  const [operand = typed, mask] = typed.args;
  const time = axes?.['over'];
  if (time === undefined || rate === undefined || (tap !== '' && tap !== 'hidden')) throw new Unsupported(typed, `the tap \`${instance.name}.${tap}\``); // prettier-ignore
  const dropout = place === 'step' ? dropoutOf(body, typed, source, instance.name) : undefined;
  const value = body.value(operand);
  // draws are laid out as clipx lays out what they are for
  const lead = without(dropout === undefined ? value.axes : stepTrace(source).axesOf(operand), time);
  const wave = ordered(value, [...lead, time]).code.text;
  const real = masked === true && mask !== undefined ? aligned(body.value(mask), [...lead, time]).text : undefined;
  const method = tap === '' ? target : `${target}.${tap}`;
  const rest = [...lead, ...without(typed.type.axes, ...lead)];
  const samples = numeral(rate, true).text;
  if (place === 'evaluation' && hasBatch(operand) && (real === undefined || (mask !== undefined && hasBatch(mask)))) {
    const names = real === undefined ? ['wave'] : ['wave', 'real'];
    const inner = ['wave', samples, ...names.slice(1)].join(', ');
    const made = `lambda ${names.join(', ')}: ${method}(${inner})`;
    return { code: body.library('chunked', made, wave, ...(real === undefined ? [] : [real])), axes: rest };
  }
  const parts = [wave, samples, ...(real === undefined ? [] : [real]), ...(dropout === undefined ? [] : [`dropout=${dropout.text}`])]; // prettier-ignore
  return { code: atom(`${method}(${parts.join(', ')})`), axes: rest };
}
