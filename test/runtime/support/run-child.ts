/** A process of its own that runs the request in the file it is given: for tests that kill it or starve it. */
import { readFileSync } from 'node:fs';
import { runProgram } from '../../../src/runtime/run.ts';
import type { RunRequest } from '../../../src/runtime/run.ts';

const request = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as RunRequest;
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const outcome = await runProgram(request, () => undefined, { signal: controller.signal });
process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.exitCode = outcome.exitStatus;
