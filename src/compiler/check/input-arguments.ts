import { nearestName } from '../common/suggest.ts';
import type { Argument, Expression, InputStatement } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import type { InputTypeSignature } from '../types/catalogue/input-types/input-type.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { axisOf } from './named-axis.ts';

/** How many values without a name a type of input takes, which options, and which words: `class(v, open)`. */
export interface InputSignature {
  readonly most: number;
  readonly options: readonly string[];
  readonly words?: readonly string[];
}

/** That of a type of the catalogue. */
export const signatureOf = ({ most, options, words = {} }: InputTypeSignature): InputSignature => ({
  most,
  options: Object.keys(options),
  words: Object.keys(words),
});

/** The arguments of one input type. Nothing that is written is ignored: what is not of the signature is told. */
export class InputArguments {
  readonly checker: Checker;
  readonly statement: InputStatement;
  readonly #positional: readonly Argument[];
  readonly #labelled: readonly Argument[];
  readonly #words: ReadonlySet<string>;
  failed = false;

  constructor(checker: Checker, statement: InputStatement, signature: InputSignature) {
    this.checker = checker;
    this.statement = statement;
    const isWord = ({ label, value }: Argument): boolean =>
      label === undefined && value.kind === 'reference' && signature.words?.includes(value.name) === true;
    this.#labelled = statement.args.filter(({ label }) => label !== undefined);
    this.#positional = statement.args.filter((argument) => argument.label === undefined && !isWord(argument));
    this.#words = new Set(
      statement.args.flatMap((each) => (isWord(each) && each.value.kind === 'reference' ? [each.value.name] : [])),
    );
    this.#close(signature);
  }

  get name(): string {
    return this.statement.type.text;
  }

  get count(): number {
    return this.#positional.length;
  }

  has(word: string): boolean {
    return this.#words.has(word);
  }

  fail(code: string, message: string, expected?: string, at?: Expression): undefined {
    this.failed = true;
    return this.checker.report.error(code, at?.span ?? this.statement.type.span, message, expected === undefined ? {} : { expected }); // prettier-ignore
  }

  positional(place: number): Argument | undefined {
    return this.#positional[place];
  }

  option(label: string): Expression | undefined {
    return this.#labelled.find((argument) => argument.label?.text === label)?.value;
  }

  /** One of a few words; the first where it is not said. */
  word<Word extends string>(label: string, words: readonly [Word, ...Word[]], what: string): Word | undefined {
    const given = this.option(label);
    if (given === undefined) return words[0];
    const name = given.kind === 'reference' ? given.name : '';
    const found = words.find((word) => word === name);
    if (found !== undefined) return found;
    this.failed = true;
    const suggestion = nearestName(name, words);
    return this.checker.report.error('CX2010', given.span, name === '' ? `this is no way to ${what}` : `\`${name}\` is no way to ${what}`, {
      expected: `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    }); // prettier-ignore
  }

  /** Height and width: `64`, `48 x 80`, or two values. `from`: the place of the first. */
  extent(given: readonly (Expression | undefined)[], example: string): readonly [number, number] | undefined {
    const [first, second] = given;
    if (first === undefined)
      return this.fail(
        'CX3006',
        `${this.name === 'frames' ? 'a film' : article(this.name)} needs its size: ${example}`,
      );
    if (first.kind === 'extent') return this.#pixels(first, first.sizes[0], first.sizes[1]);
    const height = this.number(first);
    const width = second === undefined ? height : this.number(second);
    return this.#pixels(first, height, width);
  }

  #pixels(
    at: Expression,
    height: number | undefined,
    width: number | undefined,
  ): readonly [number, number] | undefined {
    // prettier-ignore
    if (height === undefined || width === undefined) return undefined;
    for (const size of [height, width]) {
      if (Number.isInteger(size) && size >= 1 && size <= 4096) continue;
      this.failed = true;
      const found = { found: String(size) };
      return this.checker.report.error('CX5006', at.span, 'a size in pixels is a whole number from 1 to 4096', found);
    }
    return [height, width];
  }

  /** A whole number of at least 1; undefined where it is not given. */
  whole(label: string, given = this.option(label)): number | undefined {
    if (given === undefined) return undefined;
    const value = this.number(given);
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return value;
    this.failed = true;
    return this.checker.report.error('CX5006', given.span, `\`${label}\` is a whole number of at least 1`, {
      found: String(value),
    });
  }

  /** A number known while compiling. */
  number(expression: Expression): number | undefined {
    const typed = this.checker.tensor(expression, this.checker.fileScope(this.checker.root));
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value !== undefined) return value;
    this.failed = true;
    if (typed === undefined) return undefined;
    return this.checker.report.error('CX3011', expression.span, 'this is a number that is known while compiling');
  }

  /** An axis with a size, or a vocabulary. */
  axis(place: number): Axis | undefined {
    const argument = this.#positional[place];
    if (argument === undefined) return this.fail('CX3006', `\`${this.name}\` needs an axis: \`${this.name}(name)\``);
    const axis = axisOf(this.checker, argument.value, this.checker.fileScope(this.checker.root));
    if (axis === undefined) this.failed = true;
    return axis;
  }

  /** An axis whose entries have words. */
  vocabulary(place: number): Axis | undefined {
    const axis = this.axis(place);
    const argument = this.#positional[place];
    if (axis === undefined || argument === undefined || this.checker.vocabularies.has(axis.name)) return axis;
    return this.fail('CX3007', `\`${axis.name}\` has no words: a \`${this.name}\` column needs a \`vocabulary\``, undefined, argument.value); // prettier-ignore
  }

  #close({ most, options, words = [] }: InputSignature): void {
    const { report } = this.checker;
    const what = `\`${this.name}\``;
    const odd = this.#positional[most];
    if (odd !== undefined) {
      this.failed = true;
      const given = odd.value.kind === 'reference' ? nearestName(odd.value.name, words) : undefined;
      report.error('CX3006', odd.span, `${what} takes ${most === 0 ? 'no value' : most === 1 ? '1 value' : `at most ${most} values`}, and this is one more`, given === undefined ? {} : { suggestion: given }); // prettier-ignore
    }
    const seen = new Set<string>();
    for (const { label, span } of this.#labelled) {
      if (label === undefined) continue;
      if (seen.has(label.text)) {
        this.failed = true;
        report.error('CX3006', span, `\`${label.text}\` is given twice`);
      }
      seen.add(label.text);
      if (options.includes(label.text)) continue;
      this.failed = true;
      const suggestion = nearestName(label.text, options);
      report.error('CX2010', label.span, `${what} has no option \`${label.text}\``, {
        expected: options.length === 0 ? 'no options' : options.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

const article = (name: string): string => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
