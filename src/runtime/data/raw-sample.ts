import { nearestName } from '../../compiler/common/suggest.ts';
import { DataError } from './data-error.ts';

/** One sample as its source holds it: members by extension (`webp`, `json`) or columns of a table. */
export interface RawSample {
  /** Unique within its source: `openmoji/dog-face`, a row number. */
  readonly key: string;
  /** The file it stands in, as people call it, for messages. */
  readonly origin: string;
  /** Bytes of a file, text of a table cell, or a parsed JSON value. */
  readonly members: ReadonlyMap<string, Member>;
}

export type Member =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'value'; readonly value: unknown; readonly folder: string };

/** `shard.tar#key`: how messages call a sample. */
export function sampleName(sample: RawSample): string {
  return `${sample.origin}#${sample.key}`;
}

export interface FieldPath {
  /** The member: `webp`, `json`, a table column, `__key__`. */
  readonly member: string;
  /** Names and indices within a JSON member. */
  readonly steps: readonly (string | number)[];
}

/**
 * Reads `webp`, `json.label`, `json.captions[0]`, `__key__`. Where a member of that whole name exists, it wins:
 * `mask.png` is a member, not a path.
 */
function parseFieldPath(path: string, sample: RawSample): FieldPath {
  if (sample.members.has(path)) return { member: path, steps: [] };
  const parts = path.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    const member = parts.slice(0, length).join('.');
    if (sample.members.has(member)) return { member, steps: stepsOf(parts.slice(length)) };
  }
  const [member = path, ...rest] = parts;
  const indexed = /^(.*?)\[(\d+)\]$/.exec(member);
  if (indexed?.[1] !== undefined && sample.members.has(indexed[1])) {
    return { member: indexed[1], steps: stepsOf([member.slice(indexed[1].length), ...rest]) };
  }
  return { member, steps: stepsOf(rest) };
}

function stepsOf(parts: readonly string[]): (string | number)[] {
  return parts.flatMap((part) => {
    const name = part.replace(/\[.*$/, '');
    const indices = [...part.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
    return name === '' ? indices : [name, ...indices];
  });
}

/** The member a path names, or a `DataError` CX8104 that offers the nearest one. */
export function memberOf(sample: RawSample, path: string, column: string): { member: Member; field: FieldPath } {
  const field = parseFieldPath(path, sample);
  // In a JSON line or a CSV row `json.label` and `label` are one and the same.
  const fallback = field.member === 'json' && typeof field.steps[0] === 'string' ? field.steps[0] : undefined;
  const member = sample.members.get(field.member);
  if (member !== undefined) return { member, field };
  if (fallback !== undefined) {
    const cell = sample.members.get(fallback);
    if (cell !== undefined) return { member: cell, field: { member: fallback, steps: field.steps.slice(1) } };
  }
  throw missing(sample, path, column, fallback ?? field.member, [...sample.members.keys()]);
}

/** The value under `json.label`, `label`, `__key__`: a string, number, boolean or list. Never undefined. */
export function valueOf(
  sample: RawSample,
  path: string,
  column: string,
  jsonOf: (sample: RawSample, member: string) => unknown,
): unknown {
  if (path === '__key__') return sample.key;
  const { member, field } = memberOf(sample, path, column);
  let value: unknown = member.kind === 'value' ? member.value : jsonOf(sample, field.member);
  for (const step of field.steps) {
    const next = childOf(value, step);
    if (next === undefined) {
      throw missing(sample, path, column, String(step), isRecord(value) ? Object.keys(value) : []);
    }
    value = next;
  }
  return value;
}

function childOf(value: unknown, step: string | number): unknown {
  if (typeof step === 'number') return Array.isArray(value) ? (value as unknown[])[step] : undefined;
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(sample: RawSample, path: string, column: string, part: string, present: readonly string[]): DataError {
  const nearest = nearestName(part, present);
  const listed = present.length === 0 ? 'nothing of that kind' : present.slice(0, 12).join(', ');
  return new DataError(
    'user',
    'CX8104',
    `column \`${column}\` reads "${path}", but sample ${sampleName(sample)} has no \`${part}\`; it has ${listed}`,
    {
      sample: sampleName(sample),
      help:
        nearest === undefined ? 'correct the path in the column map' : `did you mean "${path.replace(part, nearest)}"?`,
    },
  );
}
