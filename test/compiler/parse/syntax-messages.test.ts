import { describe, expect, it } from 'vitest';
import { codeEntry } from '../../../src/compiler/diagnostics/codes.ts';
import { renderText } from '../../../src/compiler/diagnostics/render-text.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { positionAt, sourceFile } from '../../../src/compiler/source/source-file.ts';

/** `line:column code message [help]` of every fault. */
function faults(text: string): string[] {
  const source = sourceFile('test.clipx', text);
  return parse(source).diagnostics.map(({ code, message, span, help }) => {
    const { line, column } = positionAt(source.text, span?.start ?? 0);
    return `${line}:${column} ${code} ${message}${help === undefined ? '' : ` [${help}]`}`;
  });
}

describe('what the user reads', () => {
  it.each([
    ['let b = f(x y)', '1:13 CX1001 expected `,` or `)`, found `y`'],
    ['let b = [1 2]', '1:12 CX1001 expected `,` or `]`, found `2`'],
    ['train on d { epochs 10 }', '1:21 CX1001 expected `:`, found `10`'],
    ['train on d { lr = 3 }', '1:17 CX1001 expected `:`, found `=` [a field is written `name: value`]'],
    ['let a = f(x = 1)', '1:13 CX1001 expected `,` or `)`, found `=` [an argument is labelled with `:`; equality is `==`]'],
    ['let a =', '1:8 CX1001 expected a value, found the end of the statement'],
    ['let a = 1 + * 2', '1:13 CX1001 expected a value, found `*`'],
    ['let a = 2 ** 3', '1:12 CX1001 expected a value, found `*` [a power is written `^`]'],
    ['let a = b // c', '1:12 CX1001 expected a value, found `/` [a comment starts with `#`]'],
    ['let a = 0..10 step 2', '1:20 CX1001 expected an operator or the next statement, found `2` [the step of a range is written `by`: `0..10 by 2`]'],
    ['let p = x |> f + 1', '1:16 CX1001 expected an operator or the next statement, found `+` [after `|>` comes one call or name; put the pipeline in parentheses: `(x |> f) + 1`]'],
    ['let q = 1.', '1:9 CX1004 `1.` is no number [a number has digits on both sides of its point: `1.0`]'],
    ['let q = .5', '1:9 CX1004 `.5` is no number [a number has digits on both sides of its point: `0.5`]'],
    ['lost L = 3', '1:1 CX1015 `lost` begins no statement [did you mean `loss`?]'],
    ['import "x"', '1:1 CX1015 `import` begins no statement [did you mean `use`?]'],
    ['xyzzy', '1:1 CX1015 `xyzzy` begins no statement [every statement starts with a keyword; a calculation is written `let name = …`]'],
    ['loss = 4', '1:1 CX1015 `loss` at the start of a statement is followed by a name [write `loss name …`; to use a value called `loss`, give it a statement: `let x = loss`]'],
    ['let of = 3', '1:5 CX1011 `of` is reserved and can not be a name [choose another name]'],
    ['const let = 3', '1:7 CX1011 `let` is reserved and can not be a name [choose another name]'],
    ['let evaluate = 1', '1:5 CX1011 `evaluate` is reserved and can not be a name [choose another name]'],
    ['let s = "abc', '1:9 CX1003 this string is not closed [close the string on its line; a quote inside a string is written `\\"`]'],
    ["let 'x' = 3", "1:5 CX1002 `'` has no meaning in clipx [strings are written `\"…\"`]"],
    ['let x = a && b', '1:11 CX1002 `&` has no meaning in clipx [“and” is written `and`]'],
    ['let x = 3;', '1:10 CX1002 `;` has no meaning in clipx [statements need no `;`: each starts with a keyword]'],
    ['let x =\u00A03', '1:8 CX1002 U+00A0 has no meaning in clipx [this is a no-break space; write a plain one]'],
    ['expect a > b\n}', '2:1 CX1007 `}` closes nothing [remove it, or add the bracket that opens what it should close]'],
    ['let x = (1 + 2', '1:9 CX1006 `(` is never closed [add `)` after `2`]'],
    ['let x = a + b as c', '1:9 CX1014 `as` stands after a value that makes no axis [put `as` right after the call or index that makes the axis: `a + (b[batch as other])`, `(top(3, s, over: k) as rank) + 1`]'],
    ['module m(n) {\n  module x = f()\n}', '2:3 CX1001 expected `layer`, `param`, `axis`, `let`, `fn`, `const` or an equation such as `forward(x) = …`, found `module` [inside a module its parts are written `layer name = …`]'],
    ['ablate a { "r": let x = 1 }', '1:17 CX1001 expected `path = value` or `{`, found `let` [declarations of a row stand in braces: `"name": { let x = … }`]'],
    ['fn f(x) { let y = x }', '1:21 CX1001 expected `let` or `return`, found `}` [a braced body ends with `return value`]'],
    ['evaluate on d { metric = 3 }', '1:24 CX1001 expected a name after `metric`, found `=` [write `metric name = …`]'],
    ['evaluate on d { error = 3 }', '1:23 CX1001 expected `:` after `error`, found `=` [a field is written `name: value`, a metric `metric name = …`]'],
    ['vocabulary v: ["a"]', '1:13 CX1001 expected `{`, `=` or `from`, found `:`'],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual([expected]);
  }); // prettier-ignore
});

