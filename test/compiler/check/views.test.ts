/** What a view is to the rest of a program: its type, when it is computed, and what it changes in the digests. */
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import { printValueType } from '../../../src/compiler/types/value-type.ts';
import { repository } from '../../support/fixtures.ts';

const head = `clipx 1
experiment t
axis d = 4
vocabulary animal = ["cat", "dog"]
input face  : image(48)
input film  : frames(8, size: 48)
input label : class(animal)
input parts : mask(48, animal)
input cloud : points(64)
input said  : text
input sound : optional audio(8 kHz, max: 2 s)
data seen = shards("data/seen-*.tar") { face: "png" film: "webp" label: "json.label" parts: "mask.png" cloud: "npy" said: "txt" sound: "wav" }
data held = shards("data/held-*.tar") like seen |> mark(test)
frozen encoder C = vit(size: 48, patch: 16, width: 16, layers: 1, heads: 2, to: 8, init: random)
trainable module H = linear(C.width -> animal)
`;

function compiled(lines: string, read = 'view', measured = read): Compilation {
  const text = `${head}${lines}
let s = H(C(${read}))
loss L = mean(-log_softmax(s, over: animal)[animal: label])
minimize L
train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
evaluate on held { metric right = mean(argmax(H(C(${measured})), over: animal) == label) }
`.replace('vit(size: 48, patch: 16, width: 16, layers: 1, heads: 2, to: 8, init: random)', 'vit(size: 48, patch: 16, width: 16, layers: 1, heads: 2, init: random)'); // prettier-ignore
  const facts = { counts: new Map([['held', 6]]), vocabularies: new Map() };
  return compile({ path: 't.clipx', text, host: repository, ...facts });
}

