import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import type { Program } from '../../../src/compiler/program/program.ts';
import { gatherFacts } from '../../../src/runtime/data/gather-facts.ts';
import { repositoryHost } from '../../support/repository-host.ts';

export const projectRoot = join(import.meta.dirname, '..', '..', '..');

/** An experiment of the repository, compiled with what its data tell; `edit` makes another of it first. */
export async function compileExperiment(
  path: string,
  edit: (text: string) => string = (text) => text,
): Promise<Compilation & { readonly program: Program }> {
  const text = edit(readFileSync(join(projectRoot, path), 'utf8'));
  const request = { path, text, host: repositoryHost };
  const nominal = compile(request);
  const facts = nominal.program === undefined ? undefined : await gatherFacts(nominal.program, { projectFolder: projectRoot, seed: 0 }); // prettier-ignore
  const compiled = facts === undefined ? nominal : compile({ ...request, facts });
  if (compiled.program === undefined) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
  return { ...compiled, program: compiled.program };
}
