import type { FieldType, Time, Told } from './construct.ts';

/** What a field takes, in words. */
export function typeWords(field: FieldType): string {
  switch (field.kind) {
    case 'count':
      return field.most < 1_000_000 ? `whole number, 1..${field.most}` : 'whole number';
    case 'number':
      return `number${rangeWords(field.least, field.most)}`;
    case 'counts':
      return 'list of whole numbers';
    case 'extent':
      return 'whole number, or (height, width)';
    case 'word':
      return field.words.join(' | ');
    case 'switch':
      return 'on | off';
    case 'axis':
      return 'axis';
    case 'path':
      return ['path', ...(field.names ?? [])].join(' | ');
    case 'start':
      return 'start, as normal(0.02)';
    case 'tower':
      return field.towers.map((name) => `${name}(…)`).join(' | ');
    case 'time':
      return field.share === true ? 'epochs, steps or % of all' : 'epochs or steps';
    case 'times':
      return 'list of epochs or steps';
    case 'numbers':
      return 'number, or a list';
    case 'value':
      return field.takes;
  }
}

function rangeWords(least: number, most: number): string {
  if (Number.isFinite(most) && most < 1e6) return `, ${least}..${most}`;
  return least > -1e6 ? `, at least ${least}` : '';
}

/** The default as it would be written; undefined where a field must be given or is simply absent. */
export function defaultWords(field: FieldType & Told): string | undefined {
  if (field.required === true) return undefined;
  if (field.follows !== undefined) return field.follows;
  if (!('otherwise' in field) || field.otherwise === undefined) return undefined;
  const { otherwise } = field;
  if (typeof otherwise === 'boolean') return otherwise ? 'on' : 'off';
  if (typeof otherwise === 'number') return numberWords(otherwise);
  if (typeof otherwise === 'string') return field.kind === 'path' ? `"${otherwise}"` : otherwise;
  if ('unit' in otherwise) return timeWords(otherwise);
  if (field.kind !== 'extent') return `[${otherwise.join(', ')}]`;
  const [height, width] = otherwise;
  return height === width ? String(height) : `(${otherwise.join(', ')})`;
}

const timeWords = ({ value, unit }: Time): string => `${value} ${unit}${value === 1 ? '' : 's'}`;

/** `1e-5`, not `0.00001`. */
const numberWords = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('e-', 'e-') : String(value);

/** `4 * width`, not a sentence. */
const isFormula = (words: string): boolean => /^\w+( [*/] \w+)?$/.test(words);

/** `vit(size: 224, patch: 32, …)`: what must be given, then every field with its default. */
export function signatureWords(name: string, given: string | undefined, options: Readonly<Record<string, FieldType & Told>>): string {
  const fields = Object.entries(options).flatMap(([field, type]) => {
    if (given?.split(' ').includes(field) === true) return [];
    const otherwise = defaultWords(type);
    return otherwise === undefined || (type.follows !== undefined && !isFormula(type.follows)) ? [`${field}:`] : [`${field}: ${otherwise}`];
  });
  const all = [...(given === undefined ? [] : [given]), ...fields];
  return all.length === 0 ? name : `${name}(${all.join(', ')})`;
} // prettier-ignore
