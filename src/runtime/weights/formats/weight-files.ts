/** Names under which folders hold their weights, the preferred ones first: ours, those of Hugging Face, those of open_clip. An index names its shards. */
export const weightFiles = [
  'weights.safetensors',
  'model.safetensors',
  'model.safetensors.index.json',
  'open_clip_model.safetensors',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'open_clip_pytorch_model.bin',
] as const;
