import type { Instance } from '../typed.ts';

/** The tokenizer that a text tower reads by, `clip.text`: a copy has that of its origin, so that both read one table of ids. */
export function tokenizerOf(instances: readonly Instance[], owner: string): string {
  const instance = instances.find(({ name }) => name === owner);
  const { origin } = instance ?? {};
  if (instance?.shape.kind === 'encoder' && origin?.kind === 'part' && origin.path === '')
    return tokenizerOf(instances, origin.owner);
  return instance?.shape.kind === 'encoder' && instance.shape.config.kind === 'clip' ? `${owner}.text` : owner;
}
