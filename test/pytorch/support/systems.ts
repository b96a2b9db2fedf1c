/** The systems of `test/fixtures/systems` as packages for PyTorch. */
import { readdirSync } from 'node:fs';
import type { Compilation } from '../../../src/compiler/compile.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { repositoryText } from '../../support/repository-host.ts';

const place = 'test/fixtures/systems';

export const systems: readonly string[] = readdirSync(place)
  .filter((file) => file.endsWith('.clipx') && /^experiment /m.test(repositoryText(`${place}/${file}`)))
  .map((file) => file.replace(/\.clipx$/, ''));

/**
 * What was compiled small for random data as if it were for data that are there: of the functions alone, or with these files in the place of
 * what the program reads.
 */
export function withoutMarks({ checked, program, ...compilation }: Compilation, files: (program: Program) => Program = (own) => own): Compilation & { readonly program: Program } {
  if (checked === undefined || program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
  const { random: _isRandom, ...marked } = checked;
  const { random: _wasRandom, ...made } = program;
  return { ...compilation, checked: marked, program: files(made) };
} // prettier-ignore
