import { invariant } from '../common/invariant.ts';
import { nearestName } from '../common/suggest.ts';
import type { Expression, Field, MapExpression } from '../syntax/ast.ts';
import type { Duration } from '../program/schedule.ts';
import type { Construct, WideFields } from '../types/catalogue/construct.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';

/** Reads the `{ key: value }` block of a statement: which keys there are is the catalogue's to say, and what is not read is reported. */
export class Fields {
  readonly #checker: Checker;
  readonly #scope: Scope;
  readonly #fields: readonly Field[];
  readonly #what: string;
  readonly #options: WideFields;
  readonly #read = new Set<Field>();
  readonly #keys: string[] = [];
  readonly #later: string[] = [];
  readonly #meant = new Set<string>();

  constructor(checker: Checker, scope: Scope, map: Pick<MapExpression, 'fields'>, construct: Construct) {
    this.#checker = checker;
    this.#scope = scope;
    this.#fields = map.fields;
    this.#what = construct.name;
    this.#options = construct.options;
  }

  field(key: string): Field | undefined {
    invariant(key in this.#options || this.#later.includes(key), `the catalogue has the field ${key} of ${this.#what}`);
    this.#keys.push(key);
    const found = this.#fields.filter((field) => keyText(field) === key && field.key.kind !== 'call-key');
    for (const field of found) this.#read.add(field);
    const [first, second] = found;
    if (first !== undefined && second !== undefined) {
      this.#checker.report.error('CX2002', second.key.span, `\`${key}\` is given twice`, {
        related: [{ span: first.key.span, label: 'first here' }],
      });
    }
    return first;
  }

  /** Whether the file tries to say this, well or ill: then it is not missing. Asked after `close`. */
  attempted(key: string): boolean {
    return (
      this.#meant.has(key) || this.#fields.some((field) => keyText(field) === key && field.key.kind !== 'call-key')
    );
  }

  /** `optimizer(E): …` */
  callFields(name: string): Field[] {
    const found = this.#fields.filter((field) => field.key.kind === 'call-key' && field.key.name.text === name);
    for (const field of found) this.#read.add(field);
    return found;
  }

  number(key: string, least = 0): number | undefined {
    const field = this.field(key);
    return field === undefined ? undefined : this.numberOf(field.value, key, least);
  }

  numberOf(expression: Expression, key: string, least = 0): number | undefined {
    const typed = this.#checker.tensor(expression, this.#scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    if (typed === undefined) return undefined;
    if (value === undefined)
      return this.#checker.report.error('CX3011', expression.span, `\`${key}\` is a number known while compiling`);
    if (value < least)
      return this.#checker.report.error('CX5006', expression.span, `\`${key}\` is at least ${least}`, {
        found: String(value),
      });
    return value;
  }

  /** The field without reading it. */
  peek(key: string): Field | undefined {
    return this.#fields.find((field) => keyText(field) === key && field.key.kind !== 'call-key');
  }

  /** A field that belongs elsewhere: it is told about, and never offered. */
  foreign(key: string): Field | undefined {
    const field = this.peek(key);
    if (field !== undefined) this.#read.add(field);
    return field;
  }

  /** A field whose word was understood: its value is this. */
  skip(key: string, value: number): number {
    this.field(key);
    return value;
  }

  /** `8 GiB`, in bytes. */
  bytes(key: string): number | undefined {
    const field = this.field(key);
    if (field === undefined) return undefined;
    const { value } = field;
    const unit = value.kind === 'quantity' ? value.unit?.text : undefined;
    const factor = unit === 'GiB' ? 2 ** 30 : unit === 'MiB' ? 2 ** 20 : undefined;
    if (value.kind === 'quantity' && factor !== undefined && value.value > 0) return value.value * factor;
    return this.#checker.report.error('CX5003', value.span, `\`${key}\` is an amount of memory`, {
      expected: '`8 GiB`, `512 MiB`',
    });
  }

  whole(key: string, least = 1): number | undefined {
    const field = this.field(key);
    const value = field === undefined ? undefined : this.numberOf(field.value, key, least);
    if (field === undefined || value === undefined) return undefined;
    return Number.isInteger(value)
      ? value
      : this.#checker.report.error('CX5006', field.value.span, `\`${key}\` is a whole number`, {
          found: String(value),
        });
  }

  duration(key: string): Duration | undefined {
    const field = this.field(key);
    return field === undefined ? undefined : durationOf(this.#checker, field.value, key);
  }

  /** Keys of the language that this version does not build. */
  later(...keys: readonly string[]): void {
    for (const key of keys) {
      this.#later.push(key);
      const field = this.field(key);
      if (field !== undefined) this.#checker.notImplemented(field.key.span, `\`${key}:\` in \`${this.#what}\``);
    }
  }

  close(): void {
    for (const field of this.#fields) {
      if (this.#read.has(field)) continue;
      const key = keyText(field);
      const suggestion = nearestName(key, this.#keys);
      if (suggestion !== undefined) this.#meant.add(suggestion);
      this.#checker.report.error('CX2010', field.key.span, `\`${this.#what}\` has no field \`${key}\``, {
        expected: [...new Set(this.#keys)].filter((each) => !this.#later.includes(each)).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

export function keyText(field: Field): string {
  switch (field.key.kind) {
    case 'string-key':
      return field.key.value;
    case 'call-key':
      return field.key.name.text;
    case 'dotted-key':
      return field.key.parts.map((part) => part.text).join('.');
  }
}

export function durationOf(checker: Checker, expression: Expression, key: string): Duration | undefined {
  const unit = expression.kind === 'quantity' ? expression.unit?.text.replace(/s$/, '') : undefined;
  if (expression.kind === 'quantity' && (unit === 'epoch' || unit === 'step')) return { value: expression.value, unit };
  return checker.report.error('CX5003', expression.span, `\`${key}\` is a time in training`, {
    expected: '`1 epoch`, `200 steps`',
  });
}
