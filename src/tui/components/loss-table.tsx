import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount, formatNumber, formatShare } from '../../runtime/records/report-format.ts';
import { shareBar, sparkline } from '../glyphs.ts';
import { lossColumns, numberWidth, shareWidth, type Layout, type TableColumns } from '../layout.ts';
import type { RunView, TermView } from '../run-view.ts';
import { resample } from '../series.ts';
import { termColor, useTheme } from '../theme.ts';
import { Cell } from './cell.tsx';

/** Each term raw, weighted and as a share of the whole, with its course. */
export function LossTable({ view, layout }: { readonly view: RunView; readonly layout: Layout }): ReactNode {
  const { width, glyphs } = useTheme();
  const { stage } = view;
  if (stage === undefined) return null;
  const columns = lossColumns(width, ['total', ...stage.terms.map((it) => it.name)]);
  const hidden = stage.terms.length - layout.termRows;
  const shown = hidden > 0 ? layout.termRows - 1 : layout.termRows;
  const broken = stage.nonfinite.length > 0;
  return (
    <Box flexDirection="column">
      {layout.lossHeader && <LossHeader columns={columns} />}
      {layout.lossTotal && (
        <Box height={1}>
          <Cell width={columns.name} bold>
            total
          </Cell>
          <Cell width={numberWidth} align="right" bold color={broken ? 'red' : undefined}>
            {broken ? 'not finite' : formatNumber(stage.total.value)}
          </Cell>
          {columns.weighted && <Cell width={numberWidth}> </Cell>}
          {columns.shareBar > 0 && <Cell width={columns.shareBar + 1}> </Cell>}
          <Cell width={shareWidth}> </Cell>
          {columns.sparkline > 0 && (
            <Text>{`  ${sparkline(resample(stage.total.series, columns.sparkline), glyphs)}`}</Text>
          )}
        </Box>
      )}
      {stage.terms.slice(0, Math.max(0, shown)).map((term, index) => (
        <TermRow
          key={term.name}
          term={term}
          columns={columns}
          color={termColor(index)}
          broken={stage.nonfinite.includes(term.name)}
        />
      ))}
      {hidden > 0 && layout.termRows > 0 && (
        <Text dimColor>
          {glyphs.ellipsis} {hidden + 1} more terms
        </Text>
      )}
    </Box>
  );
}

function LossHeader({ columns }: { readonly columns: TableColumns }): ReactNode {
  return (
    <Box height={1}>
      <Cell width={columns.name} dim>
        loss
      </Cell>
      <Cell width={numberWidth} align="right" dim>
        raw
      </Cell>
      {columns.weighted && (
        <Cell width={numberWidth} align="right" dim>
          weighted
        </Cell>
      )}
      <Cell width={(columns.shareBar > 0 ? columns.shareBar + 1 : 0) + shareWidth} align="right" dim>
        share
      </Cell>
    </Box>
  );
}

interface TermRowProps {
  readonly term: TermView;
  readonly columns: TableColumns;
  readonly color: string;
  readonly broken: boolean;
}

function TermRow({ term, columns, color, broken }: TermRowProps): ReactNode {
  const { glyphs } = useTheme();
  return (
    <Box height={1}>
      <Cell width={columns.name} color={color}>
        {term.name}
      </Cell>
      <Cell width={numberWidth} align="right" color={broken ? 'red' : undefined}>
        {broken ? 'not finite' : formatNumber(term.raw)}
      </Cell>
      {columns.weighted && (
        <Cell width={numberWidth} align="right">
          {formatNumber(term.weighted)}
        </Cell>
      )}
      {columns.shareBar > 0 && (
        <Box width={columns.shareBar + 1} flexShrink={0} paddingLeft={1}>
          <Text color={color}>{shareBar(term.share ?? 0, columns.shareBar, glyphs)}</Text>
        </Box>
      )}
      <Cell width={shareWidth} align="right">
        {formatShare(term.share)}
      </Cell>
      {columns.sparkline > 0 && (
        <Box width={columns.sparkline + 2} flexShrink={0} paddingLeft={2}>
          <Text color={color}>{sparkline(resample(term.series, columns.sparkline), glyphs)}</Text>
        </Box>
      )}
      {columns.formula > 0 && (
        <Box width={columns.formula + 2} flexShrink={0} paddingLeft={2}>
          <Text dimColor wrap="truncate-end">
            {term.count === undefined ? '' : `over ${formatCount(term.count)}  `}
            {term.formula}
          </Text>
        </Box>
      )}
    </Box>
  );
}
