/** What is checked and has no body yet: described like anything else, and refused where it would have to run. */
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import { explanationOf } from '../../../src/compiler/explain/explain.ts';

const source = (width: string) => `clipx 1
experiment t
axis stroke : item = 3
axis control : position = 4
axis xy = 2
input picture : image(6)
data d = folder("d") { picture: "png" }
trainable param P : [stroke, control, xy] = normal(1)
let ink = bezier_strokes(P, like: picture, pen: ${width})
let ready = mean(picture, over: channel)
loss L = mean((ink - ready) ^ 2)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;

const compiled = (unbuilt: boolean, width = '1.5'): Compilation =>
  compile({ path: 't.clipx', text: source(width), host: { readText: () => undefined }, ...(unbuilt ? { unbuilt: 'stand-in' as const } : {}) }); // prettier-ignore

describe('a function that is checked and not built', () => {
  it('is refused at its place where the program would run', () => {
    const { program, diagnostics } = compiled(false);
    expect(program).toBeUndefined();
    const [only, second] = diagnostics.filter(({ severity }) => severity === 'error');
    expect(second).toBeUndefined();
    expect(only?.code).toBe('CX0001');
    expect(source('1.5').slice(only?.span?.start, only?.span?.end)).toBe('bezier_strokes(P, like: picture, pen: 1.5)');
  });

  it('passes the check alone', () => {
    const text = source('1.5');
    const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('is explained with its type and the moment it is known', () => {
    const { checked, program, graph } = compiled(true);
    if (checked === undefined || program === undefined) throw new Error('not compiled');
    const { values } = explanationOf({ checked, program, graph });
    const told = Object.fromEntries(values.map(({ name, type, when }) => [name, [type, when]]));
    expect(told['ink']).toEqual(['[stroke, height, width]', 'step']);
    expect(told['ready']).toEqual(['[batch, height, width]', 'sample']);
  });

  it('has a digest that its options enter', () => {
    const digest = (width: string) => compiled(true, width).program?.digests.semantic;
    expect(digest('1.5')).toBe(digest('1.5'));
    expect(digest('1.5')).not.toBe(digest('2.5'));
  });
});
