import { nearestName } from '../common/suggest.ts';
import type { TextCut } from '../program/tokenizer.ts';
import type { Span } from '../source/span.ts';
import type { Call, Member, TokenizerStatement } from '../syntax/ast.ts';
import { known, structuralAxis, type Axis, type Size } from '../types/axis.ts';
import { tokenizers } from '../types/catalogue/tokenizers.ts';
import { printAxes, type ValueType } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { node, orderAxes, two } from './build.ts';
import type { Checker } from './checker.ts';
import { withMask } from './compose.ts';
import { OptionReader } from './parts/option-reader.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';
import { filePath } from '../resolve/file-path.ts';

const kinds = Object.keys(tokenizers) as readonly (keyof typeof tokenizers)[]; // the names of the catalogue

export interface Tokenizer {
  readonly name: string;
  readonly token: Axis;
  readonly piece: Axis;
  readonly cut: TextCut;
  readonly span: Span;
}

/** `tokenizer w = wordpiece("words.txt", max: 32)`: another way to cut texts, with the axes `w.token` and `w.piece`. */
export function tokenizerValue(checker: Checker, statement: TokenizerStatement, scope: Scope): Value | undefined {
  const { value, name } = statement;
  const { report } = checker;
  const named = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : undefined;
  const kind = kinds.find((each) => each === named);
  if (value.kind !== 'call' || kind === undefined) {
    const suggestion = named === undefined ? undefined : nearestName(named, kinds);
    return report.error('CX2012', value.span, 'there is no such tokenizer', {
      expected:
        '`wordpiece("words.txt", max: 32)`, `bpe("words.json", max: 32)` or `sentencepiece("spiece.model", max: 64)`',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const reader = new OptionReader(checker, value, scope, tokenizers[kind].options);
  reader.takes(1);
  const path = reader.unnamed[0]?.value;
  const { max, pieces, lower } = reader.values();
  if (reader.failed) return undefined;
  if (path?.kind !== 'string')
    return report.error('CX3006', path?.span ?? value.span, `\`${kind}\` reads its pieces from a file`, {
      expected: `\`${tokenizers[kind].example}\``,
    });
  const isList = kind === 'wordpiece' && !path.value.endsWith('.json');
  const written = value.args.find(({ label }) => label?.text === 'lower');
  if (kind === 'sentencepiece' && !/\.(?:model|json)$/.test(path.value))
    return report.error('CX3006', path.span, 'a model of SentencePiece is a `.model` or a `tokenizer.json`', {
      expected: `\`${tokenizers[kind].example}\``,
    });
  if (kind === 'bpe' && !path.value.endsWith('.json'))
    return report.error('CX3006', path.span, 'pairs of bytes and their order stand in a `tokenizer.json`', {
      expected: '`bpe("words.json", max: 32)`',
    });
  if (!isList && written !== undefined)
    return report.error('CX3006', written.span, 'a `tokenizer.json` says itself what becomes of large letters', {
      help: 'leave `lower:` out',
    });
  if (typeof max !== 'number') return undefined;
  if (max < 2)
    return report.error('CX5006', value.span, 'a text has a mark at its begin and at its end: two places at least');
  const id = `${name.text}.piece`;
  const file = filePath(path);
  // which pieces there are, the file says once it is read; `pieces:` says how many
  checker.vocabularies.set(id, { name: id, entries: [], groups: {}, from: { kind: 'pieces', path: file } });
  const size: Size = typeof pieces === 'number' ? known(pieces) : { kind: 'vocabulary', name: id };
  const piece: Axis = { id, name: 'piece', kind: 'item', size };
  const cut: TextCut = { kind, path: file, context: max, lower: isList && lower === true, ...(typeof pieces === 'number' ? { pieces } : {}) }; // prettier-ignore
  return { kind: 'tokenizer', tokenizer: { name: name.text, token: structuralAxis('token', known(max)), piece, cut, span: name.span } }; // prettier-ignore
}

/** `w.token`, `w.piece` */
export function memberOfTokenizer(checker: Checker, tokenizer: Tokenizer, { member }: Member): Value | undefined {
  if (member.text === 'token' || member.text === 'piece') return { kind: 'axis', axis: tokenizer[member.text] };
  const suggestion = nearestName(member.text, ['token', 'piece']);
  return checker.report.error('CX2010', member.span, `\`${tokenizer.name}\` has no \`${member.text}\``, {
    expected: 'token, piece',
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** `w(said)`: an index of `w.piece` for each place, masked behind the end of the text. */
export function callTokenizer(checker: Checker, tokenizer: Tokenizer, call: Call, scope: Scope): Value | undefined {
  const args = new Arguments(checker, tokenizer.name, call, scope, [], [1, 1]);
  const argument = args.failed ? undefined : args.positional(0);
  const text = argument === undefined ? undefined : checker.tensor(argument.value, scope);
  if (text === undefined) return undefined;
  const entry = text.op === 'column' ? checker.columns.get(text.attributes.column) : undefined;
  if (text.op !== 'column' || entry?.column.kind !== 'text')
    return checker.report.error('CX3007', args.place(0), `\`${tokenizer.name}\` reads text`, {
      found: printAxes(text.type.axes),
      expected: 'an `input` of type `text`',
    });
  const { token, piece, name, cut } = tokenizer;
  // the same texts, cut another way: a view that changes nothing
  const of = text.attributes.column;
  const column = `${name}(${of})`;
  const { template: _template, ...base } = entry.column;
  checker.columns.set(column, {
    column: { ...base, name: column, tokenizer: name, cut, view: { of, stream: `cut:${column}`, steps: [] } },
    span: call.span,
  });
  const axes = orderAxes([...text.type.axes, token]);
  const part = (which: 'ids' | 'mask', type: ValueType): Typed =>
    node('column', [text], { column, part: which, view: true }, type, call.span);
  const within = part('mask', { element: 'bool', axes });
  const mask = text.mask === undefined ? within : two('and', within, text.mask, call.span, checker.report);
  return { kind: 'tensor', typed: withMask(part('ids', { element: 'i32', axes, indexes: piece }), mask) };
}
