import type { PixelStatistics } from '../../types/model-config.ts';
import type { GraphBuilder, NodeId } from '../../ir/graph.ts';

/**
 * Pixels as a tower wants them: `(p − mean) / deviation` per channel with p in 0..1. u8 images count 0..255, f32 images are 0..1 already.
 * Written as one multiplication and one addition.
 */
export function normalisePixels(builder: GraphBuilder, image: NodeId, statistics: PixelStatistics): NodeId {
  const bytes = builder.type(image).dtype === 'u8';
  const pixels = bytes ? builder.add('cast', [image], { dtype: 'f32' }) : image;
  const { mean, deviation } = statistics;
  const factors = deviation.map((value) => 1 / (value * (bytes ? 255 : 1)));
  const offsets = mean.map((value, channel) => -value / (deviation[channel] ?? 1));
  const scaled = factors.every((value) => value === 1) ? pixels : builder.add('mul', [pixels, channels(factors)], {});
  return offsets.every((value) => value === 0) ? scaled : builder.add('add', [scaled, channels(offsets)], {});

  function channels(values: readonly number[]): NodeId {
    return builder.add('constant', [], { dtype: 'f32', shape: [values.length], values });
  }
}
