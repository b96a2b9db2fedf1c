import type { Reporter } from '../diagnostics/reporter.ts';
import type { Column } from '../program/column.ts';
import type { Vocabulary } from '../program/vocabulary.ts';
import type { Declaration, NameSpace } from '../resolve/declarations.ts';
import type { CompilerHost, Imported, Module } from '../resolve/modules.ts';
import type { Span } from '../source/span.ts';
import type { Expression, FnStatement } from '../syntax/ast.ts';
import type { Axis } from '../types/axis.ts';
import type { TinySizes } from '../types/tiny-sizes.ts';
import { asTensor } from './as-tensor.ts';
import type { Application } from './checked.ts';
import { Ledger, Table, type Finding, type Found } from './ledger.ts';
import { Scope } from './scope.ts';
import type { Risk } from './guards.ts';
import { bare } from './bare.ts';
import type { PartBody } from './parts/part-builder.ts';
import type { Wrap } from './parts/wraps.ts';
import type { Instance, Part, StateOverride, Typed } from './typed.ts';
import type { PromptTable, Value } from './value.ts';

/** A column of the sample with what the graph and the data reader need of it. */
export interface ColumnEntry {
  readonly column: Column;
  readonly span: Span;
}

/** What is said of a raw `param`. */
export interface ParameterSettings {
  readonly flag: 'frozen' | 'trainable';
  readonly span: Span;
  readonly overrides: readonly StateOverride[];
}

export interface WeightEntry {
  readonly name: string;
  readonly constant?: number;
  readonly ramp?: {
    readonly from: number;
    readonly to: number;
    readonly value: number;
    readonly unit: 'epoch' | 'step';
  };
  readonly span: Span;
}

/** Something that all declarations say together. */
export interface SharedFinding<Result> {
  readonly what: string;
  readonly find: (checker: Checker) => Result;
}

/** What expressions and declarations mean: handed in, for they call the checker and it calls them. */
export interface LanguageRules {
  readonly expression: (checker: Checker, expression: Expression, scope: Scope) => Value | undefined;
  readonly value: (checker: Checker, declaration: Declaration, module: Module) => Value | undefined;
  readonly axis: (checker: Checker, declaration: Declaration, module: Module) => Axis | undefined;
}

/** Each equation that waits for another is a level of recursion, and the stack of a machine is no law of the language. */
const waitingLimit = 200;
/** A fn that calls another one twice is twice as long: without a limit thirty lines are a thousand million. */
const inlineLimit = 20_000;

/**
 * Gives every expression of one experiment its type. Declarations are checked when they are first read, so their order in the file does
 * not matter and a cycle is seen as one.
 */
export class Checker {
  readonly report: Reporter;
  readonly host: CompilerHost;
  readonly root: Module;
  /** What of all this a later stage may take over. */
  readonly ledger = new Ledger();
  readonly columns: Table<ColumnEntry> = new Table('columns', this.ledger, (checker) => checker.columns);
  readonly vocabularies: Table<Vocabulary> = new Table('vocabularies', this.ledger, (checker) => checker.vocabularies);
  readonly instances: Table<Instance> = new Table('instances', this.ledger, (checker) => checker.instances);
  /** Parts of encoders and modules that are called by themselves, by owner and key. */
  readonly #parts = new Map<string, Table<Part>>();
  /** What chains and modules of one's own consist of, by the name of the part. */
  readonly bodies: Table<PartBody> = new Table('bodies', this.ledger, (checker) => checker.bodies);
  readonly wraps: Table<readonly Wrap[]> = new Table('wraps', this.ledger, (checker) => checker.wraps);
  /** Numbers along the axis that a layer met at its first call. */
  readonly layerSizes: Table<number> = new Table('layer sizes', this.ledger, (checker) => checker.layerSizes);
  readonly prompts: Table<PromptTable> = new Table('prompts', this.ledger, (checker) => checker.prompts);
  readonly weights: Table<WeightEntry> = new Table('weights', this.ledger, (checker) => checker.weights);
  readonly parameterSettings: Table<ParameterSettings> = new Table('parameters', this.ledger, (checker) => checker.parameterSettings); // prettier-ignore
  /** Names of the file that some expression reads. */
  readonly read = new Set<string>();
  /** Calls of chains and modules of one's own. */
  readonly applications: Application[] = [];
  /** Settings that are checked and have no body yet. */
  readonly later: { readonly what: string; readonly span: Span; readonly help?: string }[] = [];
  /** Removed names with the places that still read them. */
  readonly dangling = new Map<string, Span[]>();
  /** A value failed: what would be missed for it (a part that no loss reaches, a column that nothing reads) is not blamed. */
  holes = false;
  /** Random stream names given out, so that each use has its own. */
  #streams = new Map<string, number>();
  readonly #language: LanguageRules;
  #values = new Map<Declaration, Value | undefined>();
  readonly #open: Declaration[] = [];
  readonly #circular = new Set<Declaration>();
  #hasToldDepth = false;
  #hasToldLength = false;
  /** Divisions, logarithms and roots, judged when all of them are known to be read. */
  readonly risks: Risk[] = [];
  /** What must not be zero of them, under its casts. */
  readonly riskOperands = new Set<Typed>();
  readonly #axes = new Map<Declaration, Axis | undefined>();
  readonly #openAxes: Declaration[] = [];
  readonly #files = new Map<Module, Scope>();
  /** Axes that equations of a file make, by its path. */
  readonly #born = new Map<string, Table<Axis>>();
  /** What another stage has found and this one takes over when it is first read, with the checker of that stage. */
  #earlier: { readonly checker: Checker; readonly findings: ReadonlyMap<Found, Finding> } | undefined;
  /** Values that stand for others for a while: what is found meanwhile is no declaration's. */
  #substitutions = 0;
  readonly #shared = new Map<Found, unknown>();
  /** The fns that are being inlined, outermost first. */
  readonly openFns: FnStatement[] = [];
  #instanceCount = 0;
  /** Calls of fns that are written out in what this stage holds. */
  #calls = 0;
  /** The declaration being checked, in the user's words: names random streams and labels. */
  subject = 'main';
  /** At which sizes, where not those of the file. */
  readonly tiny: TinySizes | undefined;

