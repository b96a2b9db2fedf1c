/** Types of what built-in parts give: every `let` of the fixture says in a comment which axes it has, `# name : [axes]`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { printValueType } from '../../../src/compiler/types/value-type.ts';
import { repository } from '../../support/fixtures.ts';

const path = 'test/fixtures/typed/parts.clipx';

function checkedFixture() {
  const text = readFileSync(path, 'utf8');
  const compilation = compile({ path, text, host: repository, until: 'check' });
  const expected = [...text.matchAll(/^let .*# (\S+) : (.*)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
  return { compilation, expected };
}

describe('parts of the catalogue', () => {
  const { compilation, expected } = checkedFixture();

  it('are checked without a fault', () => {
    expect(compilation.diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    expect(expected.length).toBeGreaterThan(20);
  });

  it.each(expected)('$name is $type', ({ name, type }) => {
    const typed = compilation.checked?.values.find((value) => value.name === name)?.typed;
    expect(typed === undefined ? 'nothing' : printValueType(typed.type)).toBe(type);
  });

  it('has a picture halved at each stage of a ResNet, and a pyramid of one depth', () => {
    const sizes = (name: string) =>
      compilation.checked?.values
        .find((value) => value.name === name)
        ?.typed.type.axes.slice(1)
        .map((axis) => (axis.size.kind === 'known' ? axis.size.value : 0));
    // 48 px: two halvings of the stem, then one a stage; channels of width 8 times 4, doubled a stage
    expect(['x1', 'x2', 'x3', 'x4'].map(sizes)).toEqual([[12, 12, 32], [6, 6, 64], [3, 3, 128], [1, 1, 256]]); // prettier-ignore
    expect(sizes('y4')).toEqual([1, 1, 16]);
    // a convolution of stride 2 to 16 channels, and twice the size again
    expect(sizes('u')).toEqual([12, 12, 16]);
  });
});
