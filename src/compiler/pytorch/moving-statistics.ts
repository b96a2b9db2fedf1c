/** Batch norms that see several values in one step: their running statistics move in the order in which clipx sees them. */
import type { Typed } from '../check/typed.ts';
import { stateOf } from '../elaborate/state.ts';
import { towerOf, type StageSource } from './stage-source.ts';
import { stepTrace } from './step-trace.ts';
import { Unsupported } from './unsupported.ts';

/** Calls of such norms, or of the towers that have them, in that order. A tower that is read at several places sees a value once. */
export function movingCalls(source: StageSource): readonly Typed[] {
  /** By norms, the values that they see. */
  const seen = new Map<string, number[]>();
  for (const typed of stepTrace(source).calls) {
    const norms = normsOf(typed, source);
    const [operand] = typed.args;
    if (norms === undefined || operand === undefined) continue;
    const keys = seen.get(norms) ?? [];
    const key = source.keys.of(operand);
    if (keys.includes(key) && keys.at(-1) !== key) throw new Unsupported(typed, `batch norms of \`${norms}\` that see a value, another, and more of the first`); // prettier-ignore
    if (keys.at(-1) !== key) keys.push(key);
    seen.set(norms, keys);
  }
  const several = new Set([...seen].flatMap(([norms, keys]) => (keys.length > 1 ? [norms] : [])));
  return stepTrace(source).calls.filter((typed) => several.has(normsOf(typed, source) ?? ''));
}

/** Whether a call moves running statistics. */
export const movesStatistics = (typed: Typed, source: StageSource): boolean => normsOf(typed, source) !== undefined;

/** What holds the norms whose statistics a call moves: a layer, or a whole tower. */
function normsOf(typed: Typed, source: StageSource): string | undefined {
  if (typed.op !== 'call') return undefined;
  const { owner, part } = typed.attributes;
  const { checked } = source;
  const instance = checked.instances.find(({ name }) => name === owner);
  const inner = part === undefined ? undefined : instance?.parts?.[part];
  const shape = inner?.shape ?? instance?.shape;
  if (shape?.kind === 'layer' && shape.layer === 'batch_norm') {
    const path = inner?.path ?? '';
    const { flag, statistics } = stateOf(checked, owner, path);
    return flag === 'trainable' && statistics === undefined ? `${owner}.${path}` : undefined;
  }
  if (shape?.kind !== 'encoder') return undefined;
  const { config } = shape;
  const tower = towerOf(typed.attributes);
  const image = config.kind === 'clip' ? (tower === `${owner}.text` ? undefined : config.image) : config;
  const hasNorms = image !== undefined && ['resnet', 'residual', 'modified_resnet'].includes(image.kind);
  return hasNorms && source.trains(tower) ? tower : undefined;
}
