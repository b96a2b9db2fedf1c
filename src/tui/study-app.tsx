import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatMetric, formatNumber } from '../runtime/records/report-format.ts';
import { Cell } from './components/cell.tsx';
import type { Glyphs } from './glyphs.ts';
import { margin, type Size } from './layout.ts';
import { planStudyLayout, type StudyLayout } from './study-layout.ts';
import { countCells, studyTimeLeft, type CellView, type StudyView } from './study-view.ts';
import { ThemeProvider, useTheme } from './theme.ts';

export interface StudyAppProps {
  readonly view: StudyView;
  readonly size: Size;
  readonly glyphs: Glyphs;
  /** The clock; the time of the latest event where nothing is awaited. */
  readonly now: number;
}

/** The table of a study's cells: which are done, how far the others are, and what they came to. */
export function StudyApp({ view, size, glyphs, now }: StudyAppProps): ReactNode {
  const layout = planStudyLayout(view, size);
  const columns = columnsOf(view, layout.width);
  return (
    <ThemeProvider value={{ glyphs, width: layout.width }}>
      <Box flexDirection="column" width={layout.width + 2 * margin} paddingX={margin} overflowX="hidden">
        <Title view={view} now={now} />
        {view.cells.length > 0 && layout.height > 1 && <Bar view={view} />}
        {layout.task && view.task !== undefined && (
          <Text dimColor wrap="truncate-end">
            {view.task.task} {formatCount(view.task.done)}/{formatCount(view.task.total)}
          </Text>
        )}
        <Box marginTop={layout.gaps ? 1 : 0} flexDirection="column">
          <Cells view={view} layout={layout} columns={columns} now={now} />
        </Box>
        {layout.note && (
          <Text color="yellow" wrap="truncate-end">
            {view.note}
          </Text>
        )}
      </Box>
    </ThemeProvider>
  );
}

