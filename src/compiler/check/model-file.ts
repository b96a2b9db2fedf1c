import type { EncoderConfig } from '../types/model-config.ts';
import { modelConfigFault } from '../types/model-config-fault.ts';
import type { Span } from '../source/span.ts';
import type { Checker } from './checker.ts';

/** The sizes that `config.json` of a weights folder states. No weights are read: `check` works where they are absent. */
export function readModelConfig(checker: Checker, folder: string, span: Span): EncoderConfig | undefined {
  const path = `${folder}/config.json`;
  const text = checker.host.readText(path);
  if (text === undefined) {
    return checker.report.error('CX5007', span, `there is no model in \`${folder}\``, {
      fault: 'world',
      expected: `a file \`${path}\` that states the sizes`,
      help: 'paths are relative to the project, the nearest folder upward with a `clipx.json`',
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return checker.report.error('CX5007', span, `\`${path}\` is no JSON`, {
      fault: 'world',
      found: error instanceof Error ? error.message : '',
    });
  }
  const fault = modelConfigFault(parsed);
  if (fault !== undefined) {
    return checker.report.error('CX5007', span, `\`${path}\` does not describe a model clipx knows`, {
      fault: 'world',
      found: fault,
    });
  }
  return parsed as EncoderConfig; // the fault check above is its proof
}
