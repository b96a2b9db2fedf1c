import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { positionAt, sourceFile } from '../../../src/compiler/source/source-file.ts';
import type { Expression, Statement } from '../../../src/compiler/syntax/ast.ts';
import { visit } from '../../../src/compiler/syntax/visit.ts';

const valid = new URL('../../fixtures/syntax/valid/', import.meta.url);
const outdated = new URL('../../fixtures/syntax/outdated/', import.meta.url);

function read(text: string): { statements: readonly Statement[]; faults: string[] } {
  const source = sourceFile('test.clipx', text);
  const { file, diagnostics } = parse(source);
  const faults = diagnostics.map(({ code, message, span }) => {
    const { line, column } = positionAt(source.text, span?.start ?? 0);
    return `${line}:${column} ${code} ${message}`;
  });
  return { statements: file.statements, faults };
}

function faults(text: string): string[] {
  return read(text).faults;
}

/** The shape of an expression in prefix form. */
function shape(node: Expression): string {
  switch (node.kind) {
    case 'quantity':
      return node.text + (node.unit?.text ?? '');
    case 'extent':
      return node.sizes.join('x');
    case 'string':
      return node.raw;
    case 'reference':
      return node.name;
    case 'unary':
      return `(${node.operator} ${shape(node.operand)})`;
    case 'binary':
      return `(${node.operator} ${shape(node.left)} ${shape(node.right)})`;
    case 'comparison':
      return `(chain ${shape(node.first)}${node.rest.map((part) => ` ${part.operator} ${shape(part.operand)}`).join('')})`;
    case 'range':
      return `(.. ${[node.from, node.to, node.by].map((part) => (part === undefined ? '_' : shape(part))).join(' ')})`;
    case 'pipeline':
      return `(|> ${shape(node.value)} ${shape(node.step)})`;
    case 'in-unit':
      return `(in ${shape(node.value)} ${node.unit.text})`;
    case 'as-axes':
      return `(as ${shape(node.value)} ${node.axes.map((axis) => axis.text).join(',')})`;
    case 'with':
      return `(with ${shape(node.value)} ${node.path.head.text} ${shape(node.replacement)})`;
    case 'of-row':
      return `(of ${shape(node.value)} ${shape(node.row)})`;
    case 'on-data':
      return `(on ${shape(node.value)} ${node.data.text})`;
    case 'at-point':
      return `(at ${shape(node.value)} ${node.point.text}${node.equals === undefined ? '' : ` ${shape(node.equals)}`})`;
    case 'member':
      return `(. ${shape(node.object)} ${node.member.text})`;
    case 'call':
      return `(call ${[shape(node.callee), ...node.args.map((item) => shape(item.value))].join(' ')})`;
    case 'index':
      return `(index ${[shape(node.object), ...node.items.map((item) => shape(item.value))].join(' ')})`;
    case 'list':
      return `[${node.items.map((item) => shape(item.value)).join(' ')}]`;
    case 'tuple':
      return `(tuple ${node.items.map(shape).join(' ')})`;
    case 'map':
      return `{${node.fields.map((field) => shape(field.value)).join(' ')}}`;
    case 'from-source':
      return `(from ${shape(node.source)})`;
    case 'best-of':
      return `(best ${node.direction} ${node.metric.map((part) => part.text).join('.')}${node.data === undefined ? '' : ` ${node.data.text}`})`;
    case 'first-part':
      return `(first ${shape(node.amount)})`;
    case 'unfold':
      return `(unfold ${node.source.raw})`;
    case 'qualified':
      return `(${node.tail} ${shape(node.value)} ${shape(node.argument)})`;
    default:
      node satisfies never;
      return '';
  }
}

function shapeOf(text: string): string {
  const { statements, faults: found } = read(`let x = ${text}`);
  expect(found, text).toEqual([]);
  expect(statements).toHaveLength(1);
  const [statement] = statements;
  return statement?.kind === 'let' ? shape(statement.value) : '';
}

function claimOf(text: string): string {
  const [statement] = read(`expect ${text}`).statements;
  return statement?.kind === 'expect' ? shape(statement.value) : '';
}