  constructor(language: LanguageRules, root: Module, host: CompilerHost, report: Reporter, tiny?: TinySizes) {
    this.tiny = tiny;
    this.#language = language;
    this.root = root;
    this.host = host;
    this.report = report;
  }

  expression(expression: Expression, scope: Scope): Value | undefined {
    return this.#language.expression(this, expression, scope);
  }

  /** The expression as a tensor; anything else is an error. */
  tensor(expression: Expression, scope: Scope): Typed | undefined {
    const value = this.expression(expression, scope);
    return value === undefined ? undefined : asTensor(this, value, expression.span);
  }

  /** The rewritten blocks of an encoder. */
  wrapsOf(owner: string): readonly Wrap[] {
    return this.wraps.get(owner) ?? [];
  }

  /** Parts inside an encoder or module; more are added as they are met. */
  partsOf(owner: string): Table<Part> {
    const known = this.#parts.get(owner) ?? new Table(`parts of ${owner}`, this.ledger, (checker) => checker.partsOf(owner)); // prettier-ignore
    this.#parts.set(owner, known);
    return known;
  }

  /** The names of a file itself, and the axes that its equations make. */
  fileScope(of: Module): Scope {
    const module = this.#seenHere(of);
    const known = this.#files.get(module);
    if (known !== undefined) return known;
    const scope = new Scope(module, '', undefined, this.bornIn(module.path));
    this.#files.set(module, scope);
    return scope;
  }

  bornIn(path: string): Table<Axis> {
    const known = this.#born.get(path) ?? new Table(`axes of ${path}`, this.ledger, (checker) => checker.bornIn(path));
    this.#born.set(path, known);
    return known;
  }

  declarationOf(name: string, of: Module, space: NameSpace): Imported | undefined {
    const module = this.#seenHere(of);
    if (module === this.root) this.ledger.looksUp(name, space);
    const own = module.declarations.find(name, space);
    if (own !== undefined) return { declaration: own, module };
    const imported = module.imports.get(name);
    return imported !== undefined && imported.declaration.space === space ? imported : undefined;
  }

