/** What must hold of every text, whatever stands in it: the front end as `parse`, `fmt`, `check` and `diff` use it. */
import process from 'node:process';
import { compareExperiments } from '../../src/compiler/compare/changes.ts';
import { renderDiffText } from '../../src/compiler/compare/render-diff.ts';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import type { Diagnostic } from '../../src/compiler/diagnostics/diagnostic.ts';
import { renderText } from '../../src/compiler/diagnostics/render-text.ts';
import { parse } from '../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../src/compiler/source/source-file.ts';
import { print } from '../../src/compiler/syntax/print.ts';
import { repositoryHost } from '../support/repository-host.ts';

export interface Exercised {
  /** What does not hold, if anything: the law, then where. Equal faults have equal first lines. */
  readonly fault?: string;
  /** The slowest of the passes, in ms of the processor: others may be using the machine. */
  readonly slowest: number;
  readonly pass: string;
}

/** Most diagnostics that a file is told; a limit of the pipeline. */
const mostTold = 201;

/** Runs all passes over a text. Never throws. */
export function exercise(text: string): Exercised {
  let slowest = 0;
  let slow = 'parse';
  let pass = 'parse';
  const timed = <Result>(name: string, work: () => Result): Result => {
    pass = name;
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took > slowest) [slowest, slow] = [took, name];
    return result;
  };
  try {
    const source = sourceFile('fuzz.clipx', text);
    const { file, diagnostics } = timed('parse', () => parse(source));
    const legal = diagnostics.every(({ code, severity }) => severity !== 'error' || code === 'CX1014');
    let fault = faultOf(diagnostics, source.text.length);
    // formatting: what could be read can be written and read again, and twice is as once
    if (fault === undefined && legal) {
      const printed = timed('fmt', () => print(file));
      const again = parse(sourceFile('fuzz.clipx', printed));
      if (again.diagnostics.some(({ code, severity }) => severity === 'error' && code !== 'CX1014')) fault = 'fmt: what is printed does not parse';
      else if (print(again.file) !== printed) fault = 'fmt: twice is not as once';
    } // prettier-ignore
    const request = { path: 'fuzz.clipx', text, host: repositoryHost };
    const compiled: Compilation = timed('check', () => compile({ ...request, until: 'check' }));
    fault ??= faultOf(compiled.diagnostics, source.text.length);
    timed('render', () => renderText(compiled.diagnostics.slice(0, 20), compiled.graph.sources, { color: false }));
    if (compiled.diagnostics.length > mostTold) fault ??= 'check: more is told than anybody reads';
    if (compiled.checked !== undefined && compiled.diagnostics.every(({ severity }) => severity !== 'error')) {
      const { checked, program, graph } = timed('compile', () => compile({ ...request, unbuilt: 'stand-in' }));
      if (checked !== undefined && program !== undefined) {
        const side = { checked, program, graph };
        const comparison = timed('diff', () => compareExperiments(side, side));
        renderDiffText(comparison, { base: 'a', head: 'b' }, { all: true });
        if (Object.values(comparison.counts).some((count) => count > 0)) fault ??= 'diff: a file differs from itself';
      }
    }
    return { slowest, pass: slow, ...(fault !== undefined && { fault }) };
  } catch (error) {
    const place = error instanceof Error ? (error.stack ?? '').split('\n').find((line) => /src\/|grammar\//.test(line)) : '';
    const said = error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : String(error);
    return { slowest, pass: slow, fault: `${pass}: throws at ${place?.replace(/^.*\/((?:src|grammar)\/.*?):\d+\)?$/, '$1').trim() ?? ''}\n${said}` };
  } // prettier-ignore
}

function faultOf(diagnostics: readonly Diagnostic[], length: number): string | undefined {
  for (const { code, message, label, span } of diagnostics) {
    if (code.startsWith('CX9')) return `an internal error\n${message}`;
    if (/NaN|undefined|\[object/.test(`${message} ${label ?? ''}`) && !/`[^`]*(?:NaN|undefined)[^`]*`/.test(message))
      return `a message with a hole\n${message}`;
    if (span === undefined || span.file !== 'fuzz.clipx') continue;
    if (span.start < 0 || span.end < span.start || span.end > length) return `${code}: a span outside of the file`;
  }
  return undefined;
}
