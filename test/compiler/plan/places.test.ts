import { expect, test } from 'vitest';
import { placesOf } from '../../../src/compiler/plan/places.ts';

test.each([
  [['blocks.0.conv.weight', 'blocks.1.conv.weight', 'blocks.2.norm.scale'], 'blocks 0..2'],
  [['stem.conv.weight', 'blocks.5.a', 'blocks.3.a', 'blocks.4.b', 'blocks.9.a', 'projection'], 'stem, blocks 3..5 9, projection'],
  [['stage1.0.conv1.weight', 'stage1.1.conv1.weight', 'stage2.0.conv1.weight', 'stage4.0.conv1.weight'], 'stage 1..2 4'],
  [['weight', 'bias'], 'weight, bias'],
  [[''], ''],
])('%j stand in %s', (paths, places) => {
  expect(placesOf(paths)).toBe(places);
}); // prettier-ignore
