import { compile } from '../../src/compiler/compile.ts';
import type { CheckedExperiment } from '../../src/compiler/check/checked.ts';
import { repository } from './fixtures.ts';

const before = `clipx 1
experiment t
input seen : image(32)
data d = shards("x.tar") { seen: "png" }
`;

const after = `minimize L
train on d { steps: 1  batch: 2  optimizer: adam(lr: 1e-4) }
`;

/** A file of these declarations, one of which is the loss `L`, checked. Throws with all messages where it has faults. */
export function checkedSource(declarations: string): CheckedExperiment {
  const text = `${before}${declarations}${after}`;
  const { checked, diagnostics } = compile({ path: 't.clipx', text, host: repository, until: 'check' });
  const faults = diagnostics.filter(({ severity, code }) => severity === 'error' && code !== 'CX4003');
  if (checked === undefined || faults.length > 0)
    throw new Error(faults.map(({ code, message }) => `${code}: ${message}`).join('\n') || 'not checked');
  return checked;
}
