import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/compiler/diagnostics/display-width.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { sourceFile } from '../../../src/compiler/source/source-file.ts';
import { print } from '../../../src/compiler/syntax/print.ts';
import { withoutPlaces } from '../../properties/syntax-arbitrary.ts';

const folders = ['valid', 'outdated'].map((name) => new URL(`../../fixtures/syntax/${name}/`, import.meta.url));
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => [name, new URL(name, folder)] as const));

function format(text: string): string {
  return print(parse(sourceFile('test.clipx', text)).file);
}

function formatLines(...lines: string[]): string[] {
  return format(lines.join('\n')).trimEnd().split('\n');
}

describe('the corpus', () => {
  it.each(files)('%s: formatting keeps the tree and the comments, and a second time changes nothing', (_, url) => {
    const before = parse(sourceFile('test.clipx', readFileSync(url, 'utf8'))).file;
    const once = print(before);
    const after = parse(sourceFile('test.clipx', once));
    expect(after.diagnostics.filter(({ code }) => code !== 'CX1014')).toEqual([]);
    expect(withoutPlaces(after.file)).toBe(withoutPlaces(before));
    expect(after.file.comments.map(({ text }) => text).toSorted()).toEqual(before.comments.map(({ text }) => text).toSorted());
    expect(print(after.file)).toBe(once);
  }); // prettier-ignore

  it.each(files)('%s: no code goes past column 120, no line ends in a blank, no two empty lines follow', (_, url) => {
    const text = print(parse(sourceFile('test.clipx', readFileSync(url, 'utf8'))).file);
    expect(text).not.toMatch(/[ \t]\n|\n\n\n|\t/);
    expect(text).toMatch(/[^\n]\n$/);
    for (const line of text.split('\n')) {
      // A string or a comment is not cut.
      if (!/["#]/.test(line)) expect(displayWidth(line), line).toBeLessThanOrEqual(120);
    }
  });

  it('of every form looks as it should (`vitest -u` writes it)', async () => {
    const text = readFileSync(new URL('every-form.clipx', folders[0]), 'utf8');
    await expect(format(text)).toMatchFileSnapshot('../../fixtures/syntax/every-form.formatted.txt');
  });
});

describe('lines', () => {
  it('aligns the signs of like statements that follow each other', () => {
    expect(
      formatLines(
        'input face: image(64)',
        'input id : id',
        'frozen encoder clip = clip("w")',
        'trainable module M = mlp(a -> b)',
        'let f = 1',
        'let f_ir = 2',
        '',
        'let g = 3',
      ),
    ).toEqual([
      'input face: image(64)',
      'input id  : id',
      'frozen    encoder clip = clip("w")',
      'trainable module  M    = mlp(a -> b)',
      'let f    = 1',
      'let f_ir = 2',
      '',
      'let g = 3',
    ]);
  });

  it('ends a run at an empty line and at a comment of its own', () => {
    expect(formatLines('let a = 1', '# why', 'let long = 2')).toEqual(['let a = 1', '# why', 'let long = 2']);
  });

  it('measures names by what they take on the screen', () => {
    expect(formatLines('let ĝ = 1', 'let 名前 = 2')).toEqual(['let ĝ    = 1', 'let 名前 = 2']);
  });

  it('keeps one empty line of several, and none at the ends of a block', () => {
    expect(formatLines('', '', 'let a = 1', '', '', '', 'let b = 2', 'stage s {', '', 'let c = 3', '', '}', '')).toEqual([
      'let a = 1', '', 'let b = 2', 'stage s {', '  let c = 3', '}',
    ]); // prettier-ignore
  });

  it('puts one statement on a line', () => {
    expect(formatLines('let a = 1 let b = 2 loss L = a')).toEqual(['let a = 1', 'let b = 2', 'loss L = a']);
  });

  it('prints nothing for an empty file', () => {
    expect(format('')).toBe('');
    expect(format('\n\n')).toBe('');
    expect(format('  # only\n')).toBe('# only\n');
  });
});

describe('comments', () => {
  it('stay where they stand: before, behind, at the head of a block, at its end', () => {
    const lines = [
      '# first',
      'let a = 1  # behind a',
      '',
      '# before b',
      'stage s {  # head',
      '  # before c',
      '  let c = 3     # behind c',
      '  train on d {  # head of train',
      '    epochs: 1  # behind epochs',
      '    # end of train',
      '  }  # behind train',
      '  # end of s',
      '}',
      'ablate t {',
      '  # before the row',
      '  "x": a = 1  # behind the row',
      '}',
      '# last',
    ];
    expect(formatLines(...lines)).toEqual(lines);
  });

  it('in a list or a call keep their place and break it', () => {
    expect(formatLines('let a = f(', '# one', '1, # two', '2', '# three', ')')).toEqual([
      'let a = f(', '  # one', '  1,  # two', '  2,', '  # three', ')',
    ]); // prettier-ignore
  });

  it('inside an expression move above the statement', () => {
    expect(formatLines('let a = 1 + # why', '  2')).toEqual(['# why', 'let a = 1 + 2']);
  });

  it('behind neighbouring lines stand in one column', () => {
    expect(formatLines('let a = 1 # one', 'let b = f(x) # two', 'let c = 3', 'let d = 4 # four')).toEqual([
      'let a = 1     # one', 'let b = f(x)  # two', 'let c = 3', 'let d = 4  # four',
    ]); // prettier-ignore
  });
});

describe('blocks and long lines', () => {
  it('keeps fields on one line or one a line, as the user chose', () => {
    expect(formatLines('train on d { epochs: 1 batch: 2 }', 'train on e {', 'epochs: 1, batch: 2 }')).toEqual([
      'train on d { epochs: 1, batch: 2 }', 'train on e {', '  epochs: 1', '  batch: 2', '}',
    ]); // prettier-ignore
  });

  it('breaks what does not fit, at the outermost place', () => {
    const name = 'a_rather_long_name_of_a_value';
    expect(formatLines(`let x = f(${Array.from({ length: 5 }, () => name).join(', ')})`)).toEqual([
      'let x = f(', ...Array.from({ length: 5 }, () => `  ${name},`), ')',
    ]); // prettier-ignore
    expect(formatLines(`minimize ${Array.from({ length: 5 }, () => name).join(' + ')}`)).toEqual([
      `minimize ${name}`, ...Array.from({ length: 4 }, () => `  + ${name}`),
    ]); // prettier-ignore
  });

  it('fills lists of short words', () => {
    const words = Array.from({ length: 40 }, (_, index) => `"word${index}"`);
    const lines = formatLines(`let w = [${words.join(', ')}]`);
    expect(lines.length).toBeLessThan(8);
    expect(lines[0]).toBe('let w = [');
  });

  it('never breaks or changes a string', () => {
    const text = `prompt p = "${'long '.repeat(40)}{x}  {{ }} \\" \\u{3C0}"`;
    expect(format(text)).toBe(`${text}\n`);
  });

  it('parts fields by a comma where the next word would go on with the value', () => {
    expect(formatLines('train on d {', 'a: f, on.x: 3', 'lr: 10, m.x: 4', '}')).toEqual([
      'train on d {', '  a: f,', '  on.x: 3', '  lr: 10,', '  m.x: 4', '}',
    ]); // prettier-ignore
  });

  it('writes only the parentheses that the tree needs', () => {
    expect(format('let x = ((a + b)) * (c * d) + (-(e)) - (f - g)')).toBe('let x = (a + b) * (c * d) + -e - (f - g)\n');
  });
});
