/** Tokenizers that ship with clipx, by name: CLIP's 49,408 ids as OpenAI's code cuts texts, and as open_clip's does. */
export const builtInTokenizers = ['clip', 'open_clip'] as const;

export type BuiltInTokenizer = (typeof builtInTokenizers)[number];

/** The `path` of a tokenizer is a file, or one of these names. */
export const isBuiltInTokenizer = (path: string): path is BuiltInTokenizer =>
  (builtInTokenizers as readonly string[]).includes(path);

/** Pieces of CLIP's whole vocabulary with its two marks. */
export const clipVocabulary = 49_408;
