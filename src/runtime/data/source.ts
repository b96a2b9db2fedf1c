import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { unreachable } from '../../compiler/common/invariant.ts';
import type { ColumnSource, DataOrigin } from '../../compiler/program/dataset.ts';
import { DataError } from './data-error.ts';
import { memberOf, sampleName, valueOf, type RawSample } from './raw-sample.ts';
import { readFeatures } from './readers/features.ts';
import { readFolder } from './readers/folder.ts';
import { readIdx } from './readers/idx.ts';
import { readParquet } from './readers/parquet.ts';
import { readShards } from './readers/shards.ts';
import { readCsv, readJsonLines } from './readers/table.ts';

export type FileOrigin = Exclude<DataOrigin, { readonly kind: 'mix' | 'split' | 'same' }>;

/** All samples of one place on disk, read once however many data sets are made of it. */
export class DataSource {
  readonly samples: readonly RawSample[];
  readonly #parsed = new Map<RawSample, Map<string, unknown>>();
  readonly #decoded = new Map<string, unknown[]>();

  constructor(samples: readonly RawSample[]) {
    this.samples = samples;
  }

  static async read(origin: FileOrigin, projectFolder: string): Promise<DataSource> {
    switch (origin.kind) {
      case 'shards': {
        const samples: RawSample[] = [];
        for await (const sample of readShards(origin.path, projectFolder)) samples.push(sample);
        return new DataSource(samples);
      }
      case 'folder':
        return new DataSource(readFolder(origin.path, projectFolder));
      case 'csv':
        return new DataSource(readCsv(origin.path, projectFolder));
      case 'jsonl':
        return new DataSource(readJsonLines(origin.path, projectFolder));
      case 'parquet':
        return new DataSource(await readParquet(origin.path, projectFolder));
      case 'idx':
        return new DataSource(readIdx(origin.path, origin.labels, projectFolder));
      case 'features':
        return new DataSource(readFeatures(origin.path, projectFolder));
      default:
        return unreachable(origin);
    }
  }

  /** What a column holds before it is decoded: a string, number, boolean or list. Throws CX8104. */
  value(sample: RawSample, source: ColumnSource, column: string): unknown {
    const at = (path: string): unknown => valueOf(sample, path, column, (of, member) => this.#json(of, member));
    switch (source.kind) {
      case 'path':
      case 'draw':
      case 'unfold':
        return at(source.path);
      case 'template':
        return source.text
          .replace(/^=/, '')
          .replace(/\{\{|\}\}|\{([^{}]+)\}/g, (whole: string, path?: string) =>
            path === undefined ? whole.charAt(0) : words(at(path)),
          );
      default:
        return unreachable(source);
    }
  }

  /** The bytes of a member, or of the file that a table cell names. */
  bytes(sample: RawSample, path: string, column: string): Uint8Array {
    const { member } = memberOf(sample, path, column);
    if (member.kind === 'bytes') return member.bytes;
    const name = member.kind === 'file' ? member.path : this.value(sample, { kind: 'path', path }, column);
    return this.#named(sample, name, member.kind === 'value' ? member.folder : '', column);
  }

  /** The bytes that an entry of a list of files is or names: a member of the sample, else a file beside the table. */
  entryBytes(sample: RawSample, entry: unknown, path: string, column: string): Uint8Array {
    const own = typeof entry === 'string' ? (sample.members.get(entry) ?? sample.members.get(entry.toLowerCase())) : undefined; // prettier-ignore
    if (own?.kind === 'bytes') return own.bytes;
    const { member } = memberOf(sample, path, column);
    if (own?.kind === 'file') return this.#named(sample, own.path, '', column);
    const [first] = sample.members.values();
    const folder = member.kind === 'value' ? member.folder : first?.kind === 'file' ? dirname(first.path) : '';
    if (typeof entry === 'string' && folder === '' && !isAbsolute(entry)) {
      throw new DataError('user', 'CX8107', `column \`${column}\` of ${sampleName(sample)} names \`${entry}\`, which is no member of the sample`, {
        sample: sampleName(sample),
        help: `it has ${[...sample.members.keys()].slice(0, 12).join(', ')}`,
      }); // prettier-ignore
    }
    return this.#named(sample, entry, folder, column);
  }

  /** Bytes that stand for a file, or the file of this name. */
  #named(sample: RawSample, name: unknown, folder: string, column: string): Uint8Array {
    if (name instanceof Uint8Array) return name;
    // a picture of a Hugging Face set
    if (typeof name === 'object' && name !== null && 'bytes' in name && name.bytes instanceof Uint8Array) return name.bytes; // prettier-ignore
    if (typeof name !== 'string') {
      throw new DataError(
        'user',
        'CX8107',
        `column \`${column}\` of ${sampleName(sample)} should name a file, found ${JSON.stringify(name)}`,
      );
    }
    const file = folder !== '' && !isAbsolute(name) ? join(folder, name) : name;
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new DataError(
        'world',
        'CX8101',
        `column \`${column}\` of ${sampleName(sample)} names ${file}, which can not be read`,
        {
          sample: sampleName(sample),
          help: 'a file name in a table is relative to the table',
          cause,
        },
      );
    }
  }

  /** The slots of one decoded column, filled as samples are first asked for. */
  decoded<T>(key: string): (T | undefined)[] {
    const known = this.#decoded.get(key) ?? Array.from({ length: this.samples.length });
    this.#decoded.set(key, known);
    return known as (T | undefined)[];
  }

  #json(sample: RawSample, member: string): unknown {
    const known = this.#parsed.get(sample) ?? new Map<string, unknown>();
    if (known.has(member)) return known.get(member);
    this.#parsed.set(sample, known);
    const text = Buffer.from(this.bytes(sample, member, member)).toString('utf8');
    let value: unknown = text.replace(/\r?\n$/, '');
    if (member === 'json' || member.endsWith('.json')) {
      try {
        value = JSON.parse(text);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new DataError('world', 'CX8106', `${sampleName(sample)}: \`${member}\` is no JSON: ${reason}`, {
          sample: sampleName(sample),
          cause,
        });
      }
    }
    known.set(member, value);
    return value;
  }
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
