import type { Shape } from '../dtype.ts';
import type { EncoderConfig } from '../model-config.ts';
import { architectureOf } from './architecture.ts';
import { inferConfig } from './infer-config.ts';
import {
  isHarmlessExtra,
  namingIds,
  namingPrefixes,
  namingTitle,
  ownPath,
  type Naming,
  type NamingId,
} from './naming.ts';

export interface GuessedNaming {
  readonly naming: Naming;
  /** `OpenAI CLIP (and open_clip)` */
  readonly title: string;
  /** `CLIP: ViT-B/32 (224 px) and a text transformer`, where the sizes are known. */
  readonly architecture?: string;
  /** Sizes read off the shapes; heads and activation as the published models have them. */
  readonly config?: EncoderConfig;
  /** Why there are no sizes. */
  readonly fault?: string;
  /** Names that belong to no tensor of ours: the harmless ones, and the others. */
  readonly extras: { readonly harmless: readonly string[]; readonly unknown: readonly string[] };
}

/** Paths of clipx's own that no other naming has. */
const own =
  /(^|\.)(norm_post|norm_final|norm_pre|norm_embedding)\.scale$|(^|\.)attention\.in\.weight$|(^|\.)stem\.norm\d?\.scale$/;

/**
 * Whose names these are: the naming that explains the most of them, if it explains half. Missing tensors do no harm. Undefined where no
 * naming fits; of `clipx` where they are our own paths.
 */
export function guessNaming(names: readonly string[], shapeOf: (name: string) => Shape | undefined): GuessedNaming | undefined {
  if (names.some((name) => own.test(name)))
    return { naming: { id: 'clipx', prefix: '' }, title: namingTitle('clipx'), extras: { harmless: [], unknown: [] } };
  let best: { readonly naming: Naming; readonly count: number } | undefined;
  for (const id of namingIds) {
    if (id === 'clipx') continue;
    for (const prefix of namingPrefixes(id)) {
      const naming = { id, prefix };
      const count = names.filter((name) => ownPath(naming, name, shapeOf(name) ?? []) !== undefined).length;
      if (count > (best?.count ?? 0)) best = { naming, count };
    }
  }
  if (best === undefined || 2 * best.count < names.length - harmless(names, best.naming).length) return undefined;
  const { naming } = best;
  return described({ ...naming, id: half(naming, names, shapeOf) ?? naming.id }, names, shapeOf);
} // prettier-ignore

/** Towers of a CLIP that stand alone, though the map into the shared space may be beside them. */
const halves: Readonly<Partial<Record<NamingId, { readonly image: NamingId; readonly text: NamingId }>>> = {
  openai: { image: 'openai_image', text: 'openai_text' },
  huggingface_clip: { image: 'huggingface_clip_image', text: 'huggingface_clip_text' },
};

function half(naming: Naming, names: readonly string[], shapeOf: (name: string) => Shape | undefined): NamingId | undefined {
  const alone = halves[naming.id];
  if (alone === undefined) return undefined;
  const paths = names.flatMap((name) => ownPath(naming, name, shapeOf(name) ?? [])?.path ?? []);
  const has = (tower: string): boolean => paths.some((path) => path.startsWith(`${tower}.`) && path !== `${tower}.projection`); // prettier-ignore
  if (has('image') === has('text')) return undefined;
  return has('image') ? alone.image : alone.text;
} // prettier-ignore

const harmless = (names: readonly string[], naming: Naming): string[] =>
  names.filter((name) => isHarmlessExtra(naming, name));

function described(naming: Naming, names: readonly string[], shapeOf: (name: string) => Shape | undefined): GuessedNaming {
  const shapes = new Map<string, Shape>();
  const rest: string[] = [];
  for (const name of names) {
    const found = ownPath(naming, name, shapeOf(name) ?? []);
    if (found === undefined) rest.push(name);
    else shapes.set(found.path, found.shape);
  }
  const inferred = inferConfig(shapes, naming.id);
  const left = harmless(rest, naming);
  return {
    naming,
    title: namingTitle(naming.id),
    ...('config' in inferred ? { config: inferred.config, architecture: architectureOf(inferred.config) } : { fault: inferred.fault }),
    extras: { harmless: left, unknown: rest.filter((name) => !left.includes(name)) },
  };
} // prettier-ignore
