import { axisCodes } from './axis-codes.ts';
import type { CodeEntry } from './codes.ts';
import { structureCodes } from './structure-codes.ts';

/** Codes of the checker: CX2 names, CX3 types and axes, CX4 state, CX5 data, prompts and configuration, CX6 structure. */
export const checkerCodes = {
  ...structureCodes,
  ...axisCodes,
  CX2001: {
    title: 'unknown name',
    law: 'Every name that is read is declared in the file, imported, or built in.',
    explanation: 'Nothing of this name is in scope here. Values, axes, data sets and metrics are separate worlds: a data set is no value. If a near name exists, the message offers it.',
  },
  CX2002: {
    title: 'declared twice',
    law: 'Within one file and one name space a name is declared once.',
    explanation: 'Two statements give the same name, so a reader could not tell which is meant. Rename one, or import with `as`.',
  },
  CX2003: {
    title: 'import of something that is not there',
    law: 'What `use` names, the other file declares.',
    explanation: 'The file was found, but it declares no such name. Only declarations of the file itself can be imported, not what it imports.',
  },
  CX2004: {
    title: 'imported file not found',
    law: 'The path of `use` leads to a file.',
    explanation: 'Paths are relative to the importing file; `library/…` is what ships with clipx. Imports stay inside the project.',
  },
  CX2005: {
    title: 'files that import each other',
    law: 'Imports form no circle.',
    explanation: 'Two files that each need the other are one file, or need a third one that both import.',
  },
  CX2006: {
    title: 'import of a part of an experiment',
    law: 'Fns, modules, vocabularies, prompts, axes and consts are imported, and nothing else.',
    explanation: 'What a sample holds, where it comes from, what is computed and what is minimised is said in the experiment itself, so that a review sees it.',
  },
  CX2007: {
    title: 'names that look alike',
    law: 'Two names of one scope differ to the eye.',
    explanation: 'The names differ in their code points but not in their looks (Latin and Cyrillic letters, subscript and plain digits). A diff must not be able to lie.',
  },
  CX2008: {
    title: 'definition in a circle',
    law: 'A value does not depend on itself.',
    explanation: 'Declarations may come in any order, but each is an equation: following them must end. The message lists the circle.',
  },
  CX2009: {
    title: 'wrong kind of thing',
    law: 'Each place takes one kind of thing: a value, an axis, a tower, a prompt, a data set.',
    explanation: 'The expression means something, but not what can stand here: a prompt has to go through a text tower, a module has to be called, a list needs an axis to be a vector.',
  },
  CX2010: {
    title: 'unknown field or option',
    law: 'The world is closed: an option that nothing reads is refused.',
    explanation: 'Silently ignored options are how a typo becomes a wrong result. The message lists what is legal here and offers the nearest.',
  },
  CX2011: {
    title: 'unknown axis',
    law: 'An axis that is named is declared, belongs to an owner, or is an axis of the value.',
    explanation: 'Axes are declared by `axis` and `vocabulary`, belong to an encoder (`clip.joint`), are born by `as`, or are `batch`.',
  },
  CX2012: {
    title: 'not in the catalogue',
    law: 'Built-in encoders, modules, optimisers, schedules, sources and types are a closed list.',
    explanation: 'The name is none of those that can stand at this place. The message lists them.',
  },
  CX2013: {
    title: 'file from outside of the project',
    law: 'A file uses and extends files of its project and of `library/`, and no others.',
    explanation:
      'The path leads out of the project: by `..`, as an absolute path or through a symbolic link. What an experiment means would depend on ' +
      'what lies around it. Copy the file into the project, or allow its folder with `--allow-path`.',
  },
  CX3001: {
    title: 'axes do not align',
    law: 'Two operands with feature axes share the feature axis.',
    explanation: 'Operators align axes by name, never by size. If both values have a feature axis that the other lacks, they live in different spaces: project one, or state that the axes are the same with `x[a as b]`.',
  },
  CX3002: {
    title: 'sizes differ',
    law: 'One axis has one size.',
    explanation: 'A name stands for an axis of one size in a scope. A new axis of another size needs another name, and an operator that makes an axis has to name it.',
  },
  CX3003: {
    title: 'axis not there',
    law: 'An operation over an axis needs a value that has it.',
    explanation: 'The value has no axis of this name. The message lists the axes it has.',
  },
  CX3004: {
    title: 'several axes possible',
    law: 'Where more than one axis could be meant, the file says which.',
    explanation: 'The operation works along one axis, and more than one would do. Name it with `over:` or `along:`.',
  },
  CX3005: {
    title: 'not of the written type',
    law: 'A type that is written is checked exactly.',
    explanation: 'The axes written after the colon and those of the value differ as sets. Order carries no meaning.',
  },
  CX3006: {
    title: 'wrong arguments',
    law: 'A call gives each parameter once.',
    explanation: 'Too many, too few, or an argument with a name that the function does not have.',
  },
  CX3007: {
    title: 'wrong type of element',
    law: 'Numbers go into formulas, text into prompts and text towers, images into image towers.',
    explanation: 'The value has elements that the operation cannot work on.',
  },
  CX3008: {
    title: 'index of another axis',
    law: 'An index points into one axis and is compared and used with that axis only.',
    explanation: 'Equal numbers mean different entries in two axes, so comparing a class index with a factor index is never right.',
  },
  CX3009: {
    title: 'renaming onto an axis that is there',
    law: 'A value has each axis once.',
    explanation: 'The new name is already an axis of the value. Rename both at once (`[a as b, b as a]`) or choose another name.',
  },
  CX3010: {
    title: 'not reduced to a number',
    law: 'A loss is one number; a metric is one number a set, or one per entry of an item axis.',
    explanation: 'Axes are left over. Say how they are averaged: `mean(…)` over all, or `mean(…, over: axis)`.',
  },
  CX3011: {
    title: 'not known while compiling',
    law: 'Sizes, options, consts and weights are numbers known while compiling.',
    explanation: 'The expression depends on data, parameters or an axis whose size only the data tell.',
  },
  CX3012: {
    title: 'every sample joined with every other',
    law: 'An arithmetic operator does not join `batch` with its own renaming from two different values.',
    explanation: 'Such a sum or product has one entry for every pair of samples, which is rarely meant and often costly. `outer(a, b)` says that it is.',
  },
  CX3013: {
    title: 'comparison that belongs in `expect`',
    law: 'Chains of comparisons and `~` stand in `expect` only.',
    explanation: 'In a formula `a < b < c` has no single meaning. Write `a < b and b < c`.',
  },
  CX3014: {
    title: 'image of another size',
    law: 'There is no silent resize.',
    explanation: 'A vision transformer has positions for one image size. Declare the input in that size.',
  },
  CX3015: {
    title: 'metric that depends on a draw',
    law: 'No random value reaches a metric.',
    explanation: 'A number that changes from one measurement to the next compares nothing. What is drawn in a loss (a shuffle, a random view) has its deterministic counterpart in a metric.',
  },
  CX3021: {
    title: 'one picture, prepared in two ways',
    law: 'A column of pictures is resized and made RGB in one way.',
    explanation: 'Encoders ask for the preprocessing that they were trained with. Where two that read one column ask for different ones, each needs a column of its own, or one has to take the way of the other (`preprocess:`).',
  },
  CX4001: {
    title: 'neither frozen nor trainable',
    law: 'Every encoder, module and parameter is written frozen or trainable.',
    explanation: 'Which parts train is the first thing a reader asks, so the language has no default for it.',
  },
  CX4002: {
    title: 'trainable, but no loss reaches it',
    law: 'What is trainable is reached by the loss.',
    explanation: 'Its gradient would always be zero. Either a formula forgot to read it, reads it only through `stop(…)`, or it should be frozen or removed.',
  },
  CX4003: {
    title: 'frozen, and nothing reads it',
    law: 'What is declared is read.',
    explanation: 'A frozen part that neither a loss nor a metric reads has no effect: remove it.',
  },
  CX4004: {
    title: 'loss without anything to train',
    law: 'A loss depends on something trainable.',
    explanation: 'Its value can not be lowered, so it is a metric.',
  },
  CX4005: {
    title: 'setting for a part that is not there',
    law: 'Every path in a settings block matches a tensor.',
    explanation: 'A path such as `image.blocks[10..11]` must name tensors of the encoder or module. The message lists its parts.',
  },
  CX4006: {
    title: 'declared, and nothing reads it',
    law: 'Each loss, weight and const is read.',
    explanation: 'What is minimised is what `minimize` says. A loss or weight that stands beside it has no effect, and mostly was forgotten.',
  },
  CX4007: {
    title: 'value over a whole data set that training changes',
    law: 'What a training step reads over a whole data set (`e on d`) is the same at every step.',
    explanation: 'It is computed once before the first step, and no gradient goes through it. Where it depended on what trains, every step would have to go over the whole set.',
  },
  CX5001: {
    title: 'malformed data declaration',
    law: 'A data set says where its samples are and where each column comes from.',
    explanation: 'Sources are shards, folder, csv, jsonl, parquet, idx and features, or are made of others by mix, split and folds; columns are paths into the sample.',
  },
  CX5002: {
    title: 'malformed prompt or vocabulary',
    law: 'A template has a slot for each vocabulary it goes over, and vocabularies hold strings.',
    explanation: 'Without its slot a template gives the same text for every entry.',
  },
  CX5003: {
    title: 'unit out of place',
    law: 'A unit stands where its quantity has a meaning.',
    explanation: 'Times of training are in epochs or steps, angles in deg or rad, shares in %.',
  },
  CX5004: {
    title: 'test data used for a choice',
    law: 'Data marked test are evaluated, and nothing else.',
    explanation: 'Training on them or selecting by them makes the reported number worthless.',
  },
  CX5005: {
    title: 'something necessary is missing',
    law: 'A runnable experiment says what is minimised, how, and on which data.',
    explanation: 'The message names what is missing.',
  },
  CX5006: {
    title: 'value out of range',
    law: 'A setting is a value that makes sense for it.',
    explanation: 'The message says what is expected: a whole number, a share from 0 to 1, widths that heads divide.',
  },
  CX5007: {
    title: 'model not described',
    law: 'A weights folder states its sizes in config.json.',
    explanation: 'The compiler reads config.json to know the axes of a pretrained encoder. It reads no weights.',
  },
  CX5008: {
    title: 'entry given twice',
    law: 'The entries of a vocabulary differ.',
    explanation: 'Two equal entries give the same prompt and can not be told apart.',
  },
  CX5009: {
    title: 'edition of the language',
    law: 'The first statement of a file is `clipx 1`.',
    explanation: 'It fixes the meaning of the file: later editions keep reading it as it was meant.',
  },
  CX5010: {
    title: 'not an objective',
    law: 'An objective is a sum of losses, each times weights and numbers.',
    explanation: 'Only then each term can be logged raw, weighted and as a share. Any other formula goes into a `loss`.',
  },
  CX5012: {
    title: 'claim that compares nothing',
    law: 'An `expect` compares metrics: of this experiment, and of its rows.',
    explanation: 'A claim is judged over the seeds of a study: `error < error of "L_g only"`. It can only speak of what an evaluation measures.',
  },
  CX5011: {
    title: 'column missing',
    law: 'A data set has every column that is read from it.',
    explanation: 'The column map of the data set says where each input comes from. A mix has the columns that all its parts have.',
  },
} as const satisfies Record<string, CodeEntry>; // prettier-ignore
