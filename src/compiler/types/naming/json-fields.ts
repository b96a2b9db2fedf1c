/** Typed access to a parsed JSON object whose content nobody has checked. What does not fit is one fault, in words. */
export class Unfit extends Error {}

export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unfit(`${where} is no object`);
    this.#object = value as Record<string, unknown>; // checked
    this.#where = where;
  }

  get keys(): string[] {
    return Object.keys(this.#object);
  }

  has(key: string): boolean {
    return this.#object[key] !== undefined && this.#object[key] !== null;
  }

  raw(key: string): unknown {
    return this.#object[key];
  }

  /** `fallback`: where it is absent; without one it must be there. */
  count(key: string, fallback?: number): number {
    const value = this.has(key) ? this.#object[key] : fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
    throw new Unfit(`${this.#name(key)} is no whole number of at least 1`);
  }

  number(key: string, fallback?: number): number {
    const value = this.has(key) ? this.#object[key] : fallback;
    if (typeof value === 'number') return value;
    throw new Unfit(`${this.#name(key)} is no number`);
  }

  text(key: string, fallback?: string): string {
    const value = this.has(key) ? this.#object[key] : fallback;
    if (typeof value === 'string') return value;
    throw new Unfit(`${this.#name(key)} is no text`);
  }

  /** An object inside; empty where it is absent. */
  inside(key: string): JsonFields {
    return new JsonFields(this.has(key) ? this.#object[key] : {}, this.#name(key));
  }

  triple(key: string): readonly [number, number, number] | undefined {
    if (!this.has(key)) return undefined;
    const value = this.#object[key];
    if (!Array.isArray(value) || value.length !== 3 || !value.every((each) => typeof each === 'number'))
      throw new Unfit(`${this.#name(key)} is no list of three numbers`);
    const [a, b, c] = value as [number, number, number]; // checked
    return [a, b, c];
  }

  /** Refuses a key that says something which clipx does not compute. */
  must(key: string, expected: unknown): void {
    if (this.has(key) && this.#object[key] !== expected)
      throw new Unfit(`${this.#name(key)} is ${JSON.stringify(this.#object[key])}; clipx computes ${JSON.stringify(expected)}`); // prettier-ignore
  }

  /** Refuses keys that are none of these. */
  only(...known: readonly string[]): void {
    const odd = this.keys.find((key) => this.has(key) && !known.includes(key));
    if (odd !== undefined) throw new Unfit(`${this.#name(odd)} says something that clipx does not know`);
  }

  #name(key: string): string {
    return `\`${this.#where === '' ? key : `${this.#where}.${key}`}\``;
  }
}
