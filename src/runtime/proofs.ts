/** What a run proves of itself: frozen tensors stayed as they were, trainable ones moved, and every number was finite. */
import { invariant } from '../compiler/common/invariant.ts';
import type { ParameterTensor } from '../compiler/program/parameter.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { Session } from './backends/backend.ts';
import { tensorDigest } from './digest.ts';
import { RunError } from './run-error.ts';

/** sha256 of the session's tensors of these names. */
export async function digestParameters(session: Session, names: Iterable<string>): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const name of names) digests.set(name, tensorDigest(await readParameter(session, name)));
  return digests;
}

/** Every tensor has the digest it began with, or RunError CX8231 names those that drifted. Gives their number. */
export async function verifyFrozen(session: Session, expected: ReadonlyMap<string, string>): Promise<number> {
  const now = await digestParameters(session, expected.keys());
  const drifted = [...expected].filter(([name, digest]) => now.get(name) !== digest).map(([name]) => name);
  if (drifted.length > 0) {
    throw new RunError('proof', 'CX8231', `frozen and yet changed: ${listNames(drifted)}`, {
      help: 'this is a fault of the engine or of clipx; the numbers of this run do not count',
    });
  }
  return expected.size;
}

/** Names with a limit, in code marks. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => `\`${name}\``);
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}

export interface NonfiniteStep {
  readonly stage: Stage;
  /** 1-based. */
  readonly step: number;
  readonly terms: readonly { readonly name: string; readonly value: number }[];
  readonly total: number;
  /** Trainable tensors whose gradient is not finite. */
  readonly gradients: readonly string[];
}

/** Names the first term, then the first tensor: a parameter that already is not finite, else a gradient. */
export async function nonfiniteError(
  { stage, step, terms, total, gradients }: NonfiniteStep,
  session: Session,
  parameters: readonly ParameterTensor[],
): Promise<RunError> {
  const at = `in step ${step} of stage ${stage.name}`;
  const term = terms.find(({ value }) => !Number.isFinite(value));
  const parameter = await firstNonfinite(session, parameters);
  const [gradient] = gradients;
  const where =
    parameter !== undefined
      ? `parameter \`${parameter}\` already is not finite`
      : gradient !== undefined
        ? `the first gradient that is not finite is that of \`${gradient}\``
        : 'all parameters are finite';
  if (term !== undefined) {
    return new RunError('numerical', 'CX8221', `loss \`${term.name}\` is ${term.value} ${at}; ${where}`, {
      help: 'look for a division, a logarithm or a root of zero in its formula; or lower the learning rate',
    });
  }
  if (!Number.isFinite(total)) {
    return new RunError('numerical', 'CX8221', `the objective \`${stage.objective}\` is ${total} ${at}; ${where}`, {
      help: 'every term is finite: look at the weights',
    });
  }
  return new RunError(
    'numerical',
    'CX8222',
    `the gradient of \`${gradient}\` is not finite ${at}, while every loss is`,
    {
      help: 'a root or a norm has no gradient at zero: guard it with + ε, or use `angle`',
    },
  );
}

async function firstNonfinite(session: Session, parameters: readonly ParameterTensor[]): Promise<string | undefined> {
  for (const { name } of parameters) {
    if (!(await readParameter(session, name)).every(Number.isFinite)) return name;
  }
  return undefined;
}

/** One at a time: a copy of a large tower as a whole would double its memory. */
async function readParameter(session: Session, name: string): Promise<Float32Array> {
  const value = (await session.readParameters([name])).get(name);
  invariant(value, `the session has no ${name}`);
  return value;
}
