import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call, Name } from '../syntax/ast.ts';
import { invariant } from '../common/invariant.ts';
import type { Axis } from '../types/axis.ts';
import { functions, type FunctionName } from '../types/catalogue/functions.ts';
import type { FunctionSignature } from '../types/catalogue/functions/function.ts';
import { printAxes } from '../types/value-type.ts';
import { asTensor } from './as-tensor.ts';
import { bornAxis } from './born-axis.ts';
import { axisOf } from './named-axis.ts';
import { soundRate } from './sound-rate.ts';
import { constantOf, describe, node } from './build.ts';
import type { Checker } from './checker.ts';
import { oddArgument } from './odd-argument.ts';
import type { Scope } from './scope.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';
import { splitBirth, writtenOut, type Given } from './written-arguments.ts';

/** The arguments of one call of a built-in: positional ones in order, labelled ones from a closed list. */
export class Arguments {
  readonly call: Call;
  readonly name: string;
  readonly #checker: Checker;
  readonly scope: Scope;
  readonly #positional: readonly Given[];
  readonly #labelled: readonly Argument[];
  /** Whether a static `for` wrote some of the values out. */
  readonly spread: boolean;
  failed = false;

  /** Those of a built-in function: how many values it takes and which options is the catalogue's to say. */
  static of({ checker, name, call, scope }: Site): Arguments {
    const signature: FunctionSignature | undefined = functions[name as FunctionName]; // a name of the catalogue, or nothing is found
    invariant(signature, `the catalogue has the function ${name}`);
    return new Arguments(checker, name, call, scope, Object.keys(signature.options), signature.values);
  }

