/** What clipx feeds its engines, written down for Python to be compared with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../../src/compiler/program/program.ts';
import type { Stage } from '../../../src/compiler/program/stage.ts';
import { createDataRoom } from '../../../src/runtime/data/data-room.ts';
import { columnsRead } from '../../../src/runtime/feeds.ts';
import type { Tensors } from '../../../src/runtime/feeds.ts';
import { epochOrder } from '../../../src/runtime/sampler.ts';

/** Samples of an evaluated set that are compared. */
const evaluated = 96;

interface Written {
  readonly stage: string;
  readonly data: string;
  /** None in an evaluation, where nothing is drawn. */
  readonly epoch: number | null;
  /** In the order in which training comes to them. */
  readonly trained: boolean;
  readonly indices: readonly number[];
  readonly tensors: readonly { readonly key: string; readonly dtype: string; readonly shape: readonly number[]; readonly at: number }[];
} // prettier-ignore

/** Writes `program.json`, `batches.json` and `batches.bin` into `folder`: `steps` batches of each stage, the first one of each epoch twice over. */
export async function dumpBatches(program: Program, root: string, seed: number, steps: number, folder: string): Promise<void> {
  const warnings: (readonly [string, string])[] = [];
  const onWarning = (code: string, message: string): void => void warnings.push([code, message]);
  const room = createDataRoom(program, { projectFolder: root, seed, onWarning });
  const written: Written[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  const keep = (tensors: Tensors): Written['tensors'] =>
    Object.entries(tensors).map(([key, { dtype, shape, data }]) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      parts.push(bytes);
      const from = at;
      at += bytes.length;
      return { key, dtype, shape, at: from };
    });
  for (const stage of program.stages) {
    if (stage.data !== undefined) {
      const source = await room.open(stage.data);
      const { name, data, batch } = stage;
      const order = await epochOrder(stage.sampler, source, { data, batch, seed });
      const perEpoch = Math.floor(source.count / batch);
      for (let step = 0; step < steps; step++) {
        // steps near the end of the stage too: other epochs draw other things
        const number = step < steps - 1 ? step : perEpoch + step;
        const epoch = Math.floor(number / perEpoch);
        const from = (number % perEpoch) * batch;
        const indices = Array.from(order(epoch).slice(from, from + batch));
        const tensors = keep(await source.batch(indices, columnsOf(stage), epoch));
        written.push({ stage: name, data, epoch, trained: true, indices, tensors });
      }
    }
    for (const { data, samples, metrics, views } of stage.evaluations) {
      const source = await room.open(data);
      const indices = Array.from({ length: Math.min(evaluated, source.count) }, (_, index) => index);
      // `views: random`: an epoch that no training comes to
      const epoch = views === 'random' ? 2 ** 16 : undefined;
      const tensors = keep(await source.batch(indices, columnsRead(samples, metrics), epoch));
      written.push({ stage: stage.name, data, epoch: epoch ?? null, trained: false, indices, tensors });
    }
  }
  const texts = [];
  for (const { id } of program.texts) {
    const tables = await room.texts(id);
    texts.push(...keep(Object.fromEntries(Object.entries(tables).map(([part, value]) => [`${id}.${part}`, value]))));
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'program.json'), JSON.stringify(program));
  writeFileSync(join(folder, 'batches.json'), JSON.stringify({ seed, batches: written, texts, warnings }));
  writeFileSync(join(folder, 'batches.bin'), Buffer.concat(parts));
} // prettier-ignore

function columnsOf(stage: Stage): readonly string[] {
  return columnsRead(stage.features, stage.step);
}
