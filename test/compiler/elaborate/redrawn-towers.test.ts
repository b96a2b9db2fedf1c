import { expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const path = 'test/fixtures/systems/tbps-clip.clipx';

/** `let T = normalize(clip.text(said))` and `let U = redraw(T)`, with dropout in the blocks of the text tower. */
it('a tower is applied again where its draws are other ones', () => {
  const { program } = compile({ path, text: repositoryText(path), host: repositoryHost });
  const encode = program?.stages[0]?.chunk?.encode;
  const streams = Object.values(encode?.inputs ?? {}).flatMap((source) => (source.kind === 'random' ? [source.stream] : []));
  const once = streams.filter((stream) => !stream.endsWith('.1'));
  expect(once).toContain('dropout:clip.text.blocks.3.norm2');
  expect(streams.filter((stream) => stream.endsWith('.1')).sort()).toEqual(once.map((stream) => `${stream}.1`).sort());
}); // prettier-ignore
