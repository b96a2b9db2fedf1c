import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import type { CheckedStage } from '../../../src/compiler/check/checked.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const small = (name: string, change: (text: string) => string = (text) => text): Compilation => {
  const path = `test/fixtures/systems/${name}.clipx`;
  return compile({ path, text: change(repositoryText(path)), host: repositoryHost, random: { steps: 3 }, until: 'check' });
}; // prettier-ignore

const encoder = ({ checked }: Compilation, name: string): unknown => {
  const shape = checked?.instances.find((instance) => instance.name === name)?.shape;
  return shape?.kind === 'encoder' ? shape.config : undefined;
};
const training = ({ checked }: Compilation, stage = 0): CheckedStage['training'] | undefined =>
  checked?.stages[stage]?.training;

describe('an experiment for random data', () => {
  it('has the same towers, narrow and shallow, and pictures as large as the file says', () => {
    const compiled = small('clip4clip');
    expect(encoder(compiled, 'clip')).toMatchObject({
      joint: 16,
      image: { kind: 'vit', size: 48, patch: 12, width: 16, layers: 2, heads: 4 },
      text: { width: 16, layers: 2, heads: 4, context: 40, vocabulary: 512 },
    });
    expect(compiled.checked?.random).toBe(true);
  });

  it('takes a few steps of small batches, clipped, and measures once', () => {
    const compiled = small('clip4clip');
    expect(training(compiled)).toMatchObject({ steps: 3, batch: 4, clipGradient: 1 });
    expect(training(compiled)).not.toHaveProperty('epochs');
    expect(compiled.checked?.evaluations.filter(({ every }) => every !== undefined)).toEqual([]);
  });

  it('fills a batch as its sampler asks for', () => {
    expect(training(small('clip4clip-post'))).toMatchObject({ batch: 6, sampler: { kind: 'per-class', count: 3 } });
  });

  it('reads no run and no folder', () => {
    const sources = small('clip-vil-p').checked?.instances.map(({ from, origin }) => from ?? origin?.kind);
    expect(new Set(sources)).toEqual(new Set([undefined, 'part']));
  });

  it('keeps a size that the file needs: the block that it names, patches that tile another picture', () => {
    expect(encoder(small('denseclip-vit'), 'clip')).toMatchObject({ image: { layers: 4, width: 16 } });
    expect(encoder(small('audio-visual-clip'), 'clip')).toMatchObject({ image: { patch: 4, width: 16 } });
  });

  it('tells the faults of the file as they are at its own sizes', () => {
    const { diagnostics } = small('clip4clip', (text) => text.replace('loss L = symmetric_nce(score(t, f))', 'loss L = symmetric_nce(score(t, g))')); // prettier-ignore
    expect(diagnostics.map(({ code }) => code)).toContain('CX2001');
  });

  it('is comparable with nothing', () => {
    const path = 'test/fixtures/systems/coop.clipx';
    const request = { path, text: repositoryText(path), host: repositoryHost };
    const [as, tiny] = [compile(request), compile({ ...request, random: { steps: 3 } })];
    expect(tiny.program?.digests.protocol).not.toBe(as.program?.digests.protocol);
    expect(tiny.program?.digests.semantic).not.toBe(as.program?.digests.semantic);
  });
});
