/** What is checked and has no body yet: described like anything else, and refused where it would have to run. */
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import { explanationOf } from '../../../src/compiler/explain/explain.ts';

const source = (stride: number) => `clipx 1
experiment t
axis row : position = 3
input picture : image(6)
data d = folder("d") { picture: "png" }
trainable param P : [row, picture.channel] = normal(1)
augment drawn = picture * mean(P) |> rand_augment(${stride}, 9)
let kept = 2 * drawn
let ready = mean(picture, over: channel)
loss L = mean((kept - ready) ^ 2)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;

const compiled = (unbuilt: boolean, stride = 1): Compilation =>
  compile({ path: 't.clipx', text: source(stride), host: { readText: () => undefined }, ...(unbuilt ? { unbuilt: 'stand-in' as const } : {}) }); // prettier-ignore

describe('an operation that is checked and not built', () => {
  it('is refused at its place where the program would run', () => {
    const { program, diagnostics } = compiled(false);
    expect(program).toBeUndefined();
    const [only, second] = diagnostics.filter(({ severity }) => severity === 'error');
    expect(second).toBeUndefined();
    expect(only?.code).toBe('CX0001');
    expect(source(1).slice(only?.span?.start, only?.span?.end)).toBe(
      'augment drawn = picture * mean(P) |> rand_augment(1, 9)',
    );
  });

  it('passes the check alone', () => {
    const text = source(1);
    const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('is explained with its type and the moment it is known', () => {
    const { checked, program, graph } = compiled(true);
    if (checked === undefined || program === undefined) throw new Error('not compiled');
    const { values } = explanationOf({ checked, program, graph });
    const told = Object.fromEntries(values.map(({ name, type, when }) => [name, [type, when]]));
    expect(told['kept']).toEqual(['[batch, height, width, channel]', 'step']);
    expect(told['ready']).toEqual(['[batch, height, width]', 'sample']);
  });

  it('has a digest that its options enter', () => {
    const digest = (stride: number) => compiled(true, stride).program?.digests.semantic;
    expect(digest(1)).toBe(digest(1));
    expect(digest(1)).not.toBe(digest(2));
  });
});
