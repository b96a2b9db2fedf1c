/**
 * What the compiler makes of random equations over named axes, against loops over the names (`test/support/named-tensor.ts`): alignment,
 * reductions, masks, conditions, products, renaming, indexing, births of axes.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Elaborator } from '../../../src/compiler/elaborate/elaborator.ts';
import type { Located } from '../../../src/compiler/elaborate/located.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { places, type NamedTensor } from '../../support/named-tensor.ts';
import { randomFormulas, Tape } from '../../support/random-formulas.ts';
import { declarations, equation, feedsOf, legal, worldOf } from '../../support/random-world.ts';

const batch = 3;
const declared = `${declarations(batch, { w: 'trainable', q: 'trainable' })}minimize L\n`;

/** Entries where the two differ, in words. A mask may lack axes along which it is the same. */
function disagreements(
  what: string,
  located: Located,
  value: TensorData | undefined,
  wanted: NamedTensor,
  mayLack = false,
): string[] {
  const named = located.axes.map((each) => each.name);
  const expected = wanted.axes.map((each) => each.name);
  const same = named.every((name) => expected.includes(name)) && (mayLack || named.length === expected.length);
  if (!same) return [`${what} has [${named.join()}], expected [${expected.join()}]`];
  const size = (name: string): number => wanted.axes.find((each) => each.name === name)?.size ?? 0;
  return places(wanted.axes).flatMap((place) => {
    const at = named.reduce((offset, name) => offset * size(name) + (place[name] ?? 0), 0);
    const want = wanted.at(place);
    const got = value?.data[at] ?? Number.NaN;
    const there = wanted.mask === undefined || wanted.mask.at(place) === 1;
    if (!there || Number.isNaN(want) || Math.abs(got - want) <= 1e-9 * (1 + Math.abs(want))) return [];
    return [`${what} at ${JSON.stringify(place)}: ${got}, expected ${want}`];
  });
}

function check(tape: Tape, seed: number): string[] {
  const given = worldOf(seed, batch);
  const formulas = randomFormulas(tape, given.world, 14);
  const { checked } = legal(`${declared}${formulas.map(equation).join('')}`);
  const elaborator = new Elaborator('t', checked, { batch, vocabularies: new Map() }, false);
  const found = formulas.map((formula) => {
    const typed = checked.values.find((value) => value.name === formula.name)?.typed;
    if (typed === undefined) throw new Error(`${formula.name} is no value`);
    const value = elaborator.value(typed);
    const mask = typed.mask === undefined ? undefined : elaborator.value(typed.mask);
    return { formula, typed, value, mask };
  });
  for (const { formula, value, mask } of found) {
    elaborator.output(formula.name, value.node);
    if (mask !== undefined) elaborator.output(`${formula.name} mask`, mask.node);
  }
  const { graph } = elaborator.finish();
  const nodes = graph.outputs.map((output) => output.node);
  const values = evaluateNodes(graph, feedsOf(graph, given, checked), nodes, { precision: 'f64' });
  return found.flatMap(({ formula, typed, value, mask }) => {
    const wrong: string[] = [];
    const what = `${formula.name} = ${formula.text}`;
    const elements = graph.nodes[value.node]?.type.dtype;
    if (elements !== formula.element || typed.type.element !== formula.element)
      wrong.push(`${formula.name} = ${formula.text} is ${elements}, checked as ${typed.type.element}, expected ${formula.element}`); // prettier-ignore
    const wantedMask = formula.meaning.mask;
    if ((mask === undefined) !== (wantedMask === undefined))
      wrong.push(`${formula.name} = ${formula.text} ${mask === undefined ? 'lost its mask' : 'has a mask from nowhere'}`);
    if (mask !== undefined && wantedMask !== undefined)
      wrong.push(...disagreements(`mask of ${what}`, mask, values.get(mask.node), wantedMask, true));
    wrong.push(...disagreements(what, value, values.get(value.node), formula.meaning));
    return wrong;
  }); // prettier-ignore
}

describe('equations over named axes', () => {
  it('mean what loops over the names compute', () => {
    const choices = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 90 });
    fc.assert(
      fc.property(choices, fc.nat(1000), (tape, seed) => {
        expect(check(new Tape(tape), seed)).toEqual([]);
      }),
      { numRuns: Number(process.env['CLIPX_RUNS'] ?? 250) },
    );
  });
});
