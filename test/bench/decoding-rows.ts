import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { compileFile, repository } from './programs.ts';
import { median } from './statistics.ts';

const experiment = 'experiments/clip/pretrain.clipx';
const data = 'unseen';

/** Opens and decodes one data set of the pretraining anew in every round. */
export async function measureDecoding(rounds: number): Promise<[what: string, finding: string][]> {
  const program = compileFile(experiment);
  const opening: number[] = [];
  const rate: number[] = [];
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const opened = await createDataRoom(program, { projectFolder: repository, seed: 1 }).open(data);
    opening.push(performance.now() - start);
    const decoding = performance.now();
    await opened.prepare(['image']);
    rate.push((opened.count * 1000) / (performance.now() - decoding));
    count = opened.count;
  }
  return [
    [`reading the shards of ${data} (${count} samples)`, `${median(opening).toFixed(0)} ms`],
    ['decoding its pictures to 48 px', `${median(rate).toFixed(0)} a second`],
  ];
}
