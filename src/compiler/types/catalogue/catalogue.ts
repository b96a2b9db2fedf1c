/** Everything that the language can name by itself, kind by kind. */
import { commonOptions } from './encoders/shared.ts';
import { encoders } from './encoders.ts';
import type { Construct, WideFields } from './construct.ts';
import { layerSignatures } from './layers.ts';
import { optimisers } from './optimisers.ts';
import { schedules } from './schedules.ts';

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