describe('the precedence of operators', () => {
  it.each([
    ['a + b * c ^ d', '(+ a (* b (^ c d)))'],
    ['a - b - c', '(- (- a b) c)'],
    ['a / b * c', '(* (/ a b) c)'],
    ['a ^ b ^ c', '(^ a (^ b c))'],
    ['-a ^ 2', '(- (^ a 2))'],
    ['2 ^ -a * b', '(* (^ 2 (- a)) b)'],
    ['-a * b', '(* (- a) b)'],
    ['a or b and c', '(or a (and b c))'],
    ['not a == b and c', '(and (not (== a b)) c)'],
    ['a + b < c * d', '(< (+ a b) (* c d))'],
    ['a < b <= c', '(chain a < b <= c)'],
    ['1..n + 1', '(.. 1 (+ n 1) _)'],
    ['-60..60', '(.. (- 60) 60 _)'],
    ['0..10 by 2', '(.. 0 10 2)'],
    ['a or b .. c', '(.. (or a b) c _)'],
    ['0..1 |> f', '(|> (.. 0 1 _) f)'],
    ['x |> f(1) |> g', '(|> (|> x (call f 1)) g)'],
    ['x |> f in deg', '(in (|> x f) deg)'],
    ['x in deg with y = 3 |> g', '(with (in x deg) y (|> 3 g))'],
    ['top(k) as rank', '(as (call top k) rank)'],
    ['w(x) as [hop, tap]', '(as (call w x) hop,tap)'],
    ['a.b(c)[d] of full', '(of (index (call (. a b) c) d) full)'],
    ['m on d + 1', '(+ (on m d) 1)'],
    ['from run("a")', '(from (call run "a"))'],
    ['(a + b) * c', '(* (+ a b) c)'],
    ['((a))', 'a'],
    ['(a, b)', '(tuple a b)'],
    ['max(m) + min(a, b)', '(+ (call max m) (call min a b))'],
    ['max', 'max'],
  ])('%s', (text, expected) => {
    expect(shapeOf(text)).toBe(expected);
  });
});

describe('quantities', () => {
  it.each([
    ['5 epochs', '5epochs'],
    ['10 %', '10%'],
    ['3d', '3d'],
    ['48 x 80', '48x80'],
    ['80 % / 20 %', '(/ 80% 20%)'],
  ])('%s', (text, expected) => {
    expect(shapeOf(text)).toBe(expected);
  });

  it('reads a unit word before `:` as the next name', () => {
    const { statements, faults: found } = read('train { epochs: 10 step: 3 m: 4 }');
    expect(found).toEqual([]);
    const [statement] = statements;
    const keys = statement?.kind === 'train' ? statement.fields.fields.map((field) => field.key) : [];
    expect(keys.map((key) => (key.kind === 'dotted-key' ? key.parts[0]?.text : ''))).toEqual(['epochs', 'step', 'm']);
  });

  it.each(['let x = 10 s(y)', 'let x = 3[1]', 'let x = 1.', 'let x = .5', 'let x = 3 d'])('refuses %s', (text) => {
    expect(faults(text)).toHaveLength(1);
  });
});

describe('words in two roles', () => {
  it.each([
    'data train = folder("x")',
    'train on train { over: layer in: 3 with: 4 as: 5 of: 6 from: 7 and: 8 let: 9 }',
    'let max = max(over, on) + step.of.as',
    'input x : optional',
    'evaluate { every: 1 epoch }',
    'evaluate on on d { every: 1 epoch }',
    'trainable encoder',
    'trainable encoder, module.x',
    'let x = at at at = 3',
    'let loss = loss loss L = loss',
    'minimize metric metric metric = 3',
    'let each = f(each: each for each in each)',
    'train on each { steps: 1 }',
    'train on each each { steps: 1 }',
    'sweep keep { x: 1 } keep max(m)',
  ])('%s', (text) => {
    expect(faults(text)).toEqual([]);
  });

  it('reads the `on` of `evaluate on` as the preposition', () => {
    expect(faults('evaluate on { every: 1 epoch }')).toEqual(['1:13 CX1001 expected a name, found `{`']);
  });

  it('reads `a..` only before a closer, a comma or `as`', () => {
    expect(shapeOf('x[k: 1..]')).toBe('(index x (.. 1 _ _))');
    expect(shapeOf('x[k: 1.. as j, l: 2]')).toBe('(index x (as (.. 1 _ _) j) 2)');
    expect(faults('seeds 1..\nexpect a < b')).toEqual(['1:10 CX1001 expected a value, found the end of the statement']);
  });
});

