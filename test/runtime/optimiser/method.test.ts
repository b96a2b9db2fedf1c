import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OptimiserMethod } from '../../../src/compiler/program/optimiser.ts';
import { slotsOf, type SlotName } from '../../../src/compiler/program/optimiser-slots.ts';
import { clampTensor, clipFactor, updateTensor } from '../../../src/runtime/optimiser/method.ts';
import type { UpdateScalars } from '../../../src/runtime/optimiser/method.ts';
import { kernelsOver } from '../../../src/runtime/optimiser/kernels.ts';
import { rateAt } from '../../../src/runtime/schedule.ts';
import { stream } from '../../../src/runtime/random.ts';
import { readSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import type { StoredTensor } from '../../../src/runtime/weights/formats/weights-file.ts';

const folder = join(process.env['CLIPX_ORACLES'] ?? join(import.meta.dirname, '../../oracles'), 'optim');

interface Options {
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly dampening?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
  readonly weight_decay?: number;
  readonly amsgrad?: boolean;
  readonly centered?: boolean;
}

interface Case {
  readonly optimiser: string;
  readonly options: Options;
  readonly b_group?: Partial<Options>;
  readonly lr: readonly number[];
  readonly clip?: number;
  readonly schedule?: string;
  readonly scheduleOptions?: Readonly<Record<string, number>>;
}

/** The language has no Adagrad, AMSGrad, dampening and centred RMSprop: those cases have nothing to be compared with. */
function methodOf({ optimiser, options }: Case): OptimiserMethod | undefined {
  const [beta1, beta2] = options.betas ?? [0.9, optimiser === 'Lion' ? 0.99 : 0.999];
  const epsilon = options.eps ?? 1e-8;
  if (options.amsgrad === true || options.centered === true || (options.dampening ?? 0) !== 0) return undefined;
  switch (optimiser) {
    case 'SGD':
      return { kind: 'sgd', momentum: options.momentum ?? 0, nesterov: options.nesterov ?? false };
    case 'Adam':
      return { kind: 'adam', beta1, beta2, epsilon };
    case 'AdamW':
      return { kind: 'adamw', beta1, beta2, epsilon };
    case 'RMSprop':
      return { kind: 'rmsprop', alpha: options.alpha ?? 0.99, epsilon, momentum: options.momentum ?? 0 };
    case 'Lion':
      return { kind: 'lion', beta1, beta2 };
    case 'BertAdam':
      return { kind: 'adamw', beta1, beta2: 0.98, epsilon: 1e-6, biasCorrection: false };
    default:
      return undefined;
  }
}

const available = existsSync(join(folder, 'optim.json'));
const cases: Record<string, Case> = available ? JSON.parse(readFileSync(join(folder, 'optim.json'), 'utf8')) : {};
const tensors = available ? readSafetensors(join(folder, 'optim.safetensors')) : new Map<string, StoredTensor>();
const tolerance: Record<string, { maxAbs: number }> = available
  ? JSON.parse(readFileSync(join(folder, 'tolerance.json'), 'utf8'))['optim.safetensors']
  : {};
const floats = (name: string): Float32Array => {
  const found = tensors.get(name);
  if (!(found?.data instanceof Float32Array)) throw new Error(`no tensor ${name}`);
  return found.data;
};

/** The gradient of the fixtures' function: 1/2 Σ a (w-c)² + Σ sin(2w)/4 + 1/2 |wᵀb - d|² + Σ b⁴/8, w [rows, columns], b [rows]. */
function gradients(w: Float64Array, b: Float64Array): { w: Float64Array; b: Float64Array } {
  const [a, c, d] = [floats('constant/a'), floats('constant/c'), floats('constant/d')];
  const columns = d.length;
  const rows = b.length;
  const residual = Float64Array.from(d, (target, j) => {
    let product = -target;
    for (let i = 0; i < rows; i++) product += (w[i * columns + j] ?? 0) * (b[i] ?? 0);
    return product;
  });
  const gw = Float64Array.from(w, (x, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return (a[at] ?? 0) * (x - (c[at] ?? 0)) + Math.cos(2 * x) / 2 + (residual[j] ?? 0) * (b[i] ?? 0);
  });
  const gb = Float64Array.from(b, (x, i) => {
    let sum = x ** 3 / 2;
    for (let j = 0; j < columns; j++) sum += (residual[j] ?? 0) * (w[i * columns + j] ?? 0);
    return sum;
  });
  return { w: gw, b: gb };
}

type Update = (method: OptimiserMethod, w: Float64Array, g: Float64Array, slots: Partial<Record<SlotName, Float64Array>>, scalars: UpdateScalars) => void; // prettier-ignore

/** The same update through the fused kernels: rounded into their memory and back. */
const updateByKernels: Update = (method, w, g, slots, scalars) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = Math.ceil(w.length / 4) * 16;
  const names = slotsOf(method);
  const views = [w, g, ...names.map((name) => slots[name] ?? new Float64Array())].map((values, index) => {
    const view = new Float32Array(memory.buffer, index * bytes, values.length);
    view.set(values);
    return view;
  });
  const at = Object.fromEntries(names.map((name, index) => [name, (index + 2) * bytes]));
  kernelsOver(memory).update(method, { weight: 0, gradient: bytes, slots: at, bytes }, scalars);
  w.set(views[0] ?? []);
  names.forEach((name, index) => slots[name]?.set(views[index + 2] ?? []));
};

