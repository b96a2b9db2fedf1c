import { malformedWeights } from './faults.ts';

/** Control characters, and those that change the order of the text around them or break its line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const everyUnprintable = new RegExp(unprintable.source, 'gu');

/** Text of a file as a terminal may show it: it cannot move the cursor or hide what stands there. */
export const printable = (text: string): string => text.replaceAll(everyUnprintable, '\uFFFD');

/** Throws RunError CX8203 where the name of a tensor holds what cannot be shown. Messages, tables and files name tensors. */
export function checkName(path: string, name: string): void {
  if (unprintable.test(name))
    throw malformedWeights(path, `the name \`${printable(name)}\` in it has characters that cannot be shown`);
}
