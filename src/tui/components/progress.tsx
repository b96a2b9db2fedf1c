import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatSpeed } from '../../runtime/records/report-format.ts';
import type { Layout } from '../layout.ts';
import { stepsDone, timeLeft, type RunView, type TaskView } from '../run-view.ts';
import { useTheme } from '../theme.ts';
import { Cell } from './cell.tsx';

/** How far the stage is, and what else is being worked at. */
export function Progress({ view, layout }: { readonly view: RunView; readonly layout: Layout }): ReactNode {
  const { glyphs } = useTheme();
  const { stage } = view;
  const left = timeLeft(view);
  const label = stage === undefined || stage.plan.stage === 'main' || stage.sample !== undefined ? 'step' : stage.plan.stage; // prettier-ignore
  const notes = [
    stage === undefined || stage.millisecondsPerStep === 0 ? '' : formatSpeed(stage.millisecondsPerStep),
    left === undefined ? '' : `${formatDuration(left)} left`,
  ].filter((it) => it !== '');
  return (
    <Box flexDirection="column">
      {layout.epochBar && stage?.sample !== undefined && (
        <BarRow
          label="sample"
          done={stage.sample.at}
          total={stage.sample.of}
          fraction={stage.step / stage.plan.steps}
          note={stage.sample.name}
        />
      )}
      {layout.epochBar && stage !== undefined && stage.sample === undefined && (
        <BarRow
          label="epoch"
          done={stage.epoch}
          total={Math.ceil(stage.plan.epochs)}
          fraction={stage.step / stage.plan.steps}
        />
      )}
      {layout.stepBar && stage !== undefined && (
        <BarRow
          label={label}
          {...stepsDone(stage)}
          fraction={
            stage.sample === undefined
              ? stepFraction(stage.step, stage.plan.stepsPerEpoch, stage.plan.steps, layout.epochBar)
              : stepsDone(stage).done / Math.max(1, stepsDone(stage).total)
          }
          note={notes.join(` ${glyphs.dot} `)}
        />
      )}
      {view.tasks.slice(0, layout.taskRows).map((task) => (
        <TaskRow key={task.task} task={task} now={view.latestAt} />
      ))}
    </Box>
  );
}

/** Under an epoch bar the step bar runs through each epoch; alone it runs through the stage. */
function stepFraction(step: number, perEpoch: number, steps: number, epochBar: boolean): number {
  if (!epochBar || perEpoch === 0) return steps === 0 ? 0 : step / steps;
  return step === 0 ? 0 : (((step - 1) % perEpoch) + 1) / perEpoch;
}

function TaskRow({ task, now }: { readonly task: TaskView; readonly now: number }): ReactNode {
  const spent = now - task.startedAt;
  const fraction = task.total === 0 ? 0 : task.done / task.total;
  const left = fraction > 0.02 && spent > 2000 ? `${formatDuration((spent / fraction) * (1 - fraction))} left` : '';
  return <BarRow label={task.task} done={task.done} total={task.total} fraction={fraction} note={left} />;
}

interface BarRowProps {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly fraction: number;
  readonly note?: string;
}

const noteWidth = 28;

function BarRow({ label, done, total, fraction, note = '' }: BarRowProps): ReactNode {
  const { width, glyphs } = useTheme();
  const count = `${formatCount(done)}/${formatCount(total)}`;
  const labelWidth = Math.min(Math.max(7, label.length + 1), Math.max(7, Math.floor(width / 4)));
  const countWidth = Math.max(13, count.length + 2);
  const notes = width >= 60 ? noteWidth : 0;
  const bar = Math.max(0, width - labelWidth - countWidth - notes);
  const full = Math.min(bar, Math.max(0, Math.round(fraction * bar)));
  return (
    <Box height={1}>
      <Cell width={labelWidth} dim>
        {label}
      </Cell>
      {bar >= 6 && (
        <Text>
          <Text color="cyan">{glyphs.done.repeat(full)}</Text>
          <Text dimColor>{glyphs.rest.repeat(bar - full)}</Text>
        </Text>
      )}
      <Cell width={countWidth} align="right">
        {count}
      </Cell>
      {notes > 0 && (
        <Cell width={notes} align="right" dim>
          {note}
        </Cell>
      )}
    </Box>
  );
}
