import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Call, Expression, Member, TokenizerStatement } from '../syntax/ast.ts';
import { known, structuralAxis, type Axis } from '../types/axis.ts';
import { count, type Options } from '../types/catalogue/option.ts';
import { printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { node, orderAxes, two, unbuilt } from './build.ts';
import type { Checker } from './checker.ts';
import { OptionReader } from './parts/option-reader.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';
import { filePath } from '../resolve/file-path.ts';

const kinds = ['wordpiece', 'bpe'] as const;

/** `max`: places in a text, its marks of begin and end among them; `pieces`: entries of the table, read from the file where they are not said. */
const options: Options = { max: count(77, 100_000), pieces: count(undefined, 10_000_000) };

export interface Tokenizer {
  readonly name: string;
  readonly token: Axis;
  readonly piece: Axis;
  readonly span: Span;
}

/** `tokenizer w = wordpiece("words.txt", max: 32)`: another way to cut texts, with the axes `w.token` and `w.piece`. */
export function tokenizerValue(checker: Checker, statement: TokenizerStatement, scope: Scope): Value | undefined {
  const { value, name } = statement;
  const { report } = checker;
  const kind = value.kind === 'call' && value.callee.kind === 'reference' ? value.callee.name : undefined;
  if (value.kind !== 'call' || !kinds.some((each) => each === kind)) {
    const suggestion = kind === undefined ? undefined : nearestName(kind, kinds);
    return report.error('CX2012', value.span, 'there is no such tokenizer', {
      expected: '`wordpiece("words.txt", max: 32)` or `bpe("words.json", max: 32)`',
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const reader = new OptionReader(checker, value, scope, options);
  reader.takes(1);
  const path = reader.unnamed[0]?.value;
  const { max, pieces: given } = reader.values();
  if (reader.failed) return undefined;
  if (path?.kind !== 'string')
    return report.error('CX3006', path?.span ?? value.span, `\`${kind ?? ''}\` reads its pieces from a file`, {
      expected: '`wordpiece("words.txt", max: 32)`',
    });
  const pieces = typeof given === 'number' ? given : piecesIn(checker, filePath(path), path.span);
  if (pieces === undefined || typeof max !== 'number') return undefined;
  const token = structuralAxis('token', known(max));
  const piece: Axis = { id: `${name.text}.piece`, name: 'piece', kind: 'item', size: known(pieces) };
  return { kind: 'tokenizer', tokenizer: { name: name.text, token, piece, span: name.span } };
}

/** Lines of a list of words, entries of the vocabulary in a `tokenizer.json`. */
function piecesIn(checker: Checker, path: string, span: Span): number | undefined {
  const text = checker.host.readText(path);
  if (text === undefined)
    return checker.report.error('CX5007', span, `there is no file \`${path}\``, {
      fault: 'world',
      help: 'say how many pieces it has, and it is read when the experiment runs: `pieces: 30522`',
    });
  if (!path.endsWith('.json')) return text.split('\n').filter((line) => line.trim() !== '').length;
  const entries = /"vocab"\s*:\s*\{([^]*?)\}/.exec(text)?.[1];
  if (entries !== undefined) return entries.split('":').length - 1;
  return checker.report.error('CX5007', span, `\`${path}\` holds no vocabulary`, {
    fault: 'world',
    expected: 'a `tokenizer.json`, or a text file with one piece a line',
  });
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
  const text = args.failed ? undefined : textOf(checker, args.positional(0)?.value, scope);
  if (text === undefined) return undefined;
  if (text.type.element !== 'text')
    return checker.report.error('CX3007', args.place(0), `\`${tokenizer.name}\` reads text`, {
      found: printAxes(text.type.axes),
      expected: 'an `input` of type `text`',
    });
  const { token, piece, name } = tokenizer;
  const axes = orderAxes([...text.type.axes, token]);
  const within = unbuilt(`\`${name}\``, [text], { mask: true }, { element: 'bool', axes }, call.span);
  const mask = text.mask === undefined ? within : two('and', within, text.mask, call.span, checker.report);
  return { kind: 'tensor', typed: node('unbuilt', [text], { what: `\`${name}\``, options: {} }, { element: 'i32', axes, indexes: piece }, call.span, mask) }; // prettier-ignore
}

const textOf = (checker: Checker, expression: Expression | undefined, scope: Scope): Typed | undefined =>
  expression === undefined ? undefined : checker.tensor(expression, scope);
