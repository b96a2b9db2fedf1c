/**
 * `npm run fuzz [-- --minutes 10] [--seed 7]`: texts by the grammar and by bytes through parse, fmt, check and diff. No crash, no hang (a
 * second for 100 kB), no more than 1 GiB; what fails is made small and written to test/fuzz/corpus, which `npm test` runs.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Exercised } from './exercise.ts';
import { caseOf } from './generate.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes ?? 1);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000);
const memory = 1024;
/** Of the processor, for one pass over a text of at most 100 kB, in ms. */
const allowed = 1000;
/** Of the processor, then of the clock: where others are using the machine, waiting is no hang. */
const patience = 20_000;
const longest = 600_000;

let worker: Worker | undefined;

async function ready(): Promise<Worker> {
  if (worker !== undefined) return worker;
  // a thread of Node 20 does not take over the loader of TypeScript
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(new URL('worker.ts', import.meta.url).href)}); });`; // prettier-ignore
  const started = new Worker(start, { eval: true, resourceLimits: { maxOldGenerationSizeMb: memory } });
  await new Promise<void>((resolve, reject) => {
    started.once('message', () => resolve());
    started.once('error', reject);
  });
  return (worker = started);
}

/** What comes of a text: also that it hangs, or takes the memory. */
async function tried(text: string): Promise<Exercised> {
  const running = await ready();
  const [before, since] = [process.cpuUsage(), Date.now()];
  return new Promise((resolve) => {
    const end = (result: Exercised): void => {
      clearInterval(timer);
      running.off('message', end).off('error', fell);
      resolve(result);
    };
    const lost = (fault: string): void => {
      worker = undefined;
      end({ fault, slowest: patience, pass: '' });
      void running.terminate();
    };
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > patience || Date.now() - since > longest) lost('hangs');
    }, 500);
    const fell = (error: Error): void => lost(`falls\n${error.message}`);
    running.on('message', end).on('error', fell);
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    running.postMessage(text);
  });
}

/** The fault of a text, slowness included: slow is what is slow three times. */
async function faultOf(text: string): Promise<string | undefined> {
  let slowest = Number.POSITIVE_INFINITY;
  let pass = '';
  for (let round = 0; round < 3; round++) {
    const result = await tried(text);
    if (result.fault !== undefined) return result.fault;
    if (result.slowest < slowest) [slowest, pass] = [result.slowest, result.pass];
    if (slowest <= allowed) return undefined;
  }
  return `${pass}: slow\n${Math.round(slowest)} ms for ${text.length} characters`;
}

const lawOf = (fault: string | undefined): string | undefined => fault?.split('\n')[0];

/** Leaves out lines, then characters, as long as the same law is broken. */
async function minimised(text: string, fault: string): Promise<string> {
  const law = lawOf(fault);
  const until = Date.now() + 20_000;
  let best = text;
  for (const separator of ['\n', /(?<=\s|[(){}[\],])|(?=[(){}[\],])/, '']) {
    const joiner = separator === '\n' ? '\n' : '';
    let parts = best.split(separator);
    for (let size = Math.ceil(parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < parts.length && Date.now() < until;) {
        const less = [...parts.slice(0, at), ...parts.slice(at + size)];
        // a slow text gets faster as it gets shorter: only a crash is made as small as can be
        if (lawOf(await faultOf(less.join(joiner))) === law) parts = less;
        else at += size;
      }
    }
    best = parts.join(joiner);
    if (best.length > 20_000) break;
  }
  return best;
}

const found = new Map<string, string>();
const counts = new Map<string, number>();
const end = Date.now() + minutes * 60_000;
process.stdout.write(`seed ${seed}, ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}\n`);
let round = 0;
let slowest = { took: 0, pass: '', size: 0, round: 0 };
for (; Date.now() < end; round++) {
  const { kind, text } = caseOf(seed, round);
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const first = await tried(text);
  if (first.slowest > slowest.took) slowest = { took: first.slowest, pass: first.pass, size: text.length, round };
  const fault = first.fault ?? (first.slowest > allowed ? await faultOf(text) : undefined);
  if (fault === undefined) continue;
  const law = lawOf(fault) ?? '';
  if (found.has(law)) continue;
  found.set(law, fault);
  const small = await minimised(text, fault);
  const name = `${createHash('sha256').update(small).digest('hex').slice(0, 8)}.clipx`;
  writeFileSync(join(import.meta.dirname, 'corpus', name), small);
  process.stdout.write(`round ${round} (${kind}): ${fault}\n  test/fuzz/corpus/${name}, ${small.length} characters\n`);
}
const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
process.stdout.write(`${round} texts (${kinds}); slowest ${Math.round(slowest.took)} ms (${slowest.pass}, ${slowest.size} characters, round ${slowest.round})\n`); // prettier-ignore
process.stdout.write(found.size === 0 ? 'nothing found\n' : `${found.size} faults\n`);
process.exit(found.size === 0 ? 0 : 1);
