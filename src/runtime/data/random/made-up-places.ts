import type { DataPlan } from '../data-plan.ts';
import type { Member } from '../raw-sample.ts';
import type { FileOrigin } from '../source.ts';
import { randomSamples } from './random-samples.ts';

/** A place on disk, as `made_up.json` of a package has it; bytes of files are `{"$bytes": base64}`. */
export interface MadeUpPlace {
  readonly kind: FileOrigin['kind'];
  readonly path: string;
  readonly samples: readonly {
    readonly key: string;
    readonly origin: string;
    readonly members: Readonly<Record<string, unknown>>;
  }[];
}

/** The samples that stand for every place on disk that a program reads: for a package, which is handed them instead of making them up again. */
export async function madeUpPlaces(plan: DataPlan): Promise<readonly MadeUpPlace[]> {
  const origins = new Map<string, FileOrigin>();
  for (const { source } of plan.data) if ('path' in source) origins.set(`${source.kind} ${source.path}`, source);
  return Promise.all(
    [...origins.values()].map(async (origin): Promise<MadeUpPlace> => {
      const samples = await randomSamples(plan, origin);
      return {
        kind: origin.kind,
        path: origin.path,
        samples: samples.map(({ key, origin: from, members }) => ({
          key,
          origin: from,
          members: Object.fromEntries([...members].map(([name, member]) => [name, packed(contentOf(member))])),
        })),
      };
    }),
  );
}

const contentOf = (member: Member): unknown =>
  member.kind === 'bytes' ? member.bytes : member.kind === 'value' ? member.value : member.path;

function packed(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  return Array.isArray(value) ? value.map(packed) : value;
}
