/**
 * Renders the shards a manifest promises and the folder does not hold yet. The pictures are rendered at first use and not
 * committed because they are forty times larger than what they are made from, and rendering takes seconds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../atomic-file.ts';
import { describeSystemError, RunError } from '../../run-error.ts';
import { planShards, type FaceRecipe, type ShardPlan } from './face-recipe.ts';
import { generateFaces, type GenerateOptions } from './generate.ts';
import { loadHeads } from './head.ts';

const renderedDataSchema = 'clipx.data/1';

/** `manifest.json` of a folder whose shards are rendered; JSON Schema: `schemas/rendered-data.json`. */
export interface RenderedDataManifest {
  readonly schema: typeof renderedDataSchema;
  readonly renderer: 'gaze-faces';
  readonly name: string;
  readonly title: string;
  /** Folder of the head models, from the manifest. */
  readonly heads: string;
  readonly recipe: FaceRecipe;
  readonly samples: number;
  readonly shards: readonly {
    readonly file: string;
    readonly domain: string;
    readonly samples: number;
    /** sha256 over keys, labels and decoded pixels; see `RenderedShard`. */
    readonly digest: string;
    /** The same over the first few samples. */
    readonly probe: string;
  }[];
  /** Names and groups of a sample's `labels`, in order. */
  readonly factors: readonly { readonly name: string; readonly group: string }[];
  /** Column to a sentence on what it holds. */
  readonly fields: Readonly<Record<string, string>>;
  readonly licence: {
    readonly spdx: string;
    readonly work: string;
    readonly author: string;
    readonly url: string;
    readonly notice: string;
  };
}

export interface EnsureRenderedOptions extends GenerateOptions {
  /** Which shards are wanted; all by default. */
  readonly wants?: (file: string) => boolean;
}

export interface EnsureRenderedResult {
  /** Files that were rendered now. */
  readonly rendered: readonly string[];
  /** Sentences on shards whose pictures differ from those the manifest's digests were taken of. */
  readonly warnings: readonly string[];
}

/** What is kept beside a rendered shard, in `.clipx/`. */
interface Stamp {
  /** The manifest's digest when it was rendered: another one now means other pictures are wanted. */
  readonly expected: string;
  readonly actual: string;
}

/** The manifest, or undefined where the path holds none or one of data that are not rendered. */
export function readRenderedManifest(manifestPath: string): RenderedDataManifest | undefined {
  if (!existsSync(manifestPath)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(manifestPath, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RunError('world', 'CX8261', `${manifestPath} is not JSON: ${error.message}`, { cause: error });
    }
    throw describeSystemError(error, `${manifestPath} could not be read`);
  }
  if (typeof value !== 'object' || value === null || !('schema' in value) || value.schema !== renderedDataSchema) {
    return undefined;
  }
  const renderer = 'renderer' in value ? value.renderer : undefined;
  if (renderer !== 'gaze-faces') {
    throw new RunError(
      'world',
      'CX8261',
      `${manifestPath} asks for the renderer ${JSON.stringify(renderer)}; this clipx knows "gaze-faces"`,
    );
  }
  return value as RenderedDataManifest;
}

/**
 * Renders what is missing or was rendered for other digests, one file after another, each under a temporary name until it
 * is whole: an interrupted call is taken up by the next. Throws RunError when a file cannot be written (CX8211 …) and
 * when the manifest is another's (CX8261). A shard that comes out different from the manifest's digest is a warning.
 */
export async function ensureRendered(
  manifestPath: string,
  options: EnsureRenderedOptions = {},
): Promise<EnsureRenderedResult> {
  const manifest = readRenderedManifest(manifestPath);
  if (manifest === undefined) return { rendered: [], warnings: [] };
  const folder = dirname(manifestPath);
  const promised = new Map(manifest.shards.map((shard) => [shard.file, shard]));
  const plans = planShards(manifest.recipe).filter(({ file }) => promised.has(file) && (options.wants?.(file) ?? true));
  const missing: ShardPlan[] = [];
  const different: string[] = [];
  for (const plan of plans) {
    const stamp = readStamp(folder, plan.file);
    const digest = promised.get(plan.file)?.digest;
    if (stamp === undefined || stamp.expected !== digest || !existsSync(join(folder, plan.file))) missing.push(plan);
    else if (stamp.actual !== stamp.expected) different.push(plan.file);
  }
  const rendered: string[] = [];
  if (missing.length > 0) {
    const models = await loadHeads(join(folder, manifest.heads));
    const keep = (plan: ShardPlan, shard: { tar: Uint8Array; digest: string }): void => {
      const stamp: Stamp = { expected: promised.get(plan.file)?.digest ?? '', actual: shard.digest };
      writeFileAtomic(join(folder, plan.file), shard.tar);
      writeJsonAtomic(stampPath(folder, plan.file), stamp);
      rendered.push(plan.file);
      if (stamp.actual !== stamp.expected) different.push(plan.file);
    };
    await generateFaces(models, manifest.recipe, missing, keep, options);
  }
  const warnings = different
    .toSorted()
    .map(
      (file) =>
        `${join(folder, file)} shows other pictures than its manifest was made from; results may differ a little`,
    );
  return { rendered: rendered.toSorted(), warnings };
}

const stampPath = (folder: string, file: string): string => join(folder, '.clipx', `${file}.json`);

/** A stamp that cannot be read is no stamp: its shard is rendered again. */
function readStamp(folder: string, file: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(stampPath(folder, file), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}
