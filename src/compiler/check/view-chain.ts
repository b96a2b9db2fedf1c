/** The chain of operations after `augment v = x`, or in a `pipe`: read against the closed list of operations. */
import { nearestName } from '../common/suggest.ts';
import type { Bounds } from '../program/view.ts';
import type { Span } from '../source/span.ts';
import type { Argument, Expression } from '../syntax/ast.ts';
import { structuralKinds, type Axis } from '../types/axis.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import type { Domain, StepParameter } from '../types/catalogue/transforms/transform.ts';
import { axisOf } from './named-axis.ts';
import { viewSteps, type CheckedStep, type Parsed } from './view-steps.ts';

/** What a chain works on: the kinds of its values, and their axes. Absent for a `pipe`, which has no value yet. */
export interface ChainSite {
  readonly checker: Checker;
  readonly domains: readonly Domain[];
  readonly axes: readonly Axis[];
  /** Operations that may still be read: pipes of pipes grow without end. */
  readonly budget: { left: number };
}

/** Operations of one view, those of its pipes written out. */
const mostOperations = 500;

/** `x |> a(…) |> b` as its first value and its steps. */
export function linksOf(expression: Expression): { readonly first: Expression; readonly steps: readonly Expression[] } {
  if (expression.kind !== 'pipeline') return { first: expression, steps: [] };
  const { first, steps } = linksOf(expression.value);
  return { first, steps: [...steps, expression.step] };
}

/** All steps of a view or of a pipe; told where they are too many. */
export function readWholeChain(
  site: Omit<ChainSite, 'budget'>,
  links: readonly Expression[],
  span: Span,
  open: readonly string[] = [],
): readonly CheckedStep[] | undefined {
  const budget = { left: mostOperations };
  const steps = readChain({ ...site, budget }, links, open);
  if (budget.left >= 0) return steps;
  return site.checker.report.error('CX5006', span, `a view has at most ${mostOperations} operations, those of its pipes counted each time`); // prettier-ignore
}

/** The steps of a chain, with those of named pipes in their place. Undefined where one is at fault, which is told. */
function readChain(
  site: ChainSite,
  links: readonly Expression[],
  open: readonly string[] = [],
): readonly CheckedStep[] | undefined {
  const steps = links.map((link) => readLink(site, link, open));
  return steps.some((step) => step === undefined) ? undefined : steps.flatMap((step) => step ?? []);
}

