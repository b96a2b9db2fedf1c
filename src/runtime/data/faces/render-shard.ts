/** One shard of faces: rendered, encoded, packed, with the digest of what it shows. */
import { createHash } from 'node:crypto';
import { faceOf, type FaceRecipe, type ShardPlan } from './face-recipe.ts';
import type { HeadModels } from './head.ts';
import { encodePng } from './png.ts';
import { faceSize, renderFace } from './render.ts';
import { packTar, type TarMember } from './tar.ts';

export interface RenderedShard {
  readonly tar: Uint8Array<ArrayBuffer>;
  /**
   * sha256 over key, line feed, JSON text, line feed and the 64 · 64 · 3 decoded bytes of each sample in order: what the
   * shard says, whatever encoder wrote its pictures.
   */
  readonly digest: string;
  /** The digest of its first `probeSamples` alone, for a quick look at whether this machine renders the same. */
  readonly probe: string;
}

export const probeSamples = 4;

/**
 * Renders a shard sample by sample. A generator, so that whoever drives it says when to pause: it yields the number of
 * samples done and returns the shard.
 */
export function* renderShard(
  models: HeadModels,
  recipe: FaceRecipe,
  plan: ShardPlan,
): Generator<number, RenderedShard, undefined> {
  const hash = createHash('sha256');
  let probe = '';
  const members: TarMember[] = [];
  for (let done = 0; done < plan.samples; done++) {
    const index = plan.first + done;
    const key = `${plan.set.domain}-${String(index).padStart(6, '0')}`;
    const { pixels, label } = renderFace(models, faceOf(recipe, plan.set, index));
    const json = JSON.stringify({ ...label, caption: label.captions[0] ?? '', domain: plan.set.domain });
    hash.update(`${key}\n${json}\n`).update(pixels);
    if (done + 1 === Math.min(probeSamples, plan.samples)) probe = hash.copy().digest('hex');
    members.push(
      { name: `${key}.png`, data: encodePng(pixels, faceSize, faceSize) },
      { name: `${key}.json`, data: Buffer.from(json, 'utf8') },
    );
    yield done + 1;
  }
  return { tar: packTar(members), digest: hash.digest('hex'), probe };
}