describe('choices that two readings share', () => {
  it('reads the metric to select by alike in both spellings', () => {
    for (const text of ['max(error on val)', 'max error on val']) {
      const [statement] = read(`train on d { best: ${text} }`).statements;
      const value = statement?.kind === 'train' ? statement.fields.fields[0]?.value : undefined;
      expect(value === undefined ? '' : shape(value)).toBe('(best max error val)');
    }
    for (const text of ['max(m)', 'max m']) {
      const [statement] = read(`sweep { x: [1] } keep ${text}`).statements;
      expect(statement?.kind === 'sweep' && statement.keep?.metric[0]?.text).toBe('m');
    }
  });

  it('takes a point at the end of a claim for both sides', () => {
    expect(claimOf('a > b at size = 5 %')).toBe('(at (> a b) size 5%)');
    expect(claimOf('(a > b) at size = 5 %')).toBe('(at (> a b) size 5%)');
    expect(claimOf('a at one > b at two')).toBe('(> (at a one) (at b two))');
    expect(claimOf('a < b < c at s')).toBe('(at (chain a < b < c) s)');
  });

  it('reads the tails of values', () => {
    const [statement] = read(
      'data d = f() { a: "png" unknown 255 b: unfold "p" c: first 50 % d: 3 keep best e: 5 of view f: m of full }',
    ).statements;
    const map = statement?.kind === 'data' ? statement.shape[0] : undefined;
    expect(map?.kind === 'map' ? map.fields.map((field) => shape(field.value)) : []).toEqual([
      '(unknown "png" 255)',
      '(unfold "p")',
      '(first 50%)',
      '(keep 3 best)',
      '(of 5 view)',
      '(of m full)',
    ]);
  });
});

describe('the fixtures', () => {
  it.each(readdirSync(valid))('%s parses without a fault', (name) => {
    expect(faults(readFileSync(new URL(name, valid), 'utf8'))).toEqual([]);
  });

  it('of edition 1 hold every kind of statement', () => {
    const { statements } = read(readFileSync(new URL('every-form.clipx', valid), 'utf8'));
    const kinds = new Set(statements.map((statement) => statement.kind));
    expect([...kinds].toSorted()).toEqual([
      'ablate', 'augment', 'axis', 'const', 'data', 'edition', 'encoder', 'evaluate', 'expect', 'experiment', 'extends',
      'figure', 'fn', 'input', 'let', 'loss', 'maximize', 'metric', 'minimize', 'module', 'module-definition', 'param', 'pipe',
      'prompt', 'remove', 'seeds', 'set', 'stage', 'state', 'sweep', 'tokenizer', 'train', 'use', 'vocabulary', 'weight', 'wrap',
    ]); // prettier-ignore
  });

  it.each(readdirSync(outdated))('%s, in an older spelling, gets faults with places and words', (name) => {
    const source = sourceFile(name, readFileSync(new URL(name, outdated), 'utf8'));
    const { diagnostics, file } = parse(source);
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(file.statements.length).toBeGreaterThan(10);
    for (const { span, message, code } of diagnostics) {
      expect(code).toMatch(/^CX1\d{3}$/);
      expect(message).not.toMatch(/undefined|NaN|Word_|token/i);
      expect(span?.start).toBeLessThanOrEqual(source.text.length);
    }
  });
});

describe('spans', () => {
  it('cover the text of each node, inside that of its parent', () => {
    const text = readFileSync(new URL('every-form.clipx', valid), 'utf8');
    const source = sourceFile('every-form.clipx', text);
    const { file } = parse(source);
    let seen = 0;
    visit(file, {
      reference: (node) => {
        seen += 1;
        expect(source.text.slice(node.span.start, node.span.end).replace(/^\(+|\)+$/g, '')).toBe(node.name);
      },
      name: (node) => {
        expect(source.text.slice(node.span.start, node.span.end)).toBe(node.text);
      },
      binary: (node, ancestors) => {
        const parent = ancestors.at(-1);
        expect(node.span.start).toBeGreaterThanOrEqual(parent?.span.start ?? 0);
        expect(node.span.end).toBeLessThanOrEqual(parent?.span.end ?? 0);
      },
      string: (node) => {
        expect(source.text.slice(node.span.start, node.span.end)).toBe(node.raw);
      },
    });
    expect(seen).toBeGreaterThan(100);
  });

  it('count in NFC text without a byte order mark', () => {
    const source = sourceFile('a.clipx', '\uFEFFlet g\u0302 = x');
    const [statement] = parse(source).file.statements;
    expect(source.text).toBe('let ĝ = x');
    expect(statement?.kind === 'let' && statement.value.span.start).toBe(8);
  });
});

