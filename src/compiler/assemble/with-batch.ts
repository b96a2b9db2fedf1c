import type { CheckedExperiment, CheckedTraining } from '../check/checked.ts';

/** The experiment with so many samples in each batch that it trains on; a stage whose batch is the whole set keeps it. */
export function withBatch(checked: CheckedExperiment, batch: number): CheckedExperiment {
  const other = (training: CheckedTraining): CheckedTraining =>
    training.data === undefined || training.wholeBatch === true ? training : { ...training, batch };
  return {
    ...checked,
    training: other(checked.training),
    stages: checked.stages.map((stage) => ({ ...stage, training: other(stage.training) })),
  };
}
