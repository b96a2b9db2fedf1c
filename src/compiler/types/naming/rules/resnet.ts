/** Names of residual networks: torchvision's, and those of CLIP's own ResNet. */
import { batchNorm, inside, kernelRule, linear, plain, type Rule } from './rule.ts';

/** Convolution and batch norm number `#` of a unit; the shortcut is a pair, of which CLIP's (`-1` is its pool) calls them 0 and 1 too. */
const units: readonly Rule[] = [1, 2, 3, 4].flatMap((stage) =>
  inside(`stage${stage}.#.`, `layer${stage}.#.`, [
    ...kernelRule('conv#.weight', 'conv#.weight'),
    ...batchNorm('norm#', 'bn#'),
    ...kernelRule('shortcut.conv.weight', 'downsample.0.weight'),
    ...batchNorm('shortcut.norm', 'downsample.1'),
  ]),
);

export const torchvisionRules: readonly Rule[] = [
  ...kernelRule('stem.conv.weight', 'conv1.weight'),
  ...batchNorm('stem.norm', 'bn1'),
  ...units,
];

export const modifiedResnetRules: readonly Rule[] = [
  ...kernelRule('stem.conv#.weight', 'conv#.weight').map((rule) => ({ ...rule, kernel: 3 })),
  ...batchNorm('stem.norm#', 'bn#'),
  ...units,
  ...plain('pool.positions', 'attnpool.positional_embedding'),
  ...linear('pool.query', 'attnpool.q_proj'),
  ...linear('pool.key', 'attnpool.k_proj'),
  ...linear('pool.value', 'attnpool.v_proj'),
  ...linear('pool.out', 'attnpool.c_proj'),
];
