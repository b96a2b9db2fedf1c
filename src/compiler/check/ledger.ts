/**
 * What was found out of each declaration, and what that hangs on. A file of several stages says most things once: a stage takes over from
 * the one before it what reads nothing that its own statements change, and only the rest is checked again.
 */
import type { Declaration, NameSpace } from '../resolve/declarations.ts';
import type { Module } from '../resolve/modules.ts';
import type { Checker } from './checker.ts';

/** Something of the statements of a file that is no declaration: `narrows class`. */
export type Question = (root: Module) => unknown;

/** What a finding is of: a declaration, or something that all declarations say together. */
export type Found = Declaration | { readonly what: string };

/** One declaration as it was checked. */
export class Finding {
  readonly module: Module;
  /** Other declarations whose values it reads, in the order in which they were read. */
  readonly declarations = new Map<Declaration, Module>();
  /** Names that it looks up in the file itself, each with its space. */
  readonly names = new Map<string, readonly [string, NameSpace]>();
  readonly questions = new Map<string, Question>();
  /** Entries of the checker's tables that it reads and writes, by table and key. */
  readonly read = new Set<string>();
  readonly written = new Set<string>();
  /** What it leaves in the checker besides its value. */
  readonly left: ((checker: Checker) => void)[] = [];
  /** Calls of fns that it writes out. */
  calls = 0;
  /** Something was told, or it reads whole tables: checked anew in a stage that changes some declaration. */
  alone = false;
  /** Holds names that are looked up later, in this file as it is here. */
  rooted = false;

  constructor(module: Module) {
    this.module = module;
  }
}

/** Keeps the findings of one checker. What is done while no declaration is open belongs to the stage, and is never handed on. */
export class Ledger {
  readonly findings = new Map<Found, Finding>();
  readonly #open: Finding[] = [];
  /** Entries that were written while no declaration was open. */
  readonly #outside = new Set<string>();

