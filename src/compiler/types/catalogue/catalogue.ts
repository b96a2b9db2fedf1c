/** Everything that the language can name by itself, kind by kind. */
import { commonOptions } from './encoders/shared.ts';
import { encoders } from './encoders.ts';
import type { Construct, WideFields } from './construct.ts';
import { dataSteps } from './data-steps.ts';
import { figures } from './figures.ts';
import { functions } from './functions.ts';
import { layerSignatures } from './layers.ts';
import { optimisers } from './optimisers.ts';
import { samplers } from './samplers.ts';
import { schedules } from './schedules.ts';
import { sources } from './sources.ts';
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
}

export const catalogue: readonly Kind[] = [
  { name: 'encoder', plural: 'encoders', place: 'frozen encoder E = …', constructs: Object.values(encoders), common: commonOptions },
  { name: 'module', plural: 'modules and layers', place: 'trainable module m = …', constructs: Object.values(layerSignatures) },
  { name: 'optimiser', plural: 'optimisers', place: 'train { optimizer: … }', constructs: Object.values(optimisers) },
  { name: 'schedule', plural: 'schedules', place: 'train { schedule: … }', constructs: Object.values(schedules) },
  { name: 'function', plural: 'functions', place: 'let v = …', constructs: Object.values(functions) },
  { name: 'step of a view', plural: 'steps of views', place: 'augment v = x |> …', constructs: Object.values(transforms) },
  { name: 'source of data', plural: 'sources of data', place: 'data d = …', constructs: Object.values(sources) },
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
