import process from 'node:process';
import { BackendError } from '../backends/backend-error.ts';
import type { EngineCheck, EngineRecipe } from './recipe.ts';
import { runProcess } from './run-process.ts';

/**
 * Opens an engine in a process of its own, because one that crashes or stays open must not be ours, and has it compute what has a known
 * answer. Throws BackendError `check-failed` with the reason.
 */
export async function tryEngine(
  recipe: Pick<EngineRecipe, 'check' | 'package'>,
  folder: string,
  signal?: AbortSignal,
): Promise<EngineCheck> {
  const { code, output, errors } = await runProcess({
    command: process.execPath,
    words: ['-e', recipe.check],
    cwd: folder,
    signal,
  });
  if (code === 0) {
    const answer: unknown = parseJson(output);
    if (isCheck(answer)) return answer;
  }
  const reason =
    errors.split('\n').find((line) => /^(?:\w*Error\b|.*\berror:)/.test(line)) ??
    (code === null ? 'its process was ended by a signal' : `node ended with ${code}`);
  throw new BackendError('check-failed', 'world', `${recipe.package.name} does not work here: ${reason}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCheck(answer: unknown): answer is EngineCheck {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'version' in answer &&
    typeof answer.version === 'string' &&
    'device' in answer &&
    'checks' in answer &&
    Array.isArray(answer.checks)
  );
}