function trajectoryError(name: string, update: Update): number {
  const it = cases[name];
  const method = it && methodOf(it);
  if (it === undefined || method === undefined) throw new Error(`case ${name}`);
  const [expectedW, expectedB] = [floats(`${name}/w`), floats(`${name}/b`)];
  const lr = floats(`${name}/lr`);
  const w = Float64Array.from(floats('start/w'));
  const b = Float64Array.from(floats('start/b'));
  const steps = lr.length / 2;
  const slotsFor = (like: Float64Array): Partial<Record<SlotName, Float64Array>> =>
    Object.fromEntries(slotsOf(method).map((slot) => [slot, new Float64Array(like.length)]));
  const [slotsW, slotsB] = [slotsFor(w), slotsFor(b)];
  let worst = 0;
  for (let step = 0; step < steps; step++) {
    const g = gradients(w, b);
    const norm = Math.hypot(...g.w, ...g.b);
    expect(Math.abs(norm - (floats(`${name}/gradient_norm`)[step] ?? 0))).toBeLessThan(1e-3);
    const shared = { update: step + 1, gradientScale: clipFactor(norm, it.clip) };
    // BERT's own Adam clips every tensor by itself, and decays by 0.2 (`BertAdam` of the fixtures).
    const ofBert = it.optimiser === 'BertAdam';
    const scale = (own: Float64Array) => (ofBert ? { gradientScale: clipFactor(Math.hypot(...own), 1) } : {});
    const decay = it.options.weight_decay ?? { AdamW: 0.01, BertAdam: 0.2 }[it.optimiser] ?? 0;
    update(method, w, g.w, slotsW, { ...shared, ...scale(g.w), learningRate: lr[2 * step] ?? 0, decay });
    update(method, b, g.b, slotsB, {
      ...shared,
      ...scale(g.b),
      learningRate: lr[2 * step + 1] ?? 0,
      decay: it.b_group?.weight_decay ?? decay,
    });
    w.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - (expectedW[(step + 1) * w.length + i] ?? NaN)))));
    b.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - (expectedB[(step + 1) * b.length + i] ?? NaN)))));
  }
  return worst;
}

/** Ten times what PyTorch's own single and double precision differ by. */
function allowed(name: string): number {
  return 10 * Math.max(tolerance[`${name}/w`]?.maxAbs ?? 0, tolerance[`${name}/b`]?.maxAbs ?? 0, 1e-7);
}

