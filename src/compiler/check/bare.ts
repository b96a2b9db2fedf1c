import type { Typed } from './typed.ts';

/** The value under its casts and stops. */
export function bare(typed: Typed): Typed {
  const [inner] = typed.args;
  return (typed.op === 'cast' || typed.op === 'stop') && inner !== undefined ? bare(inner) : typed;
}