  constructor(
    checker: Checker,
    name: string,
    call: Call,
    scope: Scope,
    labels: readonly string[],
    positions: readonly [number, number],
  ) {
    this.#checker = checker;
    this.name = name;
    this.call = call;
    this.scope = scope;
    const all = labels.includes('as') ? call.args.flatMap(splitBirth) : call.args;
    this.#labelled = all.filter((argument) => argument.label !== undefined);
    const unlabelled = all.filter((argument) => argument.label === undefined);
    this.spread = unlabelled.some((argument) => argument.each !== undefined);
    this.#positional = unlabelled.flatMap((argument) => writtenOut(checker, argument, scope));
    const [least, most] = positions;
    const broken = unlabelled.length > 0 && this.#positional.length === 0;
    if (broken) this.failed = true;
    else if (this.#positional.length < least || this.#positional.length > most) {
      const expected =
        least === most ? String(least) : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
      this.fail(
        'CX3006',
        `\`${name}\` takes ${expected} ${expected === '1' ? 'value' : 'values'}, and ${this.#positional.length} are given`,
      );
    }
    const seen = new Map<string, Argument>();
    for (const argument of all) {
      if (argument.label !== undefined || argument.each === undefined) {
        if (oddArgument(checker, argument)) this.failed = true;
      }
      const label = argument.label;
      if (label === undefined) continue;
      const twin = seen.get(label.text);
      if (twin !== undefined) {
        checker.report.error('CX3006', label.span, `\`${label.text}\` is given twice`, {
          related: [{ span: twin.span, label: 'first here' }],
        });
        this.failed = true;
      }
      seen.set(label.text, argument);
      if (labels.includes(label.text)) continue;
      const suggestion = nearestName(label.text, labels);
      checker.report.error('CX2010', label.span, `\`${name}\` has no option \`${label.text}\``, {
        expected: labels.length === 0 ? 'no options' : labels.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      this.failed = true;
    }
  }

  fail(code: string, message: string, help?: string): undefined {
    this.failed = true;
    return this.#checker.report.error(code, this.call.span, message, help === undefined ? {} : { help });
  }

  positional(position: number): Argument | undefined {
    return this.#positional[position]?.argument;
  }

  get count(): number {
    return this.#positional.length;
  }

  labelled(label: string): Argument | undefined {
    return this.#labelled.find((argument) => argument.label?.text === label);
  }

  has(label: string): boolean {
    return this.labelled(label) !== undefined;
  }

  tensor(position: number): Typed | undefined {
    const { argument, scope } = this.#positional[position] ?? {};
    const value =
      argument === undefined || scope === undefined ? undefined : this.#checker.tensor(argument.value, scope);
    if (value === undefined) this.failed = true;
    if (argument !== undefined && value?.type.element === 'text') {
      this.failed = true;
      return this.#checker.report.error(
        'CX3007',
        argument.span,
        `\`${this.name}\` works on numbers, and this is text`,
        {
          help: 'text goes into prompts and text towers only',
        },
      );
    }
    return value;
  }

  /** A text of each sample. */
  text(position: number): Typed | undefined {
    const { argument, scope } = this.#positional[position] ?? {};
    const value =
      argument === undefined || scope === undefined ? undefined : this.#checker.tensor(argument.value, scope);
    if (value === undefined) this.failed = true;
    if (argument === undefined || value === undefined || value.type.element === 'text') return value;
    this.failed = true;
    return this.#checker.report.error('CX3007', argument.span, `\`${this.name}\` compares texts, and this is none`, {
      found: describe(value),
      expected: 'an `input` of type `text`, or `generate(…)`',
    });
  }

  /** A number or words: what a `where` chooses for a prompt. */
  tensorOrText(position: number): Typed | undefined {
    const { argument, scope } = this.#positional[position] ?? {};
    const value =
      argument === undefined || scope === undefined ? undefined : this.#checker.expression(argument.value, scope);
    if (value === undefined || argument === undefined) {
      this.failed = true;
      return undefined;
    }
    if (value.kind === 'text')
      return node('text', [], { value: value.value }, { element: 'text', axes: [] }, argument.span);
    const typed = asTensor(this.#checker, value, argument.span);
    if (typed === undefined) this.failed = true;
    return typed;
  }

  /** Where an operand stands. */
  place(position: number): Span {
    return this.#positional[position]?.argument.span ?? this.call.span;
  }

  tensors(): Typed[] {
    return this.#positional.flatMap((_, position) => this.tensor(position) ?? []);
  }

  option(label: string): Typed | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return undefined;
    const value = this.#checker.tensor(argument.value, this.scope);
    if (value === undefined) this.failed = true;
    return value;
  }

  number(label: string): number | undefined {
    const argument = this.labelled(label);
    const value = this.option(label);
    if (argument === undefined || value === undefined) return undefined;
    const constant = constantOf(value);
    if (constant === undefined) {
      this.failed = true;
      return this.#checker.report.error('CX3011', argument.span, `\`${label}\` is a number known while compiling`);
    }
    return constant;
  }

  /** The axes named by the values from this position on; told where the value has not all of them. */
  positionalAxes(from: number, value: Typed): readonly Axis[] | undefined {
    const axes = this.#positional.slice(from).map(({ argument }) => this.#axisIn(argument, value));
    const found = axes.filter((axis) => axis !== undefined);
    const twin = found.find((axis, at) => found.slice(0, at).some((each) => each.id === axis.id));
    if (twin !== undefined) return this.fail('CX3006', `\`${twin.name}\` is named twice`);
    if (found.length === axes.length) return found;
    this.failed = true;
    return undefined;
  }

  /** One axis or a list, of any value; none where the label is not given. */
  anyAxes(label: string): readonly Axis[] | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return [];
    const sources = argument.value.kind === 'list' ? argument.value.items : [argument];
    const axes = sources.flatMap((source) => axisOf(this.#checker, source.value, this.scope) ?? []);
    if (axes.length === sources.length) return axes;
    this.failed = true;
    return undefined;
  }

  /** One of a closed list of words. */
  word<Word extends string>(label: string, words: readonly Word[]): Word | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return undefined;
    const given = argument.value.kind === 'reference' ? argument.value.name : undefined;
    const found = words.find((word) => word === given);
    if (found !== undefined) return found;
    this.failed = true;
    const suggestion = given === undefined ? undefined : nearestName(given, words);
    return this.#checker.report.error('CX2010', argument.span, `\`${label}\` is one of a few words`, {
      expected: words.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  /** `on`, `off`, `true`, `false`; off where it is not given. */
  flag(label: string): boolean {
    const word = this.word(label, ['on', 'off', 'true', 'false']);
    return word === 'on' || word === 'true';
  }

  /** A number of entries: a whole number, or a time where the value is a sound whose rate is known. */
  samples(label: string, value: Typed): number | undefined {
    const argument = this.labelled(label);
    const unit = argument?.value.kind === 'quantity' ? argument.value.unit?.text : undefined;
    if (argument?.value.kind !== 'quantity' || (unit !== 'ms' && unit !== 's')) return this.whole(label, 'CX5006', 1);
    const rate = soundRate(this.#checker, value);
    if (rate === undefined) {
      this.failed = true;
      return this.#checker.report.error('CX5003', argument.span, `\`${label}\` is a time, and the value is no sound`, {
        help: 'say the number of entries instead',
      });
    }
    return Math.round(argument.value.value * rate * (unit === 'ms' ? 1e-3 : 1));
  }

  /** One axis that `value` has, by label; `fallback` where it is not given. */
  axis(label: string, value: Typed, fallback?: () => Axis | undefined): Axis | undefined {
    const argument = this.labelled(label);
    const axis = argument === undefined ? fallback?.() : this.#axisIn(argument, value);
    if (axis === undefined) this.failed = true;
    return axis;
  }

  /** The one axis that the function goes over; one with a single axis need not name it. */
  overOne(value: Typed): Axis | undefined {
    const [only, second] = value.type.axes;
    return this.axis('over', value, () =>
      only !== undefined && second === undefined
        ? only
        : this.fail('CX3004', `\`${this.name}\` goes over one axis`, 'name it with `over:`'),
    );
  }

  /** A whole number known while compiling. */
  whole(label: string, code: string, least = Number.NEGATIVE_INFINITY): number | undefined {
    const value = this.number(label);
    if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
    this.failed = true;
    return this.#checker.report.error(code, this.labelled(label)?.span, `\`${label}\` is a whole number${Number.isFinite(least) ? ` of at least ${least}` : ''}`, { found: String(value) }); // prettier-ignore
  }

  /** The values of a label that takes one or a list. */
  tensorList(label: string): readonly { readonly value: Typed; readonly span: Span }[] | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return undefined;
    const sources =
      argument.value.kind === 'list' && argument.value.over === undefined ? argument.value.items : [argument];
    const values = sources.flatMap((source) => {
      const value = this.#checker.tensor(source.value, this.scope);
      return value === undefined ? [] : [{ value, span: source.span }];
    });
    if (values.length === sources.length) return values;
    this.failed = true;
    return undefined;
  }

  /** A list of axes or one; all axes of the value where it is not given. */
  axes(label: string, value: Typed): readonly Axis[] | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return value.type.axes;
    const several = argument.value.kind === 'reference' ? this.scope.axisList(argument.value.name) : undefined;
    const sources = argument.value.kind === 'list' ? argument.value.items : [argument];
    const axes = several?.map((axis) => this.#axisOf(axis, argument, value)) ?? sources.map((source) => this.#axisIn(source, value)); // prettier-ignore
    if (axes.some((axis) => axis === undefined)) {
      this.failed = true;
      return undefined;
    }
    return axes.filter((axis) => axis !== undefined);
  }

  #axisIn(argument: Argument, value: Typed): Axis | undefined {
    const axis = axisOf(this.#checker, argument.value, this.scope, value.type.axes);
    return axis === undefined ? undefined : this.#axisOf(axis, argument, value);
  }

  /** The axis as it is in the value: it may know more than its name does. */
  #axisOf(axis: Axis, argument: Argument, value: Typed): Axis | undefined {
    const own = value.type.axes.find((each) => each.id === axis.id);
    if (own !== undefined) return own;
    const suggestion = nearestName(
      axis.name,
      value.type.axes.map((each) => each.name),
    );
    return this.#checker.report.error('CX3003', argument.span, `the value has no axis \`${axis.name}\``, {
      found: printAxes(value.type.axes),
      related: [{ span: this.place(0), label: `has ${printAxes(value.type.axes)}` }],
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  /** The names after `as`, as many as the call makes axes. */
  names(count: number, what: string): readonly Name[] | undefined {
    const argument = this.labelled('as');
    const sources = argument?.value.kind === 'list' ? argument.value.items : argument === undefined ? [] : [argument];
    const names = sources.flatMap(({ value, span }): Name[] =>
      value.kind === 'reference' ? [{ kind: 'name', text: value.name, span }] : [],
    );
    if (names.length === count) return names;
    const list = count === 1 ? 'name' : '[a, b]';
    return this.fail('CX3002', `\`${this.name}\` makes ${what}, which need ${count} names`, `write \`${this.name}(…) as ${list}\``); // prettier-ignore
  }

  /** The axis a birth names (`as`), made in the caller's scope. */
  born(
    label: string,
    like: Pick<Axis, 'kind' | 'size'> & { readonly renames?: string },
    what: string,
  ): Axis | undefined {
    const argument = this.labelled(label);
    if (argument === undefined || argument.value.kind !== 'reference') {
      return this.fail(
        'CX3002',
        `\`${this.name}\` makes a new axis (${what}), which needs a name`,
        `write \`${this.name}(…) as name\``,
      );
    }
    const axis = bornAxis(
      this.#checker,
      { kind: 'name', text: argument.value.name, span: argument.span },
      like,
      this.scope,
    );
    if (axis === undefined) this.failed = true;
    return axis;
  }
}
