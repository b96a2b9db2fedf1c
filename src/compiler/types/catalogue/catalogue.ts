/** Everything that the language can name by itself, kind by kind. */
import { commonOptions } from './encoders/shared.ts';
import { encoders } from './encoders.ts';
import type { Construct, WideFields } from './construct.ts';
import { columns } from './columns.ts';
import { dataSteps } from './data-steps.ts';
import { figures } from './figures.ts';
import { functions } from './functions.ts';
import { inputTypes } from './input-types.ts';
import { layerSignatures } from './layers.ts';
import { makers } from './makers.ts';
import { optimisers } from './optimisers.ts';
import { rules } from './rules.ts';
import { samplers } from './samplers.ts';
import { schedules } from './schedules.ts';
import { searches } from './searches.ts';
import { sources } from './sources.ts';
import { starts } from './starts.ts';
import { statements } from './statements.ts';
import { tokenizers } from './tokenizers.ts';
import { transforms } from './transforms.ts';

/** Constructs of one kind, in the order of the reference page. */
export interface Kind {
  readonly name: string;
  readonly plural: string;
  /** Where one stands in a file. */
  readonly place: string;
  readonly constructs: readonly Construct[];
  /** Fields that every one of them takes besides its own. */
  readonly common?: WideFields;
  /** They are no calls: short tables show the example. */
  readonly byExample?: true;
}

export const catalogue: readonly Kind[] = [
  { name: 'statement', plural: 'statements', place: '…', constructs: Object.values(statements), byExample: true },
  { name: 'type of an input', plural: 'types of inputs', place: 'input x: …', constructs: Object.values(inputTypes) },
  { name: 'encoder', plural: 'encoders', place: 'frozen encoder E = …', constructs: Object.values(encoders), common: commonOptions },
  { name: 'module', plural: 'modules and layers', place: 'trainable module m = …', constructs: Object.values(layerSignatures) },
  { name: 'maker of parts', plural: 'makers of parts', place: 'trainable module m = …', constructs: Object.values(makers) },
  { name: 'start of a tensor', plural: 'starts of tensors', place: 'trainable param p: [d] = …', constructs: Object.values(starts) },
  { name: 'tokenizer', plural: 'tokenizers', place: 'tokenizer w = …', constructs: Object.values(tokenizers) },
  { name: 'optimiser', plural: 'optimisers', place: 'train { optimizer: … }', constructs: Object.values(optimisers) },
  { name: 'schedule', plural: 'schedules', place: 'train { schedule: … }', constructs: Object.values(schedules) },
  { name: 'search', plural: 'searches', place: 'train on d { optimizer: … }', constructs: Object.values(searches) },
  { name: 'rule of training', plural: 'rules of training', place: 'weight λ = …, stop: …', constructs: Object.values(rules) },
  { name: 'function', plural: 'functions', place: 'let v = …', constructs: Object.values(functions) },
  { name: 'step of a view', plural: 'steps of views', place: 'augment v = x |> …', constructs: Object.values(transforms) },
  { name: 'source of data', plural: 'sources of data', place: 'data d = …', constructs: Object.values(sources) },
  { name: 'column of data', plural: 'columns of data', place: 'data d = jsonl("d.jsonl") { said: … }', constructs: Object.values(columns), byExample: true },
  { name: 'step of a data set', plural: 'steps of data sets', place: 'data b = a |> …', constructs: Object.values(dataSteps) },
  { name: 'sampler', plural: 'samplers', place: 'train on d { sampler: … }', constructs: Object.values(samplers) },
  { name: 'figure', plural: 'figures', place: 'figure f = …', constructs: Object.values(figures) },
]; // prettier-ignore

export interface Named {
  readonly kind: Kind;
  readonly construct: Construct;
}

/** All constructs of a name: `reverse` is a function and a step of views. */
export const constructsCalled = (name: string): readonly Named[] =>
  catalogue.flatMap((kind) =>
    kind.constructs.filter((construct) => construct.name === name).map((construct) => ({ kind, construct })),
  );

export const constructNames = (): readonly string[] => [
  ...new Set(catalogue.flatMap(({ constructs }) => constructs.map(({ name }) => name))),
];