describe.skipIf(!available)('PyTorch trajectories of twenty steps', () => {
  const known = Object.keys(cases).filter((name) => methodOf(cases[name] as Case) !== undefined);

  test.each(known)('%s, in double precision', (name) => {
    expect(trajectoryError(name, updateTensor)).toBeLessThan(allowed(name));
  });

  test.each(known)('%s, through the fused kernels', (name) => {
    expect(trajectoryError(name, updateByKernels)).toBeLessThan(allowed(name));
  });

  test('every method of the language is among them', () => {
    expect(new Set(known.map((name) => methodOf(cases[name] as Case)?.kind))).toEqual(new Set(['sgd', 'adam', 'adamw', 'rmsprop', 'lion'])); // prettier-ignore
  });

  test('the cosine schedule is CosineAnnealingLR with eta_min = floor', () => {
    const { lr, options, scheduleOptions } = cases['schedule_cosine'] as Case;
    const floor = (scheduleOptions?.['eta_min'] ?? 0) / options.lr;
    const schedule = { kind: 'cosine', warmup: { value: 0, unit: 'step' }, floor } as const;
    lr.forEach((rate, step) =>
      expect(options.lr * rateAt(schedule, step, scheduleOptions?.['T_max'] ?? 0, 1)).toBeCloseTo(rate, 9),
    );
  });

  test('warm-up then cosine is open_clip’s', () => {
    const { lr, scheduleOptions } = cases['schedule_warmup_cosine'] as Case;
    const { total = 0, warmup = 0, base = 0 } = scheduleOptions ?? {};
    const schedule = { kind: 'cosine', warmup: { value: warmup, unit: 'step' }, floor: 0 } as const;
    lr.forEach((rate, step) => expect(base * rateAt(schedule, step, total, 1)).toBeCloseTo(rate, 9));
  });

  test('linear decay after warm-up is Hugging Face’s', () => {
    const { lr, scheduleOptions } = cases['schedule_warmup_linear'] as Case;
    const { total = 0, warmup = 0, base = 0 } = scheduleOptions ?? {};
    const schedule = { kind: 'linear', warmup: { value: warmup, unit: 'step' }, floor: 0 } as const;
    // Its own warm-up starts at rate 0 and is therefore one step behind ours; after it both are the same line.
    lr.forEach((rate, step) => {
      if (step >= warmup) expect(base * rateAt(schedule, step, total, 1)).toBeCloseTo(rate, 9);
    });
  });
});

describe('the fused kernels', () => {
  const methods: readonly OptimiserMethod[] = [
    { kind: 'sgd', momentum: 0, nesterov: false },
    { kind: 'sgd', momentum: 0.9, nesterov: false },
    { kind: 'sgd', momentum: 0.9, nesterov: true },
    { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6 },
    { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-6, biasCorrection: false },
    { kind: 'rmsprop', alpha: 0.99, epsilon: 1e-8, momentum: 0 },
    { kind: 'rmsprop', alpha: 0.9, epsilon: 1e-6, momentum: 0.5 },
    { kind: 'lion', beta1: 0.9, beta2: 0.99 },
  ];

  test.each(methods)('agree with the definition bit for bit: $kind %j', (method) => {
    const count = 1003;
    const bytes = Math.ceil(count / 4) * 16;
    const memory = new WebAssembly.Memory({ initial: 1 });
    const kernels = kernelsOver(memory);
    const names = slotsOf(method);
    const at = Object.fromEntries(names.map((name, index) => [name, (index + 2) * bytes]));
    const inMemory = (offset: number): Float32Array => new Float32Array(memory.buffer, offset, count);
    const w = stream(1, 'w').fillNormal(new Float32Array(count));
    const slots = Object.fromEntries(names.map((name) => [name, new Float32Array(count)]));
    inMemory(0).set(w);
    for (let update = 1; update <= 7; update++) {
      const g = stream(update, 'g').fillNormal(new Float32Array(count));
      inMemory(bytes).set(g);
      const scalars = { learningRate: 0.01 * update, decay: 0.05, update, gradientScale: update === 3 ? 0.37 : 1 };
      updateTensor(method, w, g, slots, scalars);
      kernels.update(method, { weight: 0, gradient: bytes, slots: at, bytes }, scalars);
      expect(inMemory(0)).toEqual(w);
      for (const name of names) expect(inMemory(at[name] ?? 0)).toEqual(slots[name]);
    }
  });

  test('clamp as the definition does', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const view = stream(4, 'clamp').fillNormal(new Float32Array(memory.buffer, 0, 64));
    const expected = Float32Array.from(view);
    clampTensor(expected, Math.fround(-0.3), Math.fround(0.9));
    kernelsOver(memory).clamp(0, 256, -0.3, 0.9);
    expect(view).toEqual(expected);
  });

  test('sum squares in double precision', () => {
    const memory = new WebAssembly.Memory({ initial: 16 });
    const view = new Float32Array(memory.buffer, 0, 200_000).fill(0.1);
    view[7] = 3000;
    const expected = view.reduce((sum, value) => sum + value * value, 0);
    // In single precision the small terms would vanish beside 9e6 and the sum be off by hundreds.
    expect(Math.abs(kernelsOver(memory).sumSquares(0, view.byteLength) / expected - 1)).toBeLessThan(1e-10);
  });
});
