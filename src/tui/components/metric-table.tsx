import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount, formatMetric } from '../../runtime/records/report-format.ts';
import { sparkline } from '../glyphs.ts';
import { bestWidth, metricColumns, metricWidth, type Layout } from '../layout.ts';
import type { MetricView, RunView } from '../run-view.ts';
import { resample } from '../series.ts';
import { useTheme } from '../theme.ts';
import { Cell } from './cell.tsx';

/** The latest value of each metric, its value where the evaluation was best, and its course. */
export function MetricTable({ view, layout }: { readonly view: RunView; readonly layout: Layout }): ReactNode {
  const { width, glyphs } = useTheme();
  const columns = metricColumns(width, view.metrics.map(metricLabel));
  const hidden = view.metrics.length - layout.metricRows;
  const shown = hidden > 0 ? layout.metricRows - 1 : layout.metricRows;
  const selects = view.metrics.some((it) => it.best !== undefined);
  return (
    <Box flexDirection="column">
      {layout.metricHeader && (
        <Box height={1}>
          <Cell width={columns.name} dim>
            metric
          </Cell>
          <Cell width={metricWidth} align="right" dim>
            now
          </Cell>
          {columns.best && (
            <Cell width={bestWidth} align="right" dim>
              {selects ? 'best' : ''}
            </Cell>
          )}
        </Box>
      )}
      {view.metrics.slice(0, Math.max(0, shown)).map((metric) => (
        <Box key={`${metric.stage} ${metricLabel(metric)}`} height={1}>
          <Cell width={columns.name}>{metricLabel(metric)}</Cell>
          <Cell width={metricWidth} align="right" bold>
            {formatMetric(metric.value, metric.unit)}
          </Cell>
          {columns.best && (
            <Cell width={bestWidth} align="right" color={metric.best?.step === metric.step ? 'green' : undefined}>
              {metric.best === undefined
                ? ''
                : `${glyphs.best} ${formatMetric(metric.best.value, metric.unit)} @ ${formatCount(metric.best.step)}`}
            </Cell>
          )}
          {columns.sparkline > 0 && (
            <Box width={columns.sparkline + 2} flexShrink={0} paddingLeft={2}>
              <Text color="green">{sparkline(resample(metric.series, columns.sparkline), glyphs)}</Text>
            </Box>
          )}
        </Box>
      ))}
      {hidden > 0 && layout.metricRows > 0 && (
        <Text dimColor>
          {glyphs.ellipsis} {hidden + 1} more metrics
        </Text>
      )}
    </Box>
  );
}

/** `target error`; `retrieval on val R@1` where an evaluation has a name of its own; the mean of how many, if it is one. */
function metricLabel(metric: MetricView): string {
  const place = metric.evaluation === metric.data ? metric.data : `${metric.evaluation} ${metric.data}`;
  return `${place} ${metric.name}${metric.entries === undefined ? '' : ` (mean of ${metric.entries})`}`;
}
