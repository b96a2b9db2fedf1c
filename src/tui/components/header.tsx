import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { RunView } from '../run-view.ts';
import { useTheme } from '../theme.ts';

/** Which experiment, which row and seed, on which engine. */
export function Header({ view, title }: { readonly view: RunView; readonly title: boolean }): ReactNode {
  const { glyphs, width } = useTheme();
  const { header } = view;
  if (header === undefined) return <Text dimColor>waiting for the run to start</Text>;
  const { backend } = header;
  const engine = `${backend.name} ${glyphs.dot} ${backend.device} ${glyphs.dot} ${backend.threads} ${backend.threads === 1 ? 'thread' : 'threads'}`;
  const identity = `${header.name}  ${header.row} ${glyphs.dot} seed ${header.seed}`;
  return (
    <Box flexDirection="column">
      <Box justifyContent="space-between" height={1}>
        <Text wrap="truncate-end">
          <Text bold>{header.name}</Text>
          {'  '}
          {header.row} {glyphs.dot} seed {header.seed}
        </Text>
        {identity.length + engine.length + 2 <= width && <Text dimColor>{engine}</Text>}
      </Box>
      {title && (
        <Text dimColor wrap="truncate-end">
          {header.title}
        </Text>
      )}
    </Box>
  );
}
