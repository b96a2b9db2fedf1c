import type { InstanceShape } from '../typed.ts';
import { pickRange } from './image-tower.ts';
import { blockCount } from './tower-parts.ts';

/** The paths with what counts from the end, `image.blocks.-1` and `text.blocks.4~-1`, counted from the beginning. */
export function countedPaths(paths: readonly string[], shape: InstanceShape | undefined): string[] {
  return paths.flatMap((path) => (/[.]-|~/.test(path) ? counted(path, shape) : [path]));
}

function counted(path: string, shape: InstanceShape | undefined): string[] {
  const parts = path.split('.');
  const at = parts.findIndex((part) => part.startsWith('-') || part.includes('~'));
  const [of = '', picked = ''] = [parts[at - 1], parts[at]];
  const tower = parts.slice(0, at - 1).join('.');
  const range = shape?.kind === 'encoder' ? rangeOf(shape, of, tower) : undefined;
  if (range === undefined) return [path];
  const [first, last] = range;
  const [from, to = from] = picked
    .split('~')
    .map((bound) => (Number(bound) < 0 ? last + 1 + Number(bound) : Number(bound)));
  const indices: number[] = [];
  for (let index = Math.max(first, from ?? first); index <= (to ?? last) && index <= last; index++) indices.push(index);
  return indices.flatMap((index) =>
    counted([...parts.slice(0, at), String(index), ...parts.slice(at + 1)].join('.'), shape),
  );
}

/** The first and last index of the blocks or stages of a tower. */
function rangeOf(
  shape: Extract<InstanceShape, { kind: 'encoder' }>,
  of: string,
  named: string,
): readonly [number, number] | undefined {
  const { config } = shape;
  const tower = config.kind === 'clip' && named === '' ? (shape.tower ?? '') : named;
  if (of === 'blocks') {
    const count = blockCount(shape, tower);
    if (count > 0) return [0, count - 1];
  }
  const image = config.kind === 'clip' ? config.image : config;
  if (!('statistics' in image) || (of !== 'stage' && of !== 'blocks')) return undefined;
  return pickRange(image);
}