describe('recovery', () => {
  it('reports every independent fault, each at its own place', () => {
    const text = [
      'clipx 1',
      'let a = f(x y)',
      'let good = 1',
      'loss L = = 3',
      'train on d {',
      '  epochs 10',
      '  batch: 8',
      '  lr = 3',
      '}',
      'stage s {',
      '  let b = (1 + )',
      '  minimize L',
      '  evaluate on d { metric = 3 }',
      '}',
      'ablate t {',
      '  "one": x = 1',
      '  "two": y',
      '  "three" z = 1',
      '}',
      'seeds 1..3',
    ].join('\n');
    expect(faults(text).map((fault) => fault.split(' ')[0])).toEqual([
      '2:13', '4:10', '6:10', '8:6', '11:16', '13:26', '17:11', '18:11',
    ]); // prettier-ignore
  });

  it('keeps the statements and the items of blocks that are right', () => {
    const { file } = parse(
      sourceFile(
        'test.clipx',
        'let a = 1\nlet b = = 2\nstage s {\n  let c = 3\n  let d = = 4\n  let e = 5\n}\nlet f = 6',
      ),
    );
    expect(file.statements.map((statement) => statement.kind)).toEqual(['let', 'stage', 'let']);
    const stage = file.statements[1];
    expect(stage?.kind === 'stage' && stage.statements.length).toBe(2);
  });

  it.each([
    ['a block', 'train on d {\n  epochs: 1\n\nlet x = 3\nloss L = x\nseeds 1..3', '1:12'],
    [
      'a block in a block',
      'stage s {\n  train on d {\n    epochs: 1\n  evaluate on d { metric m = 1 }\n}\nlet x = 3',
      '2:14',
    ],
    ['the inner of two closers', 'stage s {\n  train on d {\n    epochs: 1\n}\nlet x = 3', '2:14'],
    ['a row', 'ablate a {\n  "x": {\n    let y = 3\n  "z": w = 1\n}\nlet x = 3', '2:8'],
    ['the last block', 'let x = 3\nevaluate on d {\n  metric m = 1\n', '2:15'],
    ['a call', 'let f = E(face\nlet g = 3\nstage s {\n  let x = 1\n}', '1:10'],
    ['an index', 'stage s {\n  let f = x[batch\n  let g = 3\n}', '2:12'],
    ['a body', 'fn f(x) {\n  let y = x\n  return y\n\nfn g(x) = x', '1:9'],
  ])('makes one error of a missing closer of %s', (_, text, place) => {
    const found = faults(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${place} CX1006`));
  });

  it('offers the missing closer as a fix that repairs the file', () => {
    for (const text of ['train on d {\n  epochs: 1\n\nlet x = 3\n', 'let f = E(face\nlet g = 3\n', 'let s = "abc\n']) {
      const { diagnostics } = parse(sourceFile('test.clipx', text));
      const fix = diagnostics[0]?.fix;
      expect(fix).toBeDefined();
      if (fix === undefined) continue;
      const repaired = text.slice(0, fix.span.start) + fix.replacement + text.slice(fix.span.end);
      expect(parse(sourceFile('test.clipx', repaired)).diagnostics).toEqual([]);
    }
  });

  it('does not look at columns in a file without indentation', () => {
    expect(faults('stage s {\nlet a = 1\nlet b = 2\n}\nlet c = = 3').map((fault) => fault.split(' ')[0])).toEqual([
      '5:9',
    ]);
  });
});

it('draws a file of faults as people read it (`vitest -u` writes the picture)', async () => {
  const text = `clipx 1
let a = (1 +
let b = f(x y)
lost L = 3
stage s {
\ttrain on d {
\t\tepochs 10
\t\tbatch:
\t}
}
let 名前 = f("日本", g h)
let e = "never closed
let x = a + b as c
evaluate on d {
  metric m = 3
let k = 0..10 step 2
`;
  const source = sourceFile('experiments/faulty.clipx', text);
  const { diagnostics } = parse(source);
  await expect(renderText(diagnostics, new Map([[source.path, source]]), { color: false })).toMatchFileSnapshot(
    '../../fixtures/syntax/faulty.txt',
  );
});

it('only uses codes that the table explains', () => {
  const text = 'let a = (\nlet b = 1.\nlet let = 3\nlost x\nlet s = "\\q\nlet x = a+b as c\n}\nlet y = @\n# \u202e\n';
  const { diagnostics } = parse(sourceFile('test.clipx', text));
  expect(diagnostics.length).toBeGreaterThan(6);
  for (const { code } of diagnostics) expect(codeEntry(code), code).toBeDefined();
});
