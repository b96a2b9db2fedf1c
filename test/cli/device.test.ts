import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { DeviceProfile } from '../../src/compiler/plan/device-profile.ts';
import type { Plan } from '../../src/compiler/plan/plan.ts';
import { expectSchema } from './fits-schema.ts';
import { clipx, newFolder } from './support.ts';

const experiment = `clipx 1
experiment small "Small"
axis d = 256
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
trainable module M = mlp(d -> hidden(1024) -> d)
loss L = mean((M(x) - x) ^ 2)
minimize L
train on seen { steps: 20  batch: 64  optimizer: adam(lr: 1e-3) }
`;

describe('time and memory of a run', { timeout: 120_000 }, () => {
  const cwd = newFolder('device');
  vi.stubEnv('CLIPX_DEVICES', join(cwd, 'devices'));
  writeFileSync(join(cwd, 'clipx.json'), '{}');
  writeFileSync(join(cwd, 'small.clipx'), experiment);
  const sample = { x: Array.from({ length: 256 }, (_, at) => Math.sin(at)) };
  writeFileSync(join(cwd, 'seen.jsonl'), Array.from({ length: 128 }, () => JSON.stringify(sample)).join('\n'));
  const engine = ['--backend', 'onnxruntime-node', '--threads', '2'];
  const plan = async (...more: string[]): Promise<Plan> => {
    const { stdout, stderr } = await clipx(['plan', 'small.clipx', ...engine, ...more, '--json'], { cwd });
    expect(stderr).not.toContain('error');
    return expectSchema(stdout, 'plan') as Plan;
  };

  it('are not told of an engine that was never measured; how to measure it is', async () => {
    expect((await plan()).estimate).toBeNull();
    expect((await clipx(['plan', 'small.clipx', ...engine], { cwd })).stdout).toContain('`clipx doctor --measure`');
    const refused = await clipx(['plan', 'small.clipx', ...engine, '--memory', '2GiB'], { cwd });
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('`clipx doctor --measure`')]);
  });

  it('are told once it was measured, and compared with the run that was', async () => {
    const measured = await clipx(['doctor', '--measure', ...engine, '--json'], { cwd });
    const { rates, idleBytes } = expectSchema(measured.stdout, 'device') as DeviceProfile;
    expect(rates.perProductFlop).toBeGreaterThan(0);
    expect(idleBytes).toBeGreaterThan(20 * 2 ** 20);
    const { estimate } = await plan();
    expect(estimate?.engine).toMatch(/^onnxruntime-node .* 2 threads$/);
    expect(estimate?.seconds).toBeGreaterThan(0);
    expect((await plan()).measured).toBeNull();
    expect((await clipx(['run', 'small.clipx', ...engine, '--progress', 'none'], { cwd })).code).toBe(0);
    expect((await plan()).measured?.bytes).toBeGreaterThan(20 * 2 ** 20);
    expect((await clipx(['plan', 'small.clipx', ...engine], { cwd })).stdout).toMatch(
      /\nmeasured in .*: .* \(estimate /,
    );
  });

  it('decide the largest batch, which one sample more does not fit', async () => {
    const { largestBatch } = await plan('--memory', '1GiB');
    const batch = largestBatch?.batch ?? 0;
    expect(batch).toBeGreaterThan(64);
    expect(largestBatch?.bytes).toBeLessThanOrEqual(2 ** 30);
    const bytesOf = async (size: number): Promise<number> => {
      writeFileSync(join(cwd, 'small.clipx'), experiment.replace('batch: 64', `batch: ${size}`));
      return (await plan()).estimate?.memory.bytes ?? 0;
    };
    expect(await bytesOf(batch)).toBe(largestBatch?.bytes);
    expect(await bytesOf(batch + 8)).toBeGreaterThan(2 ** 30);
    const none = await clipx(['plan', 'small.clipx', ...engine, '--memory', '1MiB'], { cwd });
    expect(none.stdout).toContain('no batch fits into 1.0 MiB');
    const wrong = await clipx(['plan', 'small.clipx', ...engine, '--memory', 'much'], { cwd });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('expected an amount of memory: 12GiB')]);
  });
});