function readLink(site: ChainSite, link: Expression, open: readonly string[]): readonly CheckedStep[] | undefined {
  const { checker, budget } = site;
  budget.left -= 1;
  if (budget.left < 0) return undefined;
  const callee = link.kind === 'call' ? link.callee : link;
  const args = link.kind === 'call' ? link.args : [];
  if (callee.kind !== 'reference') {
    return checker.report.error('CX2012', callee.span, 'this is no operation of a view', { expected: names(site) });
  }
  const { name } = callee;
  checker.ledger.looksUp(name, 'value');
  const pipe = checker.root.declarations.find(name, 'value')?.statement;
  if (pipe?.kind === 'pipe') {
    if (open.includes(name)) {
      return checker.report.error('CX2008', callee.span, `the pipe \`${name}\` is made of itself`, {
        found: [...open.slice(open.indexOf(name)), name].join(' → '),
      });
    }
    const [odd] = args;
    if (odd !== undefined)
      return checker.report.error('CX3006', odd.span, `the pipe \`${name}\` takes no values`, {
        help: 'say them where the pipe is declared',
      });
    return readChain(site, pipeLinks(pipe.value), [...open, name]);
  }
  const signature = Object.hasOwn(viewSteps, name) ? viewSteps[name] : undefined;
  if (signature === undefined) {
    const pipes = checker.root.declarations.all.filter(({ kind }) => kind === 'pipe').map((each) => each.name.text);
    const suggestion = nearestName(name, [...Object.keys(viewSteps), ...pipes]);
    return checker.report.error('CX2012', callee.span, `there is no operation \`${name}\` for a view`, {
      expected: names(site),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const stranger = site.domains.find((domain) => !signature.domains.includes(domain));
  if (stranger !== undefined) {
    return checker.report.error('CX3007', callee.span, `\`${name}\` works on ${list(signature.domains)}, and this is ${words[stranger]}`, {
      expected: names(site),
    }); // prettier-ignore
  }
  const reader = new StepReader(site, name, link, open);
  const given = reader.read(signature.parameters, args);
  if (given === undefined) return undefined;
  const refused = signature.refuse?.(given, site.domains);
  if (refused !== undefined) return checker.report.error('CX2010', link.span, refused);
  const step = site.domains.length === 0 ? undefined : signature.step?.(given, site.domains[0] ?? 'other');
  const computed = site.domains.length === 0 ? undefined : signature.computed?.(given, site.domains[0] ?? 'other');
  return [{ name, given, signature, ...(step === undefined ? {} : { step }), ...(computed === undefined ? {} : { computed }), ...(reader.born.length === 0 ? {} : { born: reader.born }) }]; // prettier-ignore
}

/** A pipe has no value in front: its first link is a step too. */
export function pipeLinks(value: Expression): readonly Expression[] {
  const { first, steps } = linksOf(value);
  return [first, ...steps];
}

const words: Record<Domain, string> = {
  picture: 'a picture', labels: 'a picture of numbers', text: 'text', points: 'a cloud of points', sound: 'a sound', other: 'none of these',
}; // prettier-ignore

const list = (domains: readonly Domain[]): string => {
  const said = domains.map((domain) => ({ picture: 'pictures', labels: 'pictures of numbers', text: 'texts', points: 'clouds of points', sound: 'sounds', other: 'computed values' })[domain]); // prettier-ignore
  return said.length === 1 ? (said[0] ?? '') : `${said.slice(0, -1).join(', ')} and ${said.at(-1) ?? ''}`;
};

const names = ({ domains }: ChainSite): string =>
  Object.entries(viewSteps).filter(([, { domains: own }]) => domains.every((domain) => own.includes(domain))).map(([name]) => name).join(', '); // prettier-ignore

/** Reads the values of one operation. */
class StepReader {
  readonly #site: ChainSite;
  readonly #name: string;
  readonly #link: Expression;
  readonly #open: readonly string[];
  readonly born: string[] = [];
  #failed = false;

  constructor(site: ChainSite, name: string, link: Expression, open: readonly string[]) {
    this.#site = site;
    this.#name = name;
    this.#link = link;
    this.#open = open;
  }

  read(parameters: readonly StepParameter[], args: readonly Argument[]): Record<string, Parsed> | undefined {
    const given = new Map<string, Argument>();
    const unnamed = parameters.filter(({ named }) => named !== true);
    let place = 0;
    for (const argument of args) {
      const { label, span } = argument;
      const parameter = label === undefined ? unnamed[place++] : parameters.find(({ name }) => name === label.text);
      if (parameter === undefined) {
        const suggestion = label === undefined ? undefined : nearestName(label.text, parameters.map(({ name }) => name)); // prettier-ignore
        if (label === undefined) this.#fail('CX3006', span, `\`${this.#name}\` takes ${unnamed.length === 0 ? 'no value' : unnamed.length === 1 ? '1 value' : `at most ${unnamed.length} values`} without a name, and this is one more`); // prettier-ignore
        else this.#fail('CX2010', label.span, `\`${this.#name}\` has no option \`${label.text}\``, parameters.map(({ name }) => name).join(', ') || 'no options', suggestion); // prettier-ignore
        continue;
      }
      if (given.has(parameter.name)) this.#fail('CX3006', span, `\`${parameter.name}\` is given twice`);
      given.set(parameter.name, argument);
    }
    const result: Record<string, Parsed> = {};
    for (const parameter of parameters) {
      const argument = given.get(parameter.name);
      const value = argument === undefined ? parameter.fallback : this.#parse(parameter, argument.value);
      if (value !== undefined) result[parameter.name] = value;
      else if (argument === undefined && parameter.optional !== true)
        this.#fail('CX3006', this.#link.span, `\`${this.#name}\` needs its \`${parameter.name}\``, this.#example(parameter)); // prettier-ignore
    }
    return this.#failed ? undefined : result;
  }

  #example(parameter: StepParameter): string {
    const value = { share: '50 %', bounds: '0.8..1.0', factor: '0.2', angles: '15 deg', turns: '0.1', number: '1', whole: '4', size: '128', time: '1 s', words: parameter.words?.[0] ?? '', axis: 'frame', axes: '[frame, width]', list: '[1, 0.5]', string: '"…"', column: 'other', chain: 'flip', chains: '[flip, gray]', flag: 'on' }[parameter.kind]; // prettier-ignore
    return `\`${this.#name}(${parameter.named === true ? `${parameter.name}: ` : ''}${value})\``;
  }

  #fail(code: string, span: Expression['span'], message: string, expected?: string, suggestion?: string): undefined {
    this.#failed = true;
    return this.#site.checker.report.error(code, span, message, {
      ...(expected === undefined ? {} : { expected }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #parse(parameter: StepParameter, value: Expression): Parsed | undefined {
    const { checker, axes } = this.#site;
    const wrong = (): undefined => this.#fail('CX5006', value.span, `this is no \`${parameter.name}\` of \`${this.#name}\``, this.#example(parameter)); // prettier-ignore
    switch (parameter.kind) {
      case 'share': {
        const share = this.#number(value);
        return share === undefined || (share >= 0 && share <= 1) ? share : this.#outside(value, parameter.name, 0, 1, share); // prettier-ignore
      }
      case 'number':
      case 'whole': {
        const found = this.#number(value);
        if (found === undefined || !this.#inside(parameter, value, [found, found])) return undefined;
        return parameter.kind === 'number' || Number.isInteger(found) ? found : wrong();
      }
      case 'bounds':
        return this.#bounds(value, parameter, (single) => [single, single]);
      case 'factor':
        return this.#bounds(value, { ...parameter, least: 0 }, (single) => [Math.max(0, 1 - single), 1 + single]);
      case 'angles':
        return this.#bounds(value, parameter, (single) => [-single, single]);
      case 'turns': {
        const written = value.kind === 'range' ? [value.from, value.to] : [value];
        const turn = written.some(hasUnit) ? 1 / (2 * Math.PI) : 1;
        return this.#bounds(value, { ...parameter, least: -0.5, most: 0.5 }, (single) => [-single * turn, single * turn], turn); // prettier-ignore
      }
      case 'size':
      case 'time': {
        if (value.kind === 'extent') return { height: value.sizes[0], width: value.sizes[1] };
        const unit = value.kind === 'quantity' ? value.unit?.text : undefined;
        if (value.kind === 'quantity' && (unit === 's' || unit === 'ms')) return { seconds: value.value * (unit === 'ms' ? 1e-3 : 1) }; // prettier-ignore
        const size = this.#number(value);
        if (size === undefined) return undefined;
        return Number.isInteger(size) && size >= 1 ? { height: size, width: size } : wrong();
      }
      case 'words': {
        const word = value.kind === 'reference' ? value.name : '';
        if (parameter.words?.includes(word) === true) return word;
        return this.#fail('CX2010', value.span, `\`${parameter.name}\` cannot be this`, parameter.words?.join(', '), nearestName(word, parameter.words ?? [])); // prettier-ignore
      }
      case 'flag': {
        const word = value.kind === 'reference' ? value.name : '';
        return ['on', 'true', 'off', 'false'].includes(word) ? word === 'on' || word === 'true' : wrong();
      }
      case 'string':
        return value.kind === 'string' ? value.value : wrong();
      case 'axis':
      case 'axes': {
        const inner = value.kind === 'as-axes' ? value.value : value;
        if (value.kind === 'as-axes') this.born.push(...value.axes.map((name) => name.text));
        const many = parameter.kind === 'axes' ? (inner.kind === 'list' ? inner.items.map((item) => item.value) : inner.kind === 'tuple' ? inner.items : [inner]) : [inner]; // prettier-ignore
        // the axes of a pipe are those of whatever it is given
        const found = many.flatMap((each) => (this.#site.domains.length === 0 ? (named(each) ?? []) : (axisOf(checker, each, checker.fileScope(checker.root), axes) ?? []))); // prettier-ignore
        const [only] = found;
        if (found.length < many.length || only === undefined) {
          this.#failed = true;
          return undefined;
        }
        return parameter.kind === 'axes' ? found : only;
      }
      case 'list': {
        if (value.kind !== 'list') return wrong();
        const numbers = value.items.flatMap((item) => this.#number(item.value) ?? []);
        return numbers.length === value.items.length && numbers.length > 0 ? numbers : wrong();
      }
      case 'column':
        return this.#column(value);
      case 'chain': {
        const steps = this.#sameSize(value);
        return steps === undefined ? undefined : { steps };
      }
      case 'chains': {
        if (value.kind !== 'list') return wrong();
        const chains = value.items.flatMap((item) => {
          const steps = this.#sameSize(item.value);
          return steps === undefined ? [] : [steps];
        });
        if (chains.length === value.items.length && chains.length > 0) return { chains };
        this.#failed = true;
        return undefined;
      }
    }
  }

  /** A chain that is not always done: what it gives is of the size that it is given. */
  #sameSize(value: Expression): readonly CheckedStep[] | undefined {
    const steps = readChain(this.#site, pipeLinks(value), this.#open);
    const odd = steps?.find(({ name }) => ['random_crop', 'random_scale', 'one_frame', 'window'].includes(name));
    if (steps === undefined) this.#failed = true;
    if (odd === undefined) return steps;
    return this.#fail('CX3014', value.span, `\`${odd.name}\` changes the size, and \`${this.#name}\` does it to some samples only`, '`crop(0.8..1.0)`, which keeps the size'); // prettier-ignore
  }

  /** The name of a column of texts. */
  #column(value: Expression): string | undefined {
    const { checker } = this.#site;
    const typed = checker.tensor(value, checker.fileScope(checker.root));
    if (typed?.op === 'column' && typed.type.element === 'text' && checker.columns.has(typed.attributes.column))
      return typed.attributes.column;
    this.#failed = true;
    if (typed === undefined) return undefined;
    return this.#fail('CX3007', value.span, `\`${this.#name}\` takes the text of another column`, 'an `input` of type `text`, or a view of one'); // prettier-ignore
  }

  #bounds(value: Expression, parameter: StepParameter, of: (single: number) => Bounds, scale = 1): Bounds | undefined {
    if (value.kind !== 'range') {
      const single = this.#number(value);
      if (single === undefined) return undefined;
      const bounds = of(single);
      return this.#inside(parameter, value, bounds) ? bounds : undefined;
    }
    if (value.from === undefined || value.to === undefined || value.by !== undefined)
      return this.#fail('CX5006', value.span, 'what is drawn lies between two numbers', '`0.8..1.0`');
    const [from, to] = [this.#number(value.from), this.#number(value.to)];
    if (from === undefined || to === undefined) return undefined;
    const [low, high] = [from * scale, to * scale];
    if (low > high) return this.#fail('CX5006', value.span, 'the lower bound comes first', `\`${high}..${low}\``);
    return this.#inside(parameter, value, [low, high]) ? [low, high] : undefined;
  }

  #inside({ name, least, most }: StepParameter, value: Expression, [low, high]: Bounds): boolean {
    if (low >= (least ?? Number.NEGATIVE_INFINITY) && high <= (most ?? Number.POSITIVE_INFINITY)) return true;
    this.#outside(value, name, least, most, low < (least ?? low) ? low : high);
    return false;
  }

  #outside(
    value: Expression,
    name: string,
    least: number | undefined,
    most: number | undefined,
    found: number,
  ): undefined {
    // prettier-ignore
    const expected = most === undefined ? `at least ${least ?? 0}` : `from ${least ?? 0} to ${most}`;
    this.#failed = true;
    return this.#site.checker.report.error('CX5006', value.span, `\`${name}\` of \`${this.#name}\` is ${expected}`, { found: String(found) }); // prettier-ignore
  }

  /** A number known while compiling; angles in radians, times in seconds, shares as they are. */
  #number(value: Expression): number | undefined {
    if (value.kind === 'quantity') {
      const unit = value.unit?.text;
      const factor = unit === undefined ? 1 : { '%': 0.01, deg: Math.PI / 180, rad: 1, ms: 1e-3, s: 1, dB: 1, px: 1 }[unit]; // prettier-ignore
      if (factor !== undefined) return value.value * factor;
      return this.#fail('CX5003', value.unit?.span ?? value.span, `the unit \`${unit ?? ''}\` has no meaning here`);
    }
    const { checker } = this.#site;
    const typed = checker.tensor(value, checker.fileScope(checker.root));
    const found = typed === undefined ? undefined : constantOf(typed);
    if (found !== undefined) return found;
    this.#failed = true;
    return typed === undefined ? undefined : this.#fail('CX3011', value.span, `\`${this.#name}\` takes numbers that are known while compiling`, 'a number, or what is drawn from: `0.8..1.0`'); // prettier-ignore
  }
}

/** Of a pipe only the name of an axis is known. */
function named(value: Expression): Axis | undefined {
  if (value.kind !== 'reference') return undefined;
  return { id: value.name, name: value.name, kind: structuralKinds.get(value.name) ?? 'item', size: { kind: 'known', value: 0 } }; // prettier-ignore
}

/** `18 deg`, `-18 deg` */
const hasUnit = (value: Expression | undefined): boolean =>
  value?.kind === 'unary' ? hasUnit(value.operand) : value?.kind === 'quantity' && value.unit !== undefined;