describe('escapes in strings', () => {
  it('are resolved in the value and kept in the text', () => {
    const [statement] = read('extends "a\\"b\\\\c\\n\\t\\u{3C0}"').statements;
    expect(statement?.kind === 'extends' && statement.path.value).toBe('a"b\\c\n\tπ');
    expect(statement?.kind === 'extends' && statement.path.raw).toBe('"a\\"b\\\\c\\n\\t\\u{3C0}"');
  });

  it.each(['\\q', '\\u{110000}', '\\u{D800}', '\\u'])('%s is none', (escape) => {
    expect(faults(`extends "a${escape}"`)).toHaveLength(1);
    expect(faults(`extends "a${escape}"`)[0]).toContain('1:11 CX1005');
  });
});

describe('limits', () => {
  it('reports 10,000 nested parentheses, and does not crash', () => {
    const text = `let x = ${'('.repeat(10_000)}1${')'.repeat(10_000)}\nlet y = (`;
    const found = faults(text);
    expect(found[0]).toMatch(/^1:73 CX1009/);
    expect(found).toHaveLength(2);
  });

  it.each([
    ['unclosed parentheses', `let x = ${'('.repeat(10_000)}1`],
    ['brackets of all kinds', `let x = ${'[(f{a:'.repeat(3_000)}`],
    ['blocks', 'stage s {'.repeat(5_000)],
    ['from', `let x = ${'from '.repeat(10_000)}y`],
    ['minus', `let x = ${'-'.repeat(10_000)}y`],
    ['not', `let x = ${'not '.repeat(10_000)}y`],
    ['powers', `let x = a${' ^ a'.repeat(10_000)}`],
    ['sums', `let x = a${' + a'.repeat(10_000)}`],
    ['members', `let x = a${'.a'.repeat(10_000)}`],
    ['pipes', `let x = a${' |> a'.repeat(10_000)}`],
    ['with', `let x = a${' with b = a'.repeat(10_000)}`],
    ['nested sums', `let x = ${'('.repeat(60)}a${' + a'.repeat(300)}${`${' + a'.repeat(30)})`.repeat(60)}`],
  ])('reports endless %s', (_, text) => {
    const { faults: found, statements } = read(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.some((fault) => fault.includes('CX1009') || fault.includes('CX1006'))).toBe(true);
    for (const statement of statements) visit(statement, {});
  });

  it('allows 60 levels', () => {
    expect(faults(`let x = ${'('.repeat(60)}1${')'.repeat(60)}`)).toEqual([]);
    expect(faults(`let x = ${'f('.repeat(60)}1${')'.repeat(60)}`)).toEqual([]);
  });

  it('refuses a file past 1 MiB', () => {
    expect(faults(`# ${'x'.repeat(1024 * 1024)}`)).toEqual(['1:1 CX1010 the file holds 1.0 MiB of text']);
  });

  it('reports at most a hundred faults of a hostile file, quickly', () => {
    const start = performance.now();
    expect(faults('lett x = 3\n'.repeat(20_000)).length).toBeLessThanOrEqual(100);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('characters that deceive', () => {
  it.each([
    ['a string', 'let x = "a\u202Eb"', '1:11'],
    ['a comment', '# a\u2066b', '1:4'],
    ['code', 'let x = a\u200F', '1:10'],
  ])('are found in %s', (_, text, place) => {
    expect(faults(text)).toHaveLength(1);
    expect(faults(text)[0]).toContain(`${place} CX1008`);
  });

  it('include control characters', () => {
    expect(faults('let x = "a\u0007"')[0]).toContain('1:11 CX1016');
  });
});
