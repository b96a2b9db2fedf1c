import { nearestName } from '../../common/suggest.ts';
import type { Option, Options } from '../../types/catalogue/option.ts';
import type { Argument, Call, Expression } from '../../syntax/ast.ts';
import { printSize, type Axis } from '../../types/axis.ts';
import type { Checker } from '../checker.ts';
import { axisOf } from '../named-axis.ts';
import type { Scope } from '../scope.ts';
import type { LayerOption } from '../typed.ts';
import { startOf } from './starts.ts';
import { openAxis } from './open-axis.ts';
import { numberOf, wholeNumber } from './whole-number.ts';

/** Reads the arguments of one constructor of the catalogue: every one must be known, given once and well formed. */
export class OptionReader {
  readonly call: Call;
  readonly #checker: Checker;
  readonly #scope: Scope;
  readonly #options: Options;
  #failed = false;

  constructor(checker: Checker, call: Call, scope: Scope, options: Options) {
    this.#checker = checker;
    this.call = call;
    this.#scope = scope;
    this.#options = options;
    this.#closed();
  }

  /** Whether something was reported. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Arguments without a name. */
  get unnamed(): readonly Argument[] {
    return this.call.args.filter((argument) => argument.label === undefined);
  }

  /** Values past the first `most` that have no name are read by nothing. */
  takes(most: number): void {
    const names = Object.keys(this.#options);
    for (const argument of this.unnamed.slice(most)) {
      this.fail('CX3006', argument.span, 'nothing reads this value', {
        expected: names.length === 0 ? 'nothing more' : `options with names: ${names.join(', ')}`,
      });
    }
  }

  fail(code: string, span: Argument['span'], message: string, more: Parameters<Checker['report']['error']>[3]): undefined {
    this.#failed = true;
    return this.#checker.report.error(code, span, message, more);
  } // prettier-ignore

  argument(name: string): Argument | undefined {
    return this.call.args.find((argument) => argument.label?.text === name);
  }

  /** All options that are numbers, words, switches, paths, lists or starts: as written, else the published ones. */
  values(): Readonly<Record<string, LayerOption>> {
    const read: Record<string, LayerOption> = {};
    for (const [name, option] of Object.entries(this.#options)) {
      if (option.kind === 'axis' || option.kind === 'tower') continue;
      const value = this.value(name, option);
      if (value !== undefined) read[name] = value;
    }
    return read;
  }

  value(name: string, option: Option, given = this.argument(name)): LayerOption | undefined {
    if (given === undefined) return 'otherwise' in option ? option.otherwise : undefined;
    const { value } = given;
    switch (option.kind) {
      case 'count':
        return this.#number(name, value, 1, option.most, true);
      case 'number':
        return this.#number(name, value, option.least, option.most, false);
      case 'counts': {
        const items = value.kind === 'list' ? value.items.map((item) => wholeNumber(this.#checker, item.value, this.#scope)) : []; // prettier-ignore
        if (items.length > 0 && items.every((item) => item !== undefined && item >= 1))
          return items.filter((item) => item !== undefined);
        return this.fail('CX5006', value.span, `\`${name}\` is a list of whole numbers`, { expected: '[32, 64, 128]' });
      }
      case 'extent': {
        const sizes = this.#extents(value);
        const [height, width] = sizes;
        if (height !== undefined && width !== undefined && height >= 1 && width >= 1) return [height, width];
        return this.fail('CX5006', value.span, `\`${name}\` is a whole number, or height and width apart`, {
          expected: '`3` or `(3, 1)`',
        });
      }
      case 'switch':
        if (value.kind === 'reference' && (value.name === 'on' || value.name === 'off')) return value.name === 'on';
        return this.fail('CX2010', value.span, `\`${name}\` is switched`, { expected: 'on or off' });
      case 'word': {
        const written = wordOf(value);
        if (written !== undefined && option.words.includes(written)) return written;
        const suggestion = nearestName(written ?? '', option.words);
        return this.fail('CX2010', value.span, `\`${name}\` cannot be this`, {
          expected: option.words.join(', '),
          ...(suggestion === undefined ? {} : { suggestion }),
        });
      }
      case 'path':
        if (value.kind === 'string') return value.value;
        return this.#name(name, value, option.names ?? []);
      case 'start': {
        const start = startOf(this.#checker, value, this.#scope);
        if (start === undefined) this.#failed = true;
        return start;
      }
      case 'axis':
      case 'tower':
        return undefined;
    }
  }

  /** What has a name of its own stands where else a path does. */
  #name(name: string, value: Expression, names: readonly string[]): string | undefined {
    const written = wordOf(value);
    if (written !== undefined && names.includes(written)) return written;
    const suggestion = written === undefined ? undefined : nearestName(written, names);
    return this.fail('CX5006', value.span, `\`${name}\` is a path${names.length === 0 ? '' : ' or a name'}`, {
      expected: ['a string', ...names].join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  /** One number for both, or two; a name may stand for either. */
  #extents(value: Expression): readonly (number | undefined)[] {
    if (value.kind === 'reference') {
      const found = this.#checker.expression(value, this.#scope);
      if (found?.kind === 'tuple' && found.items.length === 2)
        return found.items.map((item) => (item.kind === 'tensor' ? numberOf(item.typed) : undefined));
    }
    if (value.kind === 'tuple' && value.items.length !== 2) return [];
    const parts = value.kind === 'tuple' ? value.items : [value, value];
    return parts.map((part) => wholeNumber(this.#checker, part, this.#scope));
  }

  #number(name: string, value: Expression, least: number, most: number, whole: boolean): number | undefined {
    const errors = this.#checker.report.diagnostics.length;
    const number = wholeNumber(this.#checker, value, this.#scope);
    if (number !== undefined && number >= least && number <= most && (!whole || Number.isInteger(number)))
      return number;
    this.#failed = true;
    if (this.#checker.report.diagnostics.length > errors) return undefined;
    const range = most >= 1e6 ? `of at least ${least}` : `from ${least} to ${most}`;
    return this.fail('CX5006', value.span, `\`${name}\` is a ${whole ? 'whole number' : 'number'} ${range}`, {
      expected: whole ? 'a whole number' : 'a number known while compiling',
    });
  }

  /** An axis of known size. */
  axis(name: string): Axis | undefined {
    const argument = this.argument(name);
    return argument === undefined ? undefined : this.axisIn(name, argument.value);
  }

  axisIn(name: string, expression: Expression): Axis | undefined {
    const open = expression.kind === 'reference' ? openAxis(this.#checker, expression.name, this.#scope) : undefined;
    if (open !== undefined) return open;
    const axis = axisOf(this.#checker, expression, this.#scope);
    if (axis === undefined) this.#failed = true;
    else if (axis.size.kind !== 'known') {
      return this.fail('CX5006', expression.span, `\`${axis.name}\` has ${printSize(axis.size)} entries, which only the data decide`, {
        expected: `an axis of known size for \`${name}\``,
      }); // prettier-ignore
    }
    return axis;
  }

  #closed(): void {
    const names = Object.keys(this.#options);
    const seen = new Set<string>();
    for (const { label } of this.call.args) {
      if (label === undefined) continue;
      if (seen.has(label.text)) this.fail('CX2002', label.span, `\`${label.text}\` is given twice`, {});
      seen.add(label.text);
      if (names.includes(label.text)) continue;
      const suggestion = nearestName(label.text, names);
      this.fail('CX2010', label.span, `there is no option \`${label.text}\` here`, {
        expected: names.length === 0 ? 'no options' : names.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

/** `pre`, `2d` */
function wordOf(value: Expression): string | undefined {
  if (value.kind === 'reference') return value.name;
  if (value.kind === 'quantity' && value.unit !== undefined) return `${value.value}${value.unit.text}`;
  return undefined;
}
