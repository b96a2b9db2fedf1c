import fc from 'fast-check';
import { graphemes } from '../../../src/compiler/diagnostics/display-width.ts';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/compiler/diagnostics/diagnostic.ts';
import { displayWidth, visible } from '../../../src/compiler/diagnostics/display-width.ts';
import { renderGithub } from '../../../src/compiler/diagnostics/render-github.ts';
import { jsonReport, renderJson } from '../../../src/compiler/diagnostics/render-json.ts';
import { renderText, summarise } from '../../../src/compiler/diagnostics/render-text.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { type SourceFile, sourceFile } from '../../../src/compiler/source/source-file.ts';
import type { Span } from '../../../src/compiler/source/span.ts';

/** A diagnostic on the part of `text` between `<|` and `|>`, its source without the marks. */
function at(marked: string, extra: Partial<Diagnostic> = {}): { diagnostic: Diagnostic; source: SourceFile } {
  const start = marked.indexOf('<|');
  const end = marked.indexOf('|>') - 2;
  const source = sourceFile('a.clipx', marked.replace('<|', '').replace('|>', ''));
  const span: Span = { file: 'a.clipx', start, end };
  return { diagnostic: { code: 'CX1001', severity: 'error', fault: 'user', message: 'wrong', span, ...extra }, source };
}

function draw(marked: string, extra: Partial<Diagnostic> = {}): string[] {
  const { diagnostic, source } = at(marked, extra);
  return renderText([diagnostic], new Map([[source.path, source]]), { color: false })
    .trimEnd()
    .split('\n');
}

describe('renderText', () => {
  it('draws the line with the place underlined and the label beside it', () => {
    expect(draw('let a = 1\nlet b = <|f(x)|> + 1', { label: 'here', help: 'do so' })).toEqual([
      'error[CX1001]: wrong',
      ' --> a.clipx:2:9',
      '  |',
      '2 | let b = f(x) + 1',
      '  |         ^^^^ here',
      '  |',
      '  = help: do so',
    ]);
  });

  it('puts the caret under the character whatever stands before it', () => {
    // What stands before the caret takes as many cells as what stands before the place.
    for (const before of ['\t', 'a\tb\t', '名前', 'ĝ = ', 'z\u0303', '👩‍👩‍👧 ', 'λ₁']) {
      const [, , , line = '', caret = ''] = draw(`${before}<|x|> y`);
      const shown = line.slice('1 | '.length);
      expect(displayWidth(shown.slice(0, shown.indexOf('x'))), before).toBe(caret.indexOf('^') - '1 | '.length);
    }
  });

  it('underlines a wide character by its width', () => {
    expect(draw('let <|名前|> = 1')[4]).toBe('  |     ^^^^');
  });

  it('marks an empty place by one caret', () => {
    expect(draw('let a =<||>')[4]).toBe('  |        ^');
  });

  it('draws the first and the last line of a place over several', () => {
    expect(draw('let a = <|f(\n  x,\n  y,\n  z\n)|>', { label: 'all this' })).toEqual([
      'error[CX1001]: wrong',
      ' --> a.clipx:1:9',
      '  |',
      '1 | let a = f(',
      '  |         ^^',
      '...',
      '5 | )',
      '  | ^ all this',
    ]);
  });

  it('draws related places, of the same file and of others', () => {
    const other = sourceFile('b.clipx', 'axis joint = 64');
    const { diagnostic, source } = at('axis joint = 512\n\n\n\nlet x = <|f + g|>', {
      related: [
        { span: { file: 'a.clipx', start: 5, end: 10 }, label: '512 here' },
        { span: { file: 'b.clipx', start: 5, end: 10 }, label: '64 there' },
      ],
    });
    const sources = new Map([source, other].map((file) => [file.path, file]));
    expect(renderText([diagnostic], sources, { color: false }).trimEnd().split('\n')).toEqual([
      'error[CX1001]: wrong',
      ' --> a.clipx:5:9',
      '  |',
      '1 | axis joint = 512',
      '  |      ----- 512 here',
      '...',
      '5 | let x = f + g',
      '  |         ^^^^^',
      ' ::: b.clipx:1:6',
      '  |',
      '1 | axis joint = 64',
      '  |      ----- 64 there',
    ]);
  });

  it('cuts a long line around the place', () => {
    const [, , , line = '', caret = ''] = draw(`let x = ${'a + '.repeat(3000)}<|here|> + ${'b + '.repeat(3000)}c`);
    expect(displayWidth(line)).toBeLessThan(130);
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('here');
    const near = draw(`let x = ${'a + '.repeat(40)}<|here|> + b`);
    expect((near[3] ?? '').slice((near[4] ?? '').indexOf('^'), (near[4] ?? '').lastIndexOf('^') + 1)).toBe('here');
  });

  it('lets no character of the file steer the terminal', () => {
    const text = draw('let x = "\u001B[31m\u202E<|y|>"', { message: 'bad \u001B[2J', found: '\u0007' }).join('\n');
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E]/);
    expect(text).toContain('<U+001B>');
    expect(visible('a\u2066b')).toBe('a<U+2066>b');
  });

  it('says expected and found where the message does not', () => {
    expect(draw('<|x|>', { expected: 'a name', found: '`x`', message: 'expected a name' }).slice(-1)).toEqual(['  = found: `x`']); // prettier-ignore
  });

  it('says a suggestion that the help does not', () => {
    expect(draw('<|x|>', { suggestion: 'loss' }).at(-1)).toBe('  = help: did you mean `loss`?');
    expect(draw('<|x|>', { suggestion: 'loss', help: 'write `loss`' }).filter((line) => line.includes('loss'))).toHaveLength(1); // prettier-ignore
  });

  it('does without a place and without the file', () => {
    const bare: Diagnostic = { code: 'CX8001', severity: 'warning', fault: 'world', message: 'no disk', help: 'free some' }; // prettier-ignore
    expect(renderText([bare], new Map(), { color: false })).toBe('warning[CX8001]: no disk\n  = help: free some\n');
    const away: Diagnostic = { ...bare, span: { file: 'gone.clipx', start: 3, end: 4 } };
    expect(renderText([away], new Map(), { color: false })).toContain(' --> gone.clipx\n');
  });

  it('colours only where colour is asked for', () => {
    const { diagnostic, source } = at('let <|x|> = 1');
    const sources = new Map([[source.path, source]]);
    const colored = renderText([diagnostic], sources, { color: true });
    expect(colored).toContain('\u001B[1;31m^\u001B[0m');
    // oxlint-disable-next-line no-control-regex -- the escape is what is taken out
    expect(colored.replace(/\u001B\[[\d;]*m/g, '')).toBe(renderText([diagnostic], sources, { color: false }));
  });

  it('draws a place past the end of the text at its end', () => {
    expect(draw('ab<||>', { span: { file: 'a.clipx', start: 90, end: 99 } })).toHaveLength(5);
  });
});