  /** The file itself as this stage sees it, where a value that another stage has found speaks of it. */
  #seenHere(module: Module): Module {
    return module.path === this.root.path ? this.root : module;
  }

  /** Something of the statements of the file that is no declaration. */
  ask<Answer>(key: string, question: (root: Module) => Answer): Answer {
    this.ledger.asks(key, question);
    return question(this.root);
  }

  /** Whether equations that wait for each other and fns within fns go past the limit; told once. */
  isTooDeep(at: Span): boolean {
    if (this.#open.length + this.openFns.length < waitingLimit) return false;
    if (!this.#hasToldDepth) {
      this.report.error('CX1009', at, `this stands ${waitingLimit} equations and calls deep`, {
        expected: `at most ${waitingLimit} equations that wait for each other and calls of fns within fns`,
        help: 'declare a long chain of equations in the order in which they depend on each other',
      });
    }
    this.#hasToldDepth = true;
    return true;
  }

  /** Whether so many fns have been written out that another one is too many; told once. */
  isTooLong(at: Span): boolean {
    if (this.#calls < inlineLimit) return false;
    if (!this.#hasToldLength) {
      this.report.error('CX1009', at, `more than ${inlineLimit} calls of fns are written out in this experiment`, {
        help: 'a fn that calls others several times doubles with every level: name what they share with `let`',
      });
    }
    this.#hasToldLength = true;
    return true;
  }

  /** The value of a declaration, checked once. */
  declared(declaration: Declaration, module: Module, from: Span): Value | undefined {
    this.ledger.readsDeclaration(declaration, module);
    if (this.#values.has(declaration)) return this.#values.get(declaration);
    if (this.#substitutions === 0 && this.#isTakenOver(declaration)) return this.#values.get(declaration);
    const start = this.#open.indexOf(declaration);
    if (start >= 0) return this.#circle(this.#open.slice(start), from);
    if (this.isTooDeep(from)) return undefined;
    this.#open.push(declaration);
    const outer = this.subject;
    this.subject = declaration.name.text;
    try {
      const value = this.#recorded(declaration, module, () => this.#language.value(this, declaration, module));
      this.#values.set(declaration, value);
      if (value === undefined) this.holes = true;
      return value;
    } finally {
      this.#open.pop();
      this.subject = outer;
    }
  }

  #recorded<Result>(declaration: Found, module: Module, work: () => Result): Result {
    return this.#substitutions > 0 ? work() : this.ledger.record(declaration, module, () => this.report.told, work);
  }

  /** Lets this checker, of another stage of the same file, begin with what `earlier` has found and what is the same here. */
  takeOver(earlier: Checker): void {
    this.#earlier = { checker: earlier, findings: earlier.ledger.unchanged(earlier.root, this.root) };
    // names of axes are given out once
    this.#instanceCount = earlier.#instanceCount;
  }

  /** Whether another stage has found the same: then it is here too, behind all that it reads. */
  #isTakenOver(declaration: Declaration): boolean {
    const { checker, findings } = this.#earlier ?? {};
    const finding = findings?.get(declaration);
    if (checker === undefined || finding === undefined) return false;
    const isAxis = declaration.space === 'axis';
    const value = checker.#values.get(declaration);
    if (value !== undefined && !isOfNoStage(value)) return false;
    // before what it reads: members of a circle read each other
    if (isAxis) this.#axes.set(declaration, checker.#axes.get(declaration));
    else this.#values.set(declaration, value);
    if (!isAxis && value === undefined) this.holes = true;
    for (const [other, module] of finding.declarations) {
      if (other.space === 'axis') this.declaredAxis(other, module);
      else this.declared(other, module, other.name.span);
    }
    this.ledger.repeat(declaration, finding, this);
    this.#calls += finding.calls;
    return true;
  }

  /** What follows from the declarations alone, as the data sets: what another stage of the same declarations has found is found here too. */
  sharing<Result>(shared: SharedFinding<Result>): Result {
    const { checker, findings } = this.#earlier ?? {};
    const finding = checker?.root.declarations === this.root.declarations ? findings?.get(shared) : undefined;
    if (checker !== undefined && finding !== undefined) {
      this.ledger.repeat(shared, finding, this);
      this.#shared.set(shared, checker.#shared.get(shared));
    } else {
      const found = this.#recorded(shared, this.root, () => shared.find(this));
      this.#shared.set(shared, found);
    }
    return this.#shared.get(shared) as Result; // what stands under a finding is its result
  }

  /** What `work` finds while another value stands for a declaration: what depends on it is checked again, and its draws are the same. */
  substituting<Result>(
    declaration: Declaration,
    value: Value,
    depends: (known: Value) => boolean,
    work: () => Result,
  ): Result {
    const [values, streams] = [this.#values, this.#streams];
    const kept = [...values].filter(([, known]) => known !== undefined && !depends(known));
    const own = [...streams].filter(([key]) => key.endsWith(`:${this.subject}`));
    this.#values = new Map([...kept, [declaration, value]]);
    this.#streams = new Map(own);
    this.#substitutions += 1;
    try {
      return work();
    } finally {
      this.#substitutions -= 1;
      for (const [key, count] of this.#streams) if (key.endsWith(`:${this.subject}`)) streams.set(key, count);
      [this.#values, this.#streams] = [values, streams];
    }
  }

  declaredAxis(declaration: Declaration, module: Module): Axis | undefined {
    this.ledger.readsDeclaration(declaration, module);
    if (this.#axes.has(declaration)) return this.#axes.get(declaration);
    if (this.#isTakenOver(declaration)) return this.#axes.get(declaration);
    const start = this.#openAxes.indexOf(declaration);
    if (start >= 0) return this.#circle(this.#openAxes.slice(start), declaration.name.span);
    this.#openAxes.push(declaration);
    try {
      const axis = this.#recorded(declaration, module, () => this.#language.axis(this, declaration, module));
      this.#axes.set(declaration, axis);
      return axis;
    } finally {
      this.#openAxes.pop();
    }
  }

  /** Members of a circle are blamed once: the rest of it has no value, and says no more. */
  #circle(cycle: readonly Declaration[], from: Span): undefined {
    const [first] = cycle;
    const told = cycle.some((member) => this.#circular.has(member));
    for (const member of cycle) this.#circular.add(member);
    if (told || first === undefined) return undefined;
    return this.report.error('CX2008', from, `\`${first.name.text}\` depends on itself`, {
      related: cycle
        .filter((member) => member.name.span.start !== from.start)
        .map((member) => ({ span: member.name.span, label: 'part of the circle' })),
      found: [...cycle.map((member) => member.name.text), first.name.text].join(' → '),
      help: 'break the circle: one of these has to come from somewhere else',
    });
  }

  /** Remembers a division, logarithm or root by what it must not be zero of. */
  risk(typed: Typed | undefined, word: Risk['word'], operand: Typed, span: Span, at: Span): void {
    if (typed === undefined) return;
    const found = { typed, operand, word, span, at, inPlace: this.report.snapshot() };
    const remember = (checker: Checker): void => {
      checker.risks.push(found);
      checker.riskOperands.add(bare(operand));
    };
    remember(this);
    this.ledger.leaves(remember);
  }

  /** A name for a random stream: one per use, stable against edits elsewhere in the file. */
  stream(what: string): string {
    const base = `${what}:${this.subject}`;
    const count = this.#streams.get(base) ?? 0;
    this.#streams.set(base, count + 1);
    this.ledger.reads('streams', base);
    this.ledger.writes('streams', base, (checker) => checker.#streams.set(base, count + 1));
    return count === 0 ? base : `${base}.${count}`;
  }

  inlinePrefix(name: string): string {
    this.#instanceCount += 1;
    this.#calls += 1;
    this.ledger.counts();
    return `${name}#${this.#instanceCount}.`;
  }

  /** What is checked and has no body yet: said where it would have to run. */
  unbuilt(span: Span, what: string, help?: string): void {
    const remember = ({ later }: Checker): void => {
      if (later.some((each) => each.span.start === span.start && each.what === what)) return;
      later.push({ what, span, ...(help === undefined ? {} : { help }) });
    };
    remember(this);
    this.ledger.leaves(remember);
  }

  /** Notes a call of a chain or a module of one's own. */
  applies(application: Application): void {
    const remember = ({ applications }: Checker): void => void applications.push(application);
    remember(this);
    this.ledger.leaves(remember);
  }

  /** Whether the name was taken out by `remove`: then its readers are told together, at the `remove`. */
  isRemoved(name: string, span: Span): boolean {
    if (!this.root.removed.has(name)) return false;
    const remember = (checker: Checker): void => {
      checker.holes = true;
      const users = checker.dangling.get(name) ?? [];
      checker.dangling.set(name, users);
      if (!users.some((each) => each.file === span.file && each.start === span.start)) users.push(span);
    };
    remember(this);
    this.ledger.leaves(remember);
    return true;
  }

  notImplemented(span: Span, what: string): undefined {
    return this.report.error('CX0001', span, `${what} is not implemented yet`, {
      help: 'grammar/README.md marks what this version builds',
    });
  }
}

/** Whether another stage may read the value: what looks names up, or makes something when it is called, is each stage's own. */
function isOfNoStage(value: Value): boolean {
  if (value.kind === 'tuple') return value.items.every(isOfNoStage);
  return value.kind !== 'fn' && value.kind !== 'definition' && value.kind !== 'prompt-fn';
}
