import type { CodeEntry } from './codes.ts';

/** Codes of the structure of experiments: CX6, what one body of statements does to another, stages, choices and studies. */
export const structureCodes = {
  CX6001: {
    title: 'removed, and still read',
    law: 'What is removed, nothing reads.',
    explanation: 'A file, a row or a stage takes something out of what it extends, and other statements still need it. All of them are listed: remove or replace them as well.',
  },
  CX6002: {
    title: 'nothing there to set',
    law: 'A path that is set leads to something.',
    explanation: 'A path begins with a declaration, `train`, an evaluation or a stage, and goes on to a field or an option: `train.batch`, `clip.image.size`, `pretrain.train.epochs`. A part with several names or without a value is replaced as a whole, in braces.',
  },
  CX6003: {
    title: 'stages out of order',
    law: 'A stage comes after those whose results it uses.',
    explanation: '`stage b after a` starts from the parameters that `a` left. A stage that reads what another has trained without saying so would hang on the order of the file; stages that come after each other have no order at all.',
  },
  CX6004: {
    title: 'choice by something that can not choose',
    law: 'One number chooses, of one evaluation of the stage.',
    explanation: 'The parameters that are kept, the moment when training ends and the point of a sweep are chosen by one metric on one data set: `best: max(accuracy on val)`.',
  },
  CX6005: {
    title: 'malformed sweep or selection of words',
    law: 'A sweep lists values for what a path names.',
    explanation: '`sweep { λ: [0, 0.5, 1]  train.batch: [32, 64] }` makes one variant of each combination. `over class[base]` names one group of a vocabulary.',
  },
  CX6006: {
    title: 'duplicates among the negatives',
    law: 'In a contrastive loss the other samples of a batch are negatives.',
    explanation: 'Where the samples of a batch share classes, a pair of one class is counted as a mismatch and pushed apart. A mask of equal labels in the loss, several positives, or a sampler that draws each class once avoids it.',
  },
  CX6007: {
    title: 'step larger than its memory',
    law: 'A step fits into the memory that the file allows it.',
    explanation: '`memory: 8 GiB` in `train` bounds what the values of one step may take at once, parameters and optimiser aside. `clipx plan` says how much a step takes.',
  },  CX6008: {
    title: 'batch that can not be held in chunks',
    law: 'What is held a chunk at a time is computed sample by sample.',
    explanation: 'In chunks the features of a batch are computed one chunk after the other, and the loss of all of them together. What mixes samples before that, as batch norm does, would be another computation.',
  },
} as const satisfies Record<string, CodeEntry>; // prettier-ignore
