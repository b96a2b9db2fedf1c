/** Settings that the trainer of the PyTorch package does not have: refused where they stand, never left out. */
import type { CheckedExperiment } from '../check/checked.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Program } from '../program/program.ts';
import type { Span } from '../source/span.ts';
import { unsupportedData } from './unsupported-data.ts';

export function reportUnsupportedSettings(checked: CheckedExperiment, program: Program, report: Reporter): void {
  for (const what of unsupportedData(program))
    report.error('CX0001', start(checked), `${what} is not written for PyTorch yet`, {
      help: 'the other engines run it: `clipx run`; grammar/README.md says what the PyTorch target takes',
    });
}

const start = ({ stages }: CheckedExperiment): Span => stages[0]?.span ?? { file: '', start: 0, end: 0 };
