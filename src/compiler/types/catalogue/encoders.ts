/** The built-in encoders, one a file. Sizes default to the published model, and every one can be set. */
import type { Construct, Fields } from './construct.ts';
import { ast } from './encoders/ast.ts';
import { bert } from './encoders/bert.ts';
import { clip } from './encoders/clip.ts';
import { modifiedResnet } from './encoders/modified-resnet.ts';
import { residual } from './encoders/residual.ts';
import { resnet18 } from './encoders/resnet18.ts';
import { resnet34 } from './encoders/resnet34.ts';
import { resnet50 } from './encoders/resnet50.ts';
import { textTransformer } from './encoders/text-transformer.ts';
import type { imageTowers, textTowers } from './encoders/towers.ts';
import { vit } from './encoders/vit.ts';

export type EncoderName = (typeof imageTowers)[number] | (typeof textTowers)[number] | 'clip' | 'ast' | 'bert';

export const encoders: Readonly<Record<EncoderName, Construct<Fields>>> = {
  clip, vit, modified_resnet: modifiedResnet, residual, resnet18, resnet34, resnet50, text_transformer: textTransformer, bert, ast,
}; // prettier-ignore

export const encoderOptions = Object.fromEntries(
  Object.entries(encoders).map(([name, { options }]) => [name, options]),
) as Readonly<Record<EncoderName, Fields>>; // the names of the table above

export const encoderNames: readonly string[] = [...Object.keys(encoders), 'copy'];
