/**
 * Property tests draw the same cases everywhere, so that a failure is a change's and not the day's. `CLIPX_SEED=random` draws others:
 * what it finds is mended and kept as a case of its own.
 */
import fc from 'fast-check';

const chosen = process.env['CLIPX_SEED'] ?? '20261122';
if (chosen !== 'random') fc.configureGlobal({ seed: Number(chosen) });
