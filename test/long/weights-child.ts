/** Started by `weights-memory.test.ts`: what a process takes at its peak while it reads (and keeps) or converts a file of weights. */
import { readFileSync } from 'node:fs';
import { openWeights } from '../../src/runtime/weights/formats/open-weights.ts';
import { convertWeights } from '../../src/runtime/weights/convert-weights.ts';

const [what = '', path = '', to = ''] = process.argv.slice(2);
/** Of this program alone: what `getrusage` says begins with the process that started it. */
const peak = (): number => 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

const before = process.memoryUsage().rss;
let kept = 0;
const file = openWeights(path);
if (what === 'read') {
  const tensors = file.names.map((name) => file.read(name).data);
  kept = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
} else convertWeights(file, to, { dtype: 'F16' });
file.close();
process.stdout.write(JSON.stringify({ kept, taken: peak() - before }));