/** The summary of one diagnostic for each severity. */
function summaryOf(...severities: Diagnostic['severity'][]): string {
  return summarise(severities.map((severity) => ({ code: 'CX1001', severity, fault: 'user', message: 'm' })));
}

describe('summarise', () => {
  it('counts by severity', () => {
    expect(summaryOf()).toBe('');
    expect(summaryOf('error')).toBe('1 error');
    expect(summaryOf('error', 'error', 'warning')).toBe('2 errors and 1 warning');
    expect(summaryOf('note', 'error', 'warning')).toBe('1 error, 1 warning and 1 note');
  });
});

describe('renderJson', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../../schemas/diagnostics.json', import.meta.url), 'utf8'),
  ) as object;
  const validate = new Ajv({ allErrors: true, strict: true }).compile(schema); // prettier-ignore

  it('keeps to its schema for every fault of the faulty corpus and of its own', () => {
    const texts = ['let a = (1 +\nlet b = f(x y)\nlost L = 3\nlet s = "abc\n# \u202e', 'let q = 1.\n}', ''];
    for (const text of texts) {
      const source = sourceFile('a.clipx', text);
      const { diagnostics } = parse(source);
      for (const sources of [new Map([[source.path, source]]), new Map<string, SourceFile>()]) {
        const report: unknown = JSON.parse(renderJson(diagnostics, sources));
        expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      }
    }
  });

  it('is refused by the schema when a key is wrong', () => {
    const { diagnostic, source } = at('let <|x|> = 1');
    const report = jsonReport([diagnostic], new Map([[source.path, source]]));
    expect(validate(report)).toBe(true);
    expect(validate({ ...report, extra: 1 })).toBe(false);
    expect(validate({ ...report, diagnostics: [{ ...report.diagnostics[0], code: 'X1' }] })).toBe(false);
  });

  it('counts lines and columns from 1 and offsets from 0', () => {
    const { diagnostic, source } = at('let a = 1\nlet <|bc|> = 2');
    const [only] = jsonReport([diagnostic], new Map([[source.path, source]])).diagnostics;
    expect(only?.place).toEqual({
      file: 'a.clipx',
      start: { line: 2, column: 5, offset: 14 },
      end: { line: 2, column: 7, offset: 16 },
    });
  });
});

describe('renderGithub', () => {
  it('writes one escaped workflow command a diagnostic', () => {
    const { diagnostic, source } = at('let <|x|> = 1', {
      message: '50 % of: a, b',
      help: 'line\nbreak',
      severity: 'note',
    });
    expect(renderGithub([diagnostic], new Map([[source.path, source]]))).toBe(
      '::notice file=a.clipx,line=1,endLine=1,col=5,endColumn=6,title=CX1001::50 %25 of: a, b%0Ahelp: line%0Abreak\n',
    );
    expect(renderGithub([{ ...diagnostic, span: { file: 'x,y:z', start: 0, end: 1 } }], new Map())).toContain(
      '::notice file=x%2Cy%3Az,title=CX1001::',
    );
  });
});

describe('graphemes', () => {
  const whole = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const letters = ['a', '“', '\u0302', '日', '👩', '\u200D', '\uFE0F', '\u20E3', ' ', 'é', '\u{1F1E9}', '1'];

  it('are those of the whole text, though it is cut into runs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        expect(graphemes(text)).toEqual(Array.from(whole.segment(text), ({ segment }) => segment));
      }),
    );
  });
});
