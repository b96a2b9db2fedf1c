import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatDuration } from '../../runtime/records/report-format.ts';
import type { Glyphs } from '../glyphs.ts';
import type { HistoryLine } from '../run-view.ts';
import { useTheme } from '../theme.ts';

/** One line of what has been, above the live frame. */
export function HistoryRow({ line }: { readonly line: HistoryLine }): ReactNode {
  const { glyphs } = useTheme();
  const color = colors[line.kind];
  return (
    <Box paddingLeft={1}>
      <Text wrap="truncate-end">
        <Text dimColor>{formatDuration(line.at).padStart(7)} </Text>
        <Text {...(color !== undefined && { color })} dimColor={line.kind === 'task' || line.kind === 'epoch'}>
          {mark(line.kind, glyphs)} {line.text}
        </Text>
      </Text>
    </Box>
  );
}

const colors: Readonly<Partial<Record<HistoryLine['kind'], string>>> = { best: 'green', warning: 'yellow' };

function mark(kind: HistoryLine['kind'], glyphs: Glyphs): string {
  if (kind === 'best') return glyphs.best;
  return kind === 'warning' ? glyphs.warning : glyphs.dot;
}
