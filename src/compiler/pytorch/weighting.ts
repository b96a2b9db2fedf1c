/** Weights of terms: the numbers that the file names, by their names, with what the objective multiplies them by. */
import type { CheckedTerm } from '../check/checked.ts';
import { atom, binary, numeral, text, type Code } from './python-code.ts';
import { variableName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';

/** A named weight as a constant of the module. */
interface NamedWeight {
  readonly variable: string;
  readonly value: number;
}

/** `2 * λ * L`. */
export function weighted(own: string, { weight }: Pick<CheckedTerm, 'weight'>, source: StageSource): Code {
  const value = atom(own);
  if (weight.kind === 'ramp') return binary('*', atom(`batch[${text(`weight ${weight.name}`)}]`), value);
  const named = namedWeight(weight, source);
  if (named === undefined) return weight.value === 1 ? value : binary('*', numeral(weight.value), value);
  const factor = Number((weight.value / named.value).toPrecision(15));
  const product = factor === 1 ? atom(named.variable) : binary('*', numeral(factor), atom(named.variable));
  return binary('*', product, value);
}

/** The constants that the objective of a stage reads, by their variables. */
export function weightConstants(terms: readonly Pick<CheckedTerm, 'weight'>[], source: StageSource): Map<string, number> {
  return new Map(
    terms.flatMap(({ weight }) => {
      const named = weight.kind === 'constant' ? namedWeight(weight, source) : undefined;
      return named === undefined ? [] : [[named.variable, named.value] as const];
    }),
  );
} // prettier-ignore

function namedWeight({ name }: { readonly name?: string }, { checked, stage }: StageSource): NamedWeight | undefined {
  const declared = (weights: typeof checked.weights): number | undefined => weights.find((each) => each.name === name)?.value; // prettier-ignore
  const value = declared(checked.weights);
  if (name === undefined || value === undefined || value === 0) return undefined;
  // a stage may give it another value
  const isOne = checked.stages.every(({ weights }) => declared(weights) === value);
  return { variable: variableName(isOne ? name : `${name}_${stage.name}`), value };
}
