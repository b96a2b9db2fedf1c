import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { parsePromptText } from '../../../src/compiler/parse/prompt-text.ts';
import { sourceFile } from '../../../src/compiler/source/source-file.ts';

const before = 'let a = 1\nprompt p = ';

/** Texts as they are, slots as the source text that their expression covers; faults as `code "text at fault"`. */
function read(raw: string): { parts: string[]; faults: string[] } {
  const source = sourceFile('test.clipx', `${before}${raw}`);
  const statement = parse(source).file.statements[1];
  if (statement?.kind !== 'prompt' || statement.value.kind !== 'string') throw new Error(`no prompt: ${raw}`);
  const { parts, diagnostics } = parsePromptText(statement.value);
  return {
    parts: parts.map((part) => {
      if (part.kind === 'text') return part.text;
      const { span, kind } = part.expression;
      return `<${kind} ${source.text.slice(span.start, span.end)}>`;
    }),
    faults: diagnostics.map(({ code, span }) => `${code} ${source.text.slice(span?.start, span?.end)}`),
  };
}

describe('parsePromptText', () => {
  it.each([
    ['"a photo"', ['a photo']],
    ['""', []],
    ['"a {ctx + π} not {factor}."', ['a ', '<binary ctx + π>', ' not ', '<reference factor>', '.']],
    ['"{direction(yaw)} {round(abs(yaw))} degrees"', ['<call direction(yaw)>', ' ', '<call round(abs(yaw))>', ' degrees']],
    ['"{x[sign: pos].words}"', ['<member x[sign: pos].words>']],
    ['"{{not}} {{{yes}}}"', ['{not} {', '<reference yes>', '}']],
    ['"\\"{x}\\" \\u{3C0} {y}"', ['"', '<reference x>', '" π ', '<reference y>']],
    ['"{ x |> f }"', ['<pipeline x |> f>']],
  ])('%s', (raw, parts) => {
    expect(read(raw)).toEqual({ parts, faults: [] });
  }); // prettier-ignore

  it.each([
    ['"a } b"', ['CX1012 }']],
    ['"a { b"', ['CX1012 {']],
    ['"{}"', ['CX1013 {}']],
    ['"{  }"', ['CX1013 {  }']],
    ['"{a b}"', ['CX1001 b']],
    ['"{f(x} {y z}"', ['CX1001 ', 'CX1001 z']],
    ['"{\\"x\\"}"', ['CX1012 {\\"x\\"}']],
    ['"{a $ b}"', ['CX1002 $']],
    ['"{# x}"', ['CX1013 {# x}']],
    [`"{${'('.repeat(100)}x}"`, ['CX1009 (']],
    [`"{a${' + a'.repeat(1000)}}"`, [`CX1009 a${' + a'.repeat(1000)}`]],
    ['"{a + b as c}"', ['CX1014 a + b as c']],
  ])('%s is faulty, at that place', (raw, faults) => {
    expect(read(raw).faults).toEqual(faults);
  });

  it('speaks of the slot, not of a statement', () => {
    const literal = { kind: 'string', value: '', raw: '"{f(x}"', span: { file: 'a', start: 0, end: 7 } } as const;
    expect(parsePromptText(literal).diagnostics[0]?.message).toBe('expected `,` or `)`, found the end of the slot');
  });

  it('keeps the parts that are right beside one that is not', () => {
    expect(read('"{a} {b c} {d}"').parts).toEqual(['<reference a>', '  ', '<reference d>']);
  });
});