const faults = ({ diagnostics }: Compilation): string[] => diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`); // prettier-ignore

function typeOf(lines: string, name: string): string {
  const { checked, diagnostics } = compiled(`${lines}\nlet found = ${name}`, 'face');
  expect(faults({ diagnostics } as Compilation)).toEqual([]);
  const typed = checked?.values.find((value) => value.name === 'found')?.typed;
  if (typed === undefined) throw new Error('nothing was checked');
  return `${printValueType(typed.type)}${typed.mask === undefined ? '' : ` masked ${printValueType(typed.mask.type)}`}`;
}

describe('the type of a view', () => {
  it.each([
    ['augment v = face |> random_resized_crop(0.8..1.0) |> flip(50 %)', 'v', '[batch, height, width, channel]'],
    ['augment [view: 4] v = face |> flip', 'v', '[batch, view, height, width, channel]'],
    ['augment v = film |> crop(0.5..1.0)', 'v', '[batch, frame, height, width, channel] masked bool [batch, frame]'],
    ['augment v = film |> one_frame(test: first)', 'v', '[batch, height, width, channel]'],
    ['augment (v, y) = (face, parts) |> random_scale(0.5..2.0) |> random_crop(32) |> flip', 'y', 'index(animal) [batch, height, width] masked bool [batch, height, width]'],
    ['augment v = cloud |> random_scale(2/3..3/2, per: xyz) |> shuffle(over: point)', 'v', '[batch, point, xyz] masked bool [batch, point]'],
    ['pipe clean = lower |> strip(".,") |> words(77)\naugment v = said |> clean |> drop_words(p: 5 %)', 'v', 'text [batch]'],
    ['augment v = sound |> speed(0.8..1.2) |> random_crop(500 ms, pad: edge) |> noise(snr: 10 dB..20 dB)', 'v', '[batch, time] masked bool [batch, time]'],
    ['augment v = face |> rand_augment(2, 9)', 'v', '[batch, height, width, channel]'],
    ['augment v = C(film) |> speed(of: [1, 1/2]) |> window(4, over: frame as moment)', 'v', '[batch, moment, width]'],
  ])('%s', (lines, name, type) => {
    expect(typeOf(lines, name)).toBe(type);
  }); // prettier-ignore
});

describe('a view in a program', () => {
  const drawn = 'augment view = face |> random_resized_crop(0.8..1.0) |> flip(50 %)';

  it('is read anew at every step, and once a sample in an evaluation', () => {
    const augmented = compiled(drawn);
    expect(faults(augmented)).toEqual([]);
    const stage = augmented.program?.stages[0];
    expect(stage?.features).toBeUndefined();
    expect(Object.values(stage?.step.inputs ?? {})).toContainEqual({ kind: 'column', column: 'view', part: 'value' });
    const time = stage?.values.find(({ name }) => name === 's');
    expect(time?.because).toContain('`view` is drawn anew');
    expect(stage?.evaluations[0]?.samples).toBeDefined();
    // without a draw the frozen tower is computed ahead
    expect(compiled('augment view = face |> gray').program?.stages[0]?.features?.columns).toEqual(['view']);
    expect(compiled('', 'face').program?.stages[0]?.features?.columns).toEqual(['face']);
  });

  it('is no other protocol, and another program', () => {
    const digests = (lines: string, read = 'view') => compiled(lines, read).program?.digests;
    const [plain, augmented] = [digests('', 'face'), digests(drawn)];
    expect(augmented?.semantic).not.toBe(plain?.semantic);
    expect(augmented?.protocol).toBe(plain?.protocol);
    expect(digests(drawn.replace('0.8', '0.7'))?.semantic).not.toBe(augmented?.semantic);
    expect(digests(drawn.replace('0.8', '0.7'))?.protocol).toBe(plain?.protocol);
    expect(digests('augment view = face |> gray')?.protocol).not.toBe(plain?.protocol);
  });

  it('says what it is made of as data', () => {
    const lines = 'pipe pool = choose(2, of: [jitter(0.1, hue: 18 deg), rotate(15 deg), erase(p: 50 %)]) |> maybe(30 %, blur(0.1..2.0))\naugment view = face |> pool'; // prettier-ignore
    const column = compiled(lines).program?.columns.find(({ name }) => name === 'view');
    const turn = Math.PI / 12;
    expect(column?.view?.steps).toEqual([
      {
        kind: 'choose',
        count: 2,
        replace: false,
        of: [
          [{ kind: 'jitter', brightness: [0.9, 1.1], contrast: [1, 1], saturation: [1, 1], hue: [-0.05, 0.05], chance: 1 }],
          [{ kind: 'rotate', angle: [-turn, turn], fill: 'black', chance: 1 }],
          [{ kind: 'erase', area: [0.02, 0.33], aspect: [0.3, 3.3], fill: 'random', chance: 0.5 }],
        ],
      },
      { kind: 'maybe', chance: 0.3, of: [{ kind: 'blur', sigma: [0.1, 2], chance: 1 }] },
    ]); // prettier-ignore
  });

  it('turns hues by shares of a turn or by angles, drawn around nothing or between two', () => {
    const hueOf = (written: string): unknown => {
      const { program, diagnostics } = compiled(`augment view = face |> jitter(hue: ${written})`);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const step = program?.columns.find(({ name }) => name === 'view')?.view?.steps[0];
      return step?.kind === 'jitter' ? step.hue.map((bound) => Number(bound.toFixed(9))) : undefined;
    };
    expect(hueOf('0.05')).toEqual([-0.05, 0.05]);
    expect(hueOf('18 deg')).toEqual([-0.05, 0.05]);
    expect(hueOf('-18 deg..36 deg')).toEqual([-0.05, 0.1]);
    expect(hueOf('-0.05..0.1')).toEqual([-0.05, 0.1]);
  });

  it('without a body checks, and is refused where it would run', () => {
    const { diagnostics } = compiled('augment view = face / 2 |> rand_augment(2, 9)');
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toContain(
      'CX0001: `rand_augment` of a computed value is checked but not built yet',
    );
  });
});
