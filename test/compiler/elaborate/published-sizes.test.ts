/** The CLIPs of Radford et al. 2021 hold as many numbers as the released ones: logit scale, positions and projections counted. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

test.each([
  ['vit-b-32', 151_277_313],
  ['vit-b-16', 149_620_737],
  ['vit-l-14', 427_616_513],
  ['rn50', 102_007_137],
])('%s has %i parameters', (name, count) => {
  const path = `test/full-size/${name}.clipx`;
  const { program, diagnostics } = compile({ path, text: repositoryText(path), host: repositoryHost });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const weights = program?.parameters.filter(({ role }) => role === 'weight') ?? [];
  expect(weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)).toBe(count);
});
