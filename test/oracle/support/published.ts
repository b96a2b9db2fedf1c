/** Small checkpoints of timm, transformers and AST's repository, with the features those compute (`test/oracles/make/make_checkpoints.py`). */
import { join } from 'node:path';
import { expect } from 'vitest';
import { projectHost } from '../../../src/cli/experiment.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { astHead, astPictureTokens, astPool } from '../../../src/compiler/elaborate/layers/ast.ts';
import { bertBlocks, bertEmbedding } from '../../../src/compiler/elaborate/layers/bert.ts';
import { imageTap } from '../../../src/compiler/elaborate/layers/image-tap.ts';
import { keyMask } from '../../../src/compiler/elaborate/layers/key-mask.ts';
import { embedTokens } from '../../../src/compiler/elaborate/layers/text-transformer.ts';
import { Arithmetic } from '../../../src/compiler/ir/arithmetic.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import type { EncoderConfig } from '../../../src/compiler/types/model-config.ts';
import type { EngineColumn } from '../../conformance/engines.ts';
import { toNhwc } from '../../support/layout.ts';
import { oracle, oraclesFolder } from '../../support/oracles.ts';
import { Tower } from './tower.ts';

const cases = oracle('checkpoints');
const checkpointsFolder = join(oraclesFolder, 'checkpoints');

export interface PublishedCase {
  readonly name: string;
  readonly run: (column: EngineColumn) => Promise<void>;
}

/** Sizes and all as `clip check` reads them. */
function configOf(encoder: string, input: string): EncoderConfig {
  const text = `clipx 1\nexperiment t\ninput x : ${input}\ndata d = shards("x.tar") { x: "x" }\nfrozen encoder e = ${encoder}\ntrainable param b : [e.width] = zeros\nloss L = mean(e(x) * b)\nminimize L\ntrain on d { steps: 1  batch: 2  optimizer: adam(lr: 1e-4) }\n`; // prettier-ignore
  const { checked, diagnostics } = compile({
    path: 't.clipx',
    text,
    host: projectHost(checkpointsFolder),
    until: 'check',
  });
  const shape = checked?.instances[0]?.shape;
  if (shape?.kind !== 'encoder') return expect.fail(diagnostics.map(({ message, found }) => `${message}: ${found ?? ''}`).join('\n')); // prettier-ignore
  return shape.config;
}

async function matches(tower: Tower, column: EngineColumn, weights: string): Promise<void> {
  const run = await tower.run(column, join(checkpointsFolder, weights));
  expect(run.size).toBeGreaterThan(0);
  for (const [name, value] of run) cases.expectClose(value, 'cases', name);
}

const pictures = (folder: 'timm' | 'vit'): PublishedCase => ({
  name: `a ViT of ${folder === 'timm' ? 'timm' : 'transformers'}`,
  run: async (column) => {
    const config = configOf(`vit("${folder}", normalize: none)`, 'image(32)');
    if (config.kind !== 'vit') return expect.fail(config.kind);
    const tower = new Tower();
    const image = tower.input('images', toNhwc(cases.tensor('cases', `${folder}.images`)));
    for (const tap of ['', 'tokens']) tower.output(`${folder}.${tap === '' ? 'features' : tap}`, imageTap({ context: tower.context, path: '', image, config, tap })); // prettier-ignore
    await matches(tower, column, folder);
  },
});

const words: PublishedCase = {
  name: 'BERT of transformers, of texts of several lengths',
  run: async (column) => {
    const config = configOf('bert("bert")', 'text');
    if (config.kind !== 'bert') return expect.fail(config.kind);
    const tower = new Tower();
    const { context, builder } = tower;
    const m = new Arithmetic(builder);
    const ids = tower.input('ids', cases.tensor('cases', 'bert.ids'));
    const lengths = tower.input('lengths', cases.tensor('cases', 'bert.lengths'));
    const place = m.op('iota', [], { shape: [3, 12], axis: 1 });
    const real = m.binary('gt', m.reshape(lengths, [3, 1]), place);
    const before = bertEmbedding(context, '', embedTokens(context, '', ids, config), config);
    const hidden = bertBlocks(context, '', before, config, keyMask(builder, real));
    tower.output('bert.features', m.reshape(m.op('slice', [hidden], { starts: [0, 0, 0], sizes: [3, 1, 32] }), [3, 32])); // prettier-ignore
    await matches(tower, column, 'bert');
  },
};

const sounds = (weights: 'ast' | 'ast-own.safetensors'): PublishedCase => ({
  name: `AST under the names of ${weights === 'ast' ? 'transformers' : 'its repository'}`,
  run: async (column) => {
    const config = configOf('ast("ast")', 'audio(8 kHz, max: 150 ms)');
    if (config.kind !== 'ast') return expect.fail(config.kind);
    expect(config).toMatchObject({ mean: -4.5, deviation: 3, mels: 12, frames: 16, stride: 3 });
    const tower = new Tower();
    const picture: TensorData = cases.tensor('cases', 'ast.picture');
    const tokens = astPictureTokens(tower.context, '', tower.input('picture', picture), config);
    const feature = astPool(tower.context, '', tokens, config);
    tower.output('ast.features', feature);
    tower.output('ast.logits', astHead(tower.context, '', feature, 5, config));
    await matches(tower, column, weights);
  },
});

export const publishedCases: readonly PublishedCase[] = [
  pictures('timm'),
  pictures('vit'),
  words,
  sounds('ast'),
  sounds('ast-own.safetensors'),
];