  /** The declaration that is being checked, innermost. */
  get #current(): Finding | undefined {
    return this.#open.at(-1);
  }

  get isOutside(): boolean {
    return this.#open.length === 0;
  }

  /** What `work` does belongs to this declaration; `told` counts what was told. */
  record<Result>(declaration: Found, module: Module, told: () => number, work: () => Result): Result {
    const finding = new Finding(module);
    const before = told();
    this.#open.push(finding);
    try {
      return work();
    } finally {
      this.#open.pop();
      if (told() !== before) finding.alone = true;
      this.findings.set(declaration, finding);
    }
  }

  readsDeclaration(declaration: Declaration, module: Module): void {
    const { declarations } = this.#current ?? {};
    if (declarations?.has(declaration) === false) declarations.set(declaration, module);
  }

  looksUp(name: string, space: NameSpace): void {
    this.#current?.names.set(`${space} ${name}`, [name, space]);
  }

  asks(key: string, question: Question): void {
    this.#current?.questions.set(key, question);
  }

  reads(table: string, key: string): void {
    this.#current?.read.add(`${table} ${key}`);
  }

  readsAll(): void {
    if (this.#current !== undefined) this.#current.alone = true;
  }

  isRooted(): void {
    if (this.#current !== undefined) this.#current.rooted = true;
  }

  writes(table: string, key: string, again: (checker: Checker) => void): void {
    const current = this.#current;
    current?.written.add(`${table} ${key}`);
    if (current === undefined) this.#outside.add(`${table} ${key}`);
    else current.left.push(again);
  }

  /** What is left behind that no other declaration reads. */
  leaves(again: (checker: Checker) => void): void {
    this.#current?.left.push(again);
  }

  counts(): void {
    if (this.#current !== undefined) this.#current.calls += 1;
  }

  /** Leaves in a checker what this finding left, which its ledger takes over. */
  repeat(declaration: Found, finding: Finding, checker: Checker): void {
    // what it writes is in the finding already
    this.#open.push(new Finding(finding.module));
    for (const again of finding.left) again(checker);
    this.#open.pop();
    this.findings.set(declaration, finding);
  }

  /** What a checker of the file `to` would find as this one, of the file `from`, has found it. */
  unchanged(from: Module, to: Module): ReadonlyMap<Found, Finding> {
    const answers = new Map<string, boolean>();
    const holds = (key: string, ask: Question): boolean => {
      const known = answers.get(key) ?? ask(from) === ask(to);
      answers.set(key, known);
      return known;
    };
    const same = from.declarations === to.declarations && from.removed.size === to.removed.size;
    const named = (root: Module, name: string, space: NameSpace): Declaration | undefined =>
      root.declarations.find(name, space) ?? root.imports.get(name)?.declaration;
    const gone = new Set<Found>(same ? [] : from.declarations.all);
    if (!same) for (const declaration of to.declarations.all) gone.delete(declaration);
    const outside = this.#outside.size > 0;
    const changed = (found: Found, finding: Finding): boolean => {
      for (const [key, question] of finding.questions) if (!holds(`? ${key}`, question)) return true;
      if (outside) for (const entry of finding.read) if (this.#outside.has(entry)) return true;
      if (same) return false;
      if (finding.alone || finding.rooted || gone.has(found)) return true;
      for (const [key, [name, space]] of finding.names)
        if (!holds(key, (root) => named(root, name, space))) return true;
      return false;
    };
    const queue = [...this.findings].flatMap(([found, finding]) => (changed(found, finding) ? [finding] : []));
    if (queue.length === 0) return this.findings;
    const writers = listed([...this.findings.values()].flatMap((each) => [...each.written].map((entry) => [entry, each] as const))); // prettier-ignore
    const readers = listed(
      [...this.findings.values()].flatMap((reader) => [
        ...[...reader.declarations.keys()].flatMap((other) => this.findings.get(other) ?? []).map((read) => [read, reader] as const),
        ...[...reader.read].flatMap((entry) => writers.get(entry) ?? []).map((read) => [read, reader] as const),
      ]),
    ); // prettier-ignore
    // what speaks against one finding speaks against all that read it
    const lost = new Set<Finding>();
    for (let finding = queue.pop(); finding !== undefined; finding = queue.pop()) {
      if (lost.has(finding)) continue;
      lost.add(finding);
      queue.push(...(readers.get(finding) ?? []));
    }
    return new Map([...this.findings].filter(([, finding]) => !lost.has(finding)));
  }
}

function listed<Key, Item>(pairs: readonly (readonly [Key, Item])[]): Map<Key, Item[]> {
  const lists = new Map<Key, Item[]>();
  for (const [key, item] of pairs) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [item]);
    else list.push(item);
  }
  return lists;
}

/** A table of the checker that its ledger watches. `of`: the same table of another checker. */
export class Table<Entry> extends Map<string, Entry> {
  readonly #name: string;
  readonly #ledger: Ledger;
  readonly #of: (checker: Checker) => Table<Entry>;

  constructor(name: string, ledger: Ledger, of: (checker: Checker) => Table<Entry>) {
    super();
    this.#name = name;
    this.#ledger = ledger;
    this.#of = of;
  }

  override get(key: string): Entry | undefined {
    this.#ledger.reads(this.#name, key);
    return super.get(key);
  }

  override has(key: string): boolean {
    this.#ledger.reads(this.#name, key);
    return super.has(key);
  }

  override set(key: string, entry: Entry): this {
    if (super.get(key) !== entry || !this.#ledger.isOutside)
      this.#ledger.writes(this.#name, key, (checker) => this.#of(checker).set(key, entry));
    return super.set(key, entry);
  }

  override entries(): MapIterator<[string, Entry]> {
    this.#ledger.readsAll();
    return super.entries();
  }

  override keys(): MapIterator<string> {
    this.#ledger.readsAll();
    return super.keys();
  }

  override values(): MapIterator<Entry> {
    this.#ledger.readsAll();
    return super.values();
  }

  override [Symbol.iterator](): MapIterator<[string, Entry]> {
    return this.entries();
  }
}
