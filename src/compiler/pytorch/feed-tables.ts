/** `feeds.json`: what each function of the package is fed with, as far as it reads it itself. */
import { isText, type Feed, type StageFeeds } from './feeds.ts';
import { text } from './python-code.ts';
import type { WrittenFunction } from './written-function.ts';
import type { WrittenEvaluation, WrittenStage } from './write-stage.ts';

export interface FedStage {
  readonly written: WrittenStage;
  readonly feeds: StageFeeds;
  /** Of what a sample decides at the start. */
  readonly starts: readonly Feed[];
}

/** By stage, and by `stage/evaluation`. */
export function feedTables(stages: readonly FedStage[]): unknown {
  const features: [string, readonly Feed[]][] = [];
  const samples: [string, readonly Feed[]][] = [];
  const steps = stages.map(({ written: { stage, step, samples: chunk, features: ahead }, feeds }) => {
    if (ahead !== undefined) features.push([stage, readBy(feeds.step, ahead).filter(isColumn)]);
    return [stage, left(feeds.step, [step, chunk], [ahead])] as const;
  });
  const evaluations = stages.flatMap(({ written, feeds }) =>
    Object.entries(feeds.evaluations).map(([name, all]) => {
      const key = `${written.stage}/${name}`;
      const own = [...written.evaluations, ...written.dataValues].find(({ evaluation }) => evaluation === name);
      if (own?.features !== undefined) features.push([key, readBy(all, own.features).filter(isColumn)]);
      if (own?.samples !== undefined) samples.push([key, readBy(all, own.samples)]);
      return [
        key,
        [...left(all, [own?.written], [own?.features, own?.samples]), ...(own === undefined ? [] : keptFor(own))],
      ] as const;
    }),
  );
  return {
    steps: Object.fromEntries(steps),
    constants: Object.fromEntries(stages.map(({ written, feeds }) => [written.stage, feeds.constants])),
    evaluations: Object.fromEntries(evaluations),
    figures: Object.fromEntries(stages.flatMap(({ written: { stage, figures } }) => figures.map(({ name, feeds }) => [`${stage}/${name}`, feeds]))), // prettier-ignore
    features: Object.fromEntries(features),
    samples: Object.fromEntries(samples),
    generations: Object.fromEntries(stages.flatMap(({ written }) => written.evaluations.flatMap(({ generations }) => generations.map(({ key, feeds }) => [key, feeds.filter((feed) => !isText(feed))])))), // prettier-ignore
    starts: Object.fromEntries(stages.flatMap(({ written, starts }) => (starts.length === 0 ? [] : [[written.stage, starts]]))), // prettier-ignore
  };
}

/** What metrics read of what was kept. */
function keptFor({ ahead, written }: WrittenEvaluation): readonly Feed[] {
  const kept = [...ahead].map(([name, { type }]): Feed => ({ name, source: { kind: 'feature', id: name }, dtype: type.element, shape: [], perSample: true })); // prettier-ignore
  return readBy(kept, written);
}

const isColumn = ({ source }: Feed): boolean => source.kind === 'column';

const readBy = (feeds: readonly Feed[], ...functions: readonly (WrittenFunction | undefined)[]): readonly Feed[] =>
  feeds.filter((feed) => functions.some((fn) => fn !== undefined && isRead(feed, fn)));

/** Without what others read ahead, and these do not. */
function left(
  feeds: readonly Feed[],
  own: readonly (WrittenFunction | undefined)[],
  others: readonly (WrittenFunction | undefined)[],
): readonly Feed[] {
  const [mine, theirs] = [new Set(readBy(feeds, ...own)), new Set(readBy(feeds, ...others))];
  return feeds.filter((feed) => mine.has(feed) || !theirs.has(feed));
}

/** A function names what it takes out of a batch: an entry, or the column of a text. */
function isRead({ name, source }: Feed, { lines }: WrittenFunction): boolean {
  const words = source.kind === 'column' ? [name, source.column] : [name];
  return lines.some((line) => words.some((word) => line.includes(text(word))));
}
