import { Box, Static } from 'ink';
import type { ReactNode } from 'react';
import { formatDuration } from '../runtime/records/report-format.ts';
import { Ending } from './components/ending.tsx';
import { Facts } from './components/facts.tsx';
import { Header } from './components/header.tsx';
import { HistoryRow } from './components/history-row.tsx';
import { LossTable } from './components/loss-table.tsx';
import { MetricTable } from './components/metric-table.tsx';
import { Progress } from './components/progress.tsx';
import type { Glyphs } from './glyphs.ts';
import { margin, planLayout, type Size } from './layout.ts';
import type { RunView } from './run-view.ts';
import { ThemeProvider } from './theme.ts';

export interface AppProps {
  readonly view: RunView;
  readonly size: Size;
  readonly glyphs: Glyphs;
  /** The clock, for how long the run goes; the time of the latest event where nothing is awaited. */
  readonly now: number;
  /** Counts how often the screen was cleared; the history from `historyFrom` on is then written again. */
  readonly generation?: number;
  readonly historyFrom?: number;
}

/** The whole screen: history that scrolls away above, and a frame that is drawn anew below it. */
export function App({ view, size, glyphs, now, generation = 0, historyFrom = 0 }: AppProps): ReactNode {
  const layout = planLayout(view, size);
  const gap = layout.gaps ? 1 : 0;
  const progress = layout.stepBar || layout.epochBar || layout.taskRows > 0;
  const metrics = layout.metricHeader || layout.metricRows > 0;
  const facts = layout.facts || layout.cache || layout.warningRows > 0 || layout.place;
  const elapsed = view.startedAt === undefined ? '' : formatDuration(now - view.startedAt);
  return (
    <ThemeProvider value={{ glyphs, width: layout.width }}>
      <Static key={generation} items={view.history.slice(historyFrom)}>
        {(line) => <HistoryRow key={line.id} line={line} />}
      </Static>
      <Box flexDirection="column" width={layout.width + 2 * margin} paddingX={margin} overflowX="hidden">
        <Header view={view} title={layout.title} />
        {progress && (
          <Box marginTop={gap} flexDirection="column">
            <Progress view={view} layout={layout} />
          </Box>
        )}
        {layout.lossTotal && (
          <Box marginTop={gap} flexDirection="column">
            <LossTable view={view} layout={layout} />
          </Box>
        )}
        {metrics && (
          <Box marginTop={gap} flexDirection="column">
            <MetricTable view={view} layout={layout} />
          </Box>
        )}
        {facts && (
          <Box marginTop={gap} flexDirection="column">
            <Facts view={view} layout={layout} note={elapsed} />
          </Box>
        )}
        {layout.endRows > 0 && (
          <Box marginTop={gap} flexDirection="column">
            <Ending view={view} rows={layout.endRows} />
          </Box>
        )}
      </Box>
    </ThemeProvider>
  );
}
