import type { Instance } from '../check/typed.ts';
import { GraphBuilder } from '../ir/graph.ts';
import { astHead, astPool, astTokens } from './layers/ast.ts';
import { bertBlocks, bertEmbedding } from './layers/bert.ts';
import { clipLogitScale, clipText } from './layers/clip.ts';
import { DeclaringContext } from './layers/declaring-context.ts';
import { imageTap } from './layers/image-tap.ts';
import { keyMask } from './layers/key-mask.ts';
import { embedTokens, textTransformer } from './layers/text-transformer.ts';

/** Paths of all tensors of an encoder, whether or not something reads them, and of the parts of a module: what an exception may name. */
export function tensorPaths({ shape, parts }: Instance): string[] {
  if (shape.kind !== 'encoder') return Object.values(parts ?? {}).map(({ path }) => path);
  const { config } = shape;
  const builder = new GraphBuilder('paths');
  const context = new DeclaringContext(builder, '', () => false);
  const picture = (size: number) =>
    builder.add('input', [], { name: `image ${size}`, dtype: 'f32', shape: [1, size, size, 3] });
  const image = config.kind === 'clip' ? config.image : config;
  const text = config.kind === 'clip' ? config.text : config;
  if ('statistics' in image) {
    const size = 'size' in image ? image.size : 64;
    const joint = config.kind === 'clip' ? { joint: config.joint } : {};
    imageTap({ context, path: config.kind === 'clip' ? 'image' : '', image: picture(size), config: image, tap: '', ...joint }); // prettier-ignore
  }
  if (text.kind === 'text_transformer' || text.kind === 'bert') {
    const ids = builder.add('input', [], { name: 'ids', dtype: 'i32', shape: [1, text.context] });
    const end = builder.add('input', [], { name: 'end', dtype: 'i32', shape: [1] });
    if (config.kind === 'clip') clipText(context, '', ids, end, config);
    else if (text.kind === 'text_transformer') textTransformer(context, '', ids, end, text);
    else {
      const real = builder.add('constant', [], { dtype: 'bool', shape: [1, text.context], values: [1] });
      const before = bertEmbedding(context, '', embedTokens(context, '', ids, text), text);
      bertBlocks(context, '', before, text, keyMask(builder, real));
    }
  }
  if (config.kind === 'ast') {
    const rate = 16_000;
    const wave = builder.add('input', [], { name: 'wave', dtype: 'f32', shape: [1, rate] });
    const feature = astPool(context, '', astTokens(context, '', wave, config, { rate, real: undefined }), config);
    if (shape.to !== undefined) astHead(context, '', feature, 1, config);
  }
  if (config.kind === 'clip') clipLogitScale(context, '');
  return [...context.parameters.keys()];
}
