import type { Shape } from '../types/dtype.ts';
import type { EncoderConfig } from '../types/model-config.ts';
import { modelConfigFault } from '../types/model-config-fault.ts';
import { guessNaming } from '../types/naming/guess-naming.ts';
import type { Inferred } from '../types/naming/infer-config.ts';
import { storedForm, type Naming, type NamingId } from '../types/naming/naming.ts';
import { huggingfaceConfig, openClipConfig, type Beside } from '../types/naming/published-config.ts';
import type { Span } from '../source/span.ts';
import type { Checker } from './checker.ts';
import type { Checkpoint } from './typed.ts';

export interface Model {
  readonly config: EncoderConfig;
  /** Where its tensors have the names of others. */
  readonly checkpoint?: Checkpoint;
}

/**
 * What a weights folder or file is: the sizes that its `config.json` (clipx's, Hugging Face's, timm's) or `open_clip_config.json` states, or
 * those that the shapes in a file tell. No tensor is read: `check` works where the weights of a folder with sizes are absent.
 */
export function readModelConfig(checker: Checker, path: string, span: Span): Model | undefined {
  const stated = statedConfig(checker, path);
  if (stated !== undefined) {
    if ('model' in stated) return stated.model;
    return checker.report.error('CX5007', span, stated.message, { fault: 'world', found: stated.fault });
  }
  const tensors = checker.host.tensorsOf?.(path);
  if (tensors === undefined) {
    return checker.report.error('CX5007', span, `there is no model in \`${path}\``, {
      fault: 'world',
      expected: `a file of weights, or a file \`${path}/config.json\` that states the sizes`,
      help: 'paths are relative to the project, the nearest folder upward with a `clipx.json`',
    });
  }
  if (typeof tensors === 'string')
    return checker.report.error('CX5007', span, `\`${path}\` holds no weights that can be read`, { fault: 'world', found: tensors }); // prettier-ignore
  const guess = guessNaming([...tensors.keys()], (name) => tensors.get(name));
  if (guess?.config === undefined) {
    const why = guess === undefined ? 'its names are of no model clipx knows' : `${guess.title}: ${guess.fault ?? ''}`;
    return checker.report.error('CX5007', span, `the sizes of \`${path}\` cannot be told from its tensors`, {
      fault: 'world',
      found: why,
      help: 'say them in the call, and the file behind `from`: `vit(size: 224, …) from "…"`',
    });
  }
  return { config: guess.config, checkpoint: checkpointOf(guess.naming, tensors) };
}

/** Where tensors have the names of others; undefined where they have ours or nobody can tell. */
export function checkpointIn(checker: Checker, path: string): Checkpoint | undefined {
  const tensors = checker.host.tensorsOf?.(path);
  if (tensors === undefined || typeof tensors === 'string') return undefined;
  const naming = guessNaming([...tensors.keys()], (name) => tensors.get(name))?.naming;
  return naming === undefined || naming.id === 'clipx' ? undefined : checkpointOf(naming, tensors);
}

/** What such files do not hold starts anew: the map of `to:`, but for a head that the naming knows and the file has. */
function checkpointOf(naming: Naming, tensors: ReadonlyMap<string, Shape>): Checkpoint {
  const isThere = storedForm(naming, 'projection.weight', [])?.theirs.every(({ name }) => tensors.has(name)) === true;
  return { naming, fresh: isThere ? [] : ['projection', 'norm_head'] };
}

type Stated = { readonly model: Model } | { readonly message: string; readonly fault: string };

function statedConfig(checker: Checker, folder: string): Stated | undefined {
  const path = `${folder}/config.json`;
  const config = parsed(checker, path);
  if (config !== undefined) {
    if ('fault' in config) return { message: `\`${path}\` is no JSON`, fault: config.fault };
    const fault = modelConfigFault(config.value);
    if (fault === undefined) return { model: { config: config.value as EncoderConfig } }; // the fault check above is its proof
    return foreign(checker, folder, path, huggingfaceConfig(config.value, beside(checker, folder))) ?? { message: `\`${path}\` does not describe a model clipx knows`, fault }; // prettier-ignore
  }
  const other = `${folder}/open_clip_config.json`;
  const openClip = parsed(checker, other);
  if (openClip === undefined) return undefined;
  if ('fault' in openClip) return { message: `\`${other}\` is no JSON`, fault: openClip.fault };
  return foreign(checker, folder, other, openClipConfig(openClip.value));
}

function foreign(checker: Checker, folder: string, path: string, read: Inferred | undefined): Stated | undefined {
  if (read === undefined) return undefined;
  if ('fault' in read) return { message: `\`${path}\` does not describe a model clipx knows`, fault: read.fault };
  // without the weights nobody knows whether they have a head
  const usual = { naming: { id: usualNaming(read.config, path), prefix: '' }, fresh: ['projection', 'norm_head'] };
  return { model: { config: read.config, checkpoint: checkpointIn(checker, folder) ?? usual } };
}

/** The names that weights have beside such a file, where they are not there to be read. */
function usualNaming(config: EncoderConfig, path: string): NamingId {
  if (path.endsWith('/open_clip_config.json')) return 'openai';
  switch (config.kind) {
    case 'bert':
      return 'huggingface_bert';
    case 'ast':
      return 'huggingface_ast';
    case 'text_transformer':
      return 'huggingface_clip_text';
    case 'vit':
      return config.form === 'timm' ? 'huggingface_vit' : 'huggingface_clip_image';
    default:
      return 'huggingface_clip';
  }
}

function beside(checker: Checker, folder: string): Beside {
  const preprocessor = parsed(checker, `${folder}/preprocessor_config.json`);
  const tokenizer = ['tokenizer.json', 'vocab.json', 'spiece.model', 'vocab.txt'].find((name) => checker.host.readText(`${folder}/${name}`) !== undefined); // prettier-ignore
  const tensors = checker.host.tensorsOf?.(folder);
  return {
    ...(preprocessor !== undefined && 'value' in preprocessor ? { preprocessor: preprocessor.value } : {}),
    ...(tokenizer === undefined ? {} : { tokenizer: `./${tokenizer}` }),
    ...(tensors === undefined || typeof tensors === 'string' ? {} : { tensors }),
  };
}

function parsed(checker: Checker, path: string): { readonly value: unknown } | { readonly fault: string } | undefined {
  const text = checker.host.readText(path);
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : '' };
  }
}
