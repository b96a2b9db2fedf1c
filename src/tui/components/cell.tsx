import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

export interface CellProps {
  readonly width: number;
  readonly align?: 'left' | 'right';
  readonly color?: string | undefined;
  readonly dim?: boolean;
  readonly bold?: boolean;
  readonly children: ReactNode;
}

/** A piece of a row of exactly this many cells, cut where its text is longer. */
export function Cell({ width, align = 'left', color, dim = false, bold = false, children }: CellProps): ReactNode {
  return (
    <Box width={width} flexShrink={0} justifyContent={align === 'left' ? 'flex-start' : 'flex-end'}>
      <Text wrap="truncate-end" dimColor={dim} bold={bold} {...(color !== undefined && { color })}>
        {children}
      </Text>
    </Box>
  );
}
