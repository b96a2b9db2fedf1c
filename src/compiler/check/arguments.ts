import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Call } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { oddArgument } from './odd-argument.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';

/** The arguments of one call of a built-in: positional ones in order, labelled ones from a closed list. */
export class Arguments {
  readonly call: Call;
  readonly name: string;
  readonly #checker: Checker;
  readonly #scope: Scope;
  readonly #positional: readonly Argument[];
  readonly #labelled: readonly Argument[];
  failed = false;

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
    this.#scope = scope;
    const all = labels.includes('as') ? call.args.flatMap(splitBirth) : call.args;
    this.#labelled = all.filter((argument) => argument.label !== undefined);
    this.#positional = all.filter((argument) => argument.label === undefined);
    const [least, most] = positions;
    if (this.#positional.length < least || this.#positional.length > most) {
      const expected =
        least === most ? String(least) : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
      this.fail(
        'CX3006',
        `\`${name}\` takes ${expected} ${expected === '1' ? 'value' : 'values'}, and ${this.#positional.length} are given`,
      );
    }
    const seen = new Map<string, Argument>();
    for (const argument of all) {
      if (oddArgument(checker, argument)) this.failed = true;
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
    return this.#positional[position];
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
    const argument = this.#positional[position];
    const value = argument === undefined ? undefined : this.#checker.tensor(argument.value, this.#scope);
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

  /** Where an operand stands. */
  place(position: number): Span {
    return this.#positional[position]?.span ?? this.call.span;
  }

  tensors(): Typed[] {
    return this.#positional.flatMap((_, position) => this.tensor(position) ?? []);
  }

  option(label: string): Typed | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return undefined;
    const value = this.#checker.tensor(argument.value, this.#scope);
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

  /** One axis that `value` has, by label; `fallback` where it is not given. */
  axis(label: string, value: Typed, fallback?: () => Axis | undefined): Axis | undefined {
    const argument = this.labelled(label);
    const axis = argument === undefined ? fallback?.() : this.#axisIn(argument, value);
    if (axis === undefined) this.failed = true;
    return axis;
  }

  /** A list of axes or one; all axes of the value where it is not given. */
  axes(label: string, value: Typed): readonly Axis[] | undefined {
    const argument = this.labelled(label);
    if (argument === undefined) return value.type.axes;
    const sources = argument.value.kind === 'list' ? argument.value.items : [argument];
    const axes = sources.map((source) => this.#axisIn(source, value));
    if (axes.some((axis) => axis === undefined)) {
      this.failed = true;
      return undefined;
    }
    return axes.filter((axis) => axis !== undefined);
  }

  #axisIn(argument: Argument, value: Typed): Axis | undefined {
    const axis = this.#checker.axisOf(argument.value, this.#scope, value.type.axes);
    if (axis === undefined) return undefined;
    if (value.type.axes.some((each) => each.id === axis.id)) return axis;
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
    const axis = this.#checker.bornAxis(
      { kind: 'name', text: argument.value.name, span: argument.span },
      like,
      this.#scope,
    );
    if (axis === undefined) this.failed = true;
    return axis;
  }
}

/** `over: other as rank` says two things: over which axis, and what the new one is called. */
function splitBirth(argument: Argument): Argument[] {
  const { value, label } = argument;
  const name = value.kind === 'as-axes' && value.axes.length === 1 ? value.axes[0] : undefined;
  if (label === undefined || value.kind !== 'as-axes' || name === undefined) return [argument];
  const as = { kind: 'name', text: 'as', span: name.span } as const;
  const born = { kind: 'reference', name: name.text, span: name.span } as const;
  return [
    { ...argument, value: value.value, span: value.value.span },
    { kind: 'argument', label: as, value: born, arrows: [], span: name.span },
  ];
}
