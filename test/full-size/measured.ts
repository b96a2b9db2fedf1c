/** One command of clipx in a process of its own: what it printed, how long it took and how much memory. `node --import tsx measured.ts words…` */
import { main } from '../../src/cli/main.ts';
import { systemEnvironment } from '../../src/cli/system-environment.ts';

const start = performance.now();
process.exitCode = await main(process.argv.slice(2), systemEnvironment());
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stderr.write(`\n${JSON.stringify({ seconds: (performance.now() - start) / 1000, peakMiB })}\n`);
