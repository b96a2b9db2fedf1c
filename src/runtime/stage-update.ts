import type { Program } from '../compiler/program/program.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { Session, StepResult } from './backends/backend.ts';
import { chunkedStep } from './chunked-step.ts';
import type { RunEventBody } from './events.ts';
import type { Feeder, FeedSources } from './feeds.ts';
import { nonfiniteError } from './proofs.ts';
import type { StageClock } from './stage-clock.ts';
import { toldStep } from './stage-plan.ts';

export interface StageUpdate {
  readonly session: Session;
  readonly program: Program;
  readonly stage: Stage;
  readonly clock: StageClock;
  readonly feeder: Feeder;
  /** What each batch of the update is fed with. */
  readonly sources: (micro: number) => Promise<FeedSources & { readonly counter: number }>;
  /** Takes the event of the step, but for the time that it took. */
  readonly tell: (told: Omit<Extract<RunEventBody, { event: 'step' }>, 'ms'>) => void;
}

/** One update, of one batch or the mean gradient of several. Throws CX8221 or CX8222 where a loss or a gradient is no finite number. */
export async function updateStage({
  session,
  program,
  stage,
  clock,
  feeder,
  sources,
  tell,
}: StageUpdate): Promise<void> {
  const { stepsPerEpoch } = clock.length;
  const rate = clock.rate();
  const of = clock.accumulate;
  const results: StepResult[] = [];
  for (let at = 0; at < of; at++) {
    const read = await sources(at);
    const scalars = { update: clock.localStep + 1, rate };
    const { chunk } = stage;
    if (chunk !== undefined) {
      const request = { session, feeder, stage: { ...stage, chunk }, sources: read, scalars, micro: { at, of } };
      results.push(await chunkedStep(request));
      continue;
    }
    const feeds = await feeder.feeds(stage.step, read);
    results.push(await session.step(stage.name, feeds, { ...scalars, ...(of === 1 ? {} : { micro: { at, of } }) }));
  }
  const told = toldStep(stage, results, clock.localStep, stepsPerEpoch);
  const step = clock.step + 1;
  tell({
    event: 'step',
    stage: stage.name,
    step,
    epoch: Math.floor(clock.step / stepsPerEpoch) + 1,
    ...told.values,
    learningRate: rate * (stage.groups[0]?.learningRate ?? 0),
  });
  if (told.fault !== undefined) throw await nonfiniteError({ stage, step, ...told.fault }, session, program.parameters);
}
