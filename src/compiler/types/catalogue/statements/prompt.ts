import { field, value, type Construct } from '../construct.ts';

export const prompt: Construct = {
  name: 'prompt',
  doc: 'Texts with slots: over a vocabulary, or over the batch where a slot is computed from the sample.',
  source: '-',
  given: 'name = "text {slot}"',
  options: { over: field('which vocabularies the slots go through', value('vocabulary, or several')) },
  example: 'prompt seen over class = "a photo of a {class}."',
};
