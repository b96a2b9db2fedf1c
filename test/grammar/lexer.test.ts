import { describe, expect, it } from 'vitest';
import { tokenize } from '../../grammar/lexer.ts';
import { unitWords, wordTypes } from '../../grammar/tokens.ts';

function types(text: string): string[] {
  return tokenize(text).tokens.map((token) => token.tokenType.name);
}

function images(text: string): string[] {
  return tokenize(text).tokens.map((token) => token.image);
}

describe('tokenize', () => {
  it('reads names of any script, with subscripts and combining marks', () => {
    expect(images('λ₁ ĝ τ_w z̃ x₁₂ π _a 名 𝛼')).toEqual(['λ₁', 'ĝ', 'τ_w', 'z̃', 'x₁₂', 'π', '_a', '名', '𝛼']);
    expect(new Set(types('λ₁ ĝ τ_w z̃ x₁₂ π _a 名 𝛼'))).toEqual(new Set(['Name']));
  });

  it('keeps digits on both sides of a point, so that a range of numbers is three tokens', () => {
    expect(images('1..3')).toEqual(['1', '..', '3']);
    expect(images('0.5..1.0')).toEqual(['0.5', '..', '1.0']);
    expect(images('1e-4 2.5E+3')).toEqual(['1e-4', '2.5E+3']);
    expect(images('3d')).toEqual(['3', 'd']);
  });

  it('reads a string to its quote, past escaped ones', () => {
    expect(types('"a \\"b\\" {c}"')).toEqual(['Str']);
    expect(types('"abc\nlet')).toEqual(['BadStr', 'Word_let']);
    expect(types('"abc\\')).toEqual(['BadStr']);
  });

  it('takes the longer symbol', () => {
    expect(images('a->b|>c..d==e!=f<=g>=h=i<j')).toEqual('a -> b |> c .. d == e != f <= g >= h = i < j'.split(' '));
  });

  it('makes a noun a keyword only before a word, and `train` also before a brace', () => {
    expect(types('loss L')).toEqual(['Word_loss', 'Name']);
    expect(types('loss =')).toEqual(['Name', 'Equals']);
    expect(types('train {')).toEqual(['Word_train', 'LeftBrace']);
    expect(types('data train = x')).toEqual(['Word_data', 'Name', 'Equals', 'Name']);
  });

  it('retypes every listed word and every unit', () => {
    for (const [text, type] of wordTypes) expect(tokenize(`${text} x`).tokens[0]?.tokenType).toBe(type);
    for (const unit of unitWords) expect(types(unit)).toEqual(['UnitWord']);
  });

  it('keeps comments beside the tokens and knows both ends of each', () => {
    const { tokens, comments } = tokenize('let x = 1 # why\n# own');
    expect(comments.map((comment) => comment.image)).toEqual(['# why', '# own']);
    for (const token of tokens) {
      expect('let x = 1 # why'.slice(token.startOffset, (token.endOffset ?? 0) + 1)).toBe(token.image);
    }
  });

  it('says where a character begins no token', () => {
    expect(tokenize('let x = a & b').errors.map((error) => error.offset)).toEqual([10]);
  });
});
