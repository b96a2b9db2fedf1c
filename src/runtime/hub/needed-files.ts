import { weightFiles } from '../weights/formats/weight-files.ts';

/** Files that say what a model is; one of them must be there. */
export const configFiles = ['config.json', 'open_clip_config.json'] as const;

/** How a model reads pictures and texts. */
const besides = [
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'spiece.model',
] as const;

/** Of all files of a model those that clipx reads, small ones first: its sizes, pictures, texts, and one form of weights. */
export function neededFiles(files: readonly string[]): readonly string[] {
  const there = (names: readonly string[]): string[] => names.filter((name) => files.includes(name));
  return [...there([...configFiles, ...besides]), ...there(weightFiles).slice(0, 1)];
}