function Title({ view, now }: { readonly view: StudyView; readonly now: number }): ReactNode {
  const { glyphs, width } = useTheme();
  const count = view.cells.length;
  const failed = countCells(view, 'failed');
  const left = studyTimeLeft(view);
  const name = view.name === '' ? 'study' : view.name;
  const facts = [
    `${count} ${count === 1 ? 'run' : 'runs'}`,
    ...(view.jobs > 1 ? [`${view.jobs} at a time`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const time = [
    view.startedAt === undefined ? '' : formatDuration(now - view.startedAt),
    left === undefined || view.ended ? '' : `about ${formatDuration(left)} left`,
  ].filter((it) => it !== '').join(` ${glyphs.dot} `); // prettier-ignore
  const text = `${name}  ${facts.join(` ${glyphs.dot} `)}`;
  return (
    <Box justifyContent="space-between" height={1}>
      <Text wrap="truncate-end">
        <Text bold>{name}</Text>
        <Text {...(failed > 0 && { color: 'red' })}>{text.slice(name.length)}</Text>
      </Text>
      {text.length + time.length + 2 <= width && <Text dimColor>{time}</Text>}
    </Box>
  );
}

function Bar({ view }: { readonly view: StudyView }): ReactNode {
  const { glyphs, width } = useTheme();
  const done = countCells(view, 'complete', 'reused');
  const count = ` ${done}/${view.cells.length}`;
  const bar = Math.max(0, width - count.length);
  const full = Math.round((bar * done) / Math.max(1, view.cells.length));
  return (
    <Text wrap="truncate-end">
      <Text color="cyan">{glyphs.done.repeat(full)}</Text>
      <Text dimColor>{glyphs.rest.repeat(bar - full)}</Text>
      {count}
    </Text>
  );
}

interface Columns {
  readonly row: number;
  readonly seed: number;
  readonly state: number;
  readonly bar: number;
  readonly step: number;
  readonly loss: number;
  readonly result: number;
  readonly time: number;
}

/** Row, seed and state always; the result before the bar, the bar before the loss. */
function columnsOf(view: StudyView, width: number): Columns {
  const longest = Math.max(3, ...view.cells.map((cell) => Array.from(cell.row).length));
  const [seed, state] = [5, 13];
  const row = Math.max(4, Math.min(longest + 2, Math.floor(width / 3), width - seed - state));
  let left = width - row - seed - state;
  const take = (wanted: number): number => {
    if (left < wanted) return 0;
    left -= wanted;
    return wanted;
  };
  const result = take(Math.max(9, 2 + Math.max(0, ...view.cells.map((cell) => resultText(cell).length))));
  const time = take(9);
  const step = take(14);
  const loss = take(10);
  const bar = left >= 8 ? Math.min(left, 24) : 0;
  return { row, seed, state, bar, step, loss, result, time };
}

interface CellsProps {
  readonly view: StudyView;
  readonly layout: StudyLayout;
  readonly columns: Columns;
  readonly now: number;
}

function Cells({ view, layout, columns, now }: CellsProps): ReactNode {
  const { glyphs } = useTheme();
  return (
    <>
      {layout.header && (
        <Box height={1}>
          <Cell width={columns.row} dim>
            row
          </Cell>
          <Cell width={columns.seed} dim>
            seed
          </Cell>
          <Cell width={columns.state} dim>
            {''}
          </Cell>
          {columns.bar > 0 && (
            <Cell width={columns.bar} dim>
              {''}
            </Cell>
          )}
          {columns.step > 0 && (
            <Cell width={columns.step} align="right" dim>
              step
            </Cell>
          )}
          {columns.loss > 0 && (
            <Cell width={columns.loss} align="right" dim>
              loss
            </Cell>
          )}
          {columns.result > 0 && (
            <Cell width={columns.result} align="right" dim>
              result
            </Cell>
          )}
          {columns.time > 0 && (
            <Cell width={columns.time} align="right" dim>
              time
            </Cell>
          )}
        </Box>
      )}
      {layout.shown.map((index) => {
        const cell = view.cells[index];
        return cell === undefined ? null : <CellRow key={index} cell={cell} columns={columns} now={now} />;
      })}
      {layout.hidden > 0 && layout.shown.length > 0 && (
        <Text dimColor wrap="truncate-end">
          {glyphs.ellipsis} {layout.hidden} more: {countWords(view, layout)}
        </Text>
      )}
    </>
  );
}

function countWords(view: StudyView, layout: StudyLayout): string {
  const shown = new Set(layout.shown);
  const hidden = view.cells.filter((_, index) => !shown.has(index));
  const states = [...new Set(hidden.map((cell) => cell.state))];
  return states.map((state) => `${hidden.filter((cell) => cell.state === state).length} ${words[state]}`).join(', ');
}

const words: Readonly<Record<CellView['state'], string>> = {
  waiting: 'waiting',
  running: 'running',
  elsewhere: 'elsewhere',
  reused: 'done before',
  complete: 'done',
  interrupted: 'interrupted',
  failed: 'failed',
};

const colors: Readonly<Partial<Record<CellView['state'], string>>> = {
  running: 'cyan',
  complete: 'green',
  reused: 'green',
  failed: 'red',
  interrupted: 'yellow',
};

function markOf(state: CellView['state'], glyphs: Glyphs): string {
  if (state === 'complete' || state === 'reused') return glyphs.good;
  if (state === 'failed') return glyphs.bad;
  if (state === 'interrupted') return glyphs.warning;
  return state === 'running' ? glyphs.best : glyphs.dot;
}

function CellRow({
  cell,
  columns,
  now,
}: {
  readonly cell: CellView;
  readonly columns: Columns;
  readonly now: number;
}): ReactNode {
  // prettier-ignore
  const { glyphs } = useTheme();
  const dim = cell.state === 'waiting';
  const spent = cell.startedAt === undefined ? '' : formatDuration((cell.endedAt ?? now) - cell.startedAt);
  return (
    <Box height={1}>
      <Cell width={columns.row} dim={dim}>
        {cell.row}
      </Cell>
      <Cell width={columns.seed} dim={dim}>
        {cell.seed}
      </Cell>
      <Cell width={columns.state} color={colors[cell.state]} dim={dim}>
        {markOf(cell.state, glyphs)} {stateWords(cell.state)}
      </Cell>
      {cell.state === 'failed' ? (
        <Cell width={columns.bar + columns.step + columns.loss + columns.result} color="red">
          {cell.message?.split('\n')[0] ?? ''}
        </Cell>
      ) : (
        <Progress cell={cell} columns={columns} />
      )}
      {columns.time > 0 && (
        <Cell width={columns.time} align="right" dim>
          {spent}
        </Cell>
      )}
    </Box>
  );
}

/** How far a cell is, and what it came to. */
function Progress({ cell, columns }: { readonly cell: CellView; readonly columns: Columns }): ReactNode {
  const { glyphs } = useTheme();
  const isRunning = cell.state === 'running';
  const fraction = cell.steps === 0 ? 0 : cell.step / cell.steps;
  const full = Math.round(fraction * Math.max(0, columns.bar - 2));
  const words = cell.task !== '' && isRunning ? cell.task : stepText(cell);
  return (
    <>
      {columns.bar > 0 && (
        <Box width={columns.bar} flexShrink={0}>
          {isRunning && (
            <Text>
              <Text color="cyan">{glyphs.done.repeat(full)}</Text>
              <Text dimColor>{glyphs.rest.repeat(Math.max(0, columns.bar - 2 - full))}</Text>
            </Text>
          )}
        </Box>
      )}
      {columns.step > 0 && (
        <Cell width={columns.step} align="right" dim={!isRunning}>
          {words}
        </Cell>
      )}
      {columns.loss > 0 && (
        <Cell width={columns.loss} align="right" dim={!isRunning}>
          {cell.loss === undefined ? '' : formatNumber(cell.loss)}
        </Cell>
      )}
      {columns.result > 0 && (
        <Cell width={columns.result} align="right" bold={cell.state === 'complete' || cell.state === 'reused'}>
          {resultText(cell)}
        </Cell>
      )}
    </>
  );
}

const stateWords = (state: CellView['state']): string => words[state];

function stepText({ step, steps, stage }: CellView): string {
  if (steps === 0) return '';
  return `${stage === 'main' ? '' : `${stage} `}${formatCount(step)}/${formatCount(steps)}`;
}

function resultText({ result }: CellView): string {
  return result === undefined ? '' : formatMetric(result.value, result.unit);
}
