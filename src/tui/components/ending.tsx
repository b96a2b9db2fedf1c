import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount, formatDuration } from '../../runtime/records/report-format.ts';
import type { RunView } from '../run-view.ts';
import { useTheme } from '../theme.ts';

/** How it ended, what was proved, and where to look further. The most telling rows come first. */
export function Ending({ view, rows }: { readonly view: RunView; readonly rows: number }): ReactNode {
  const { glyphs } = useTheme();
  const { end, certificate, header } = view;
  if (end === undefined) return null;
  const complete = end.status === 'complete';
  const color = complete ? 'green' : end.status === 'interrupted' ? 'yellow' : 'red';
  const lines: ReactNode[] = [
    <Text key="status" wrap="truncate-end">
      <Text color={color} bold>
        {complete ? glyphs.good : end.status === 'interrupted' ? glyphs.warning : glyphs.bad} {end.status}
      </Text>
      {` ${glyphs.dot} ${formatCount(end.steps)} steps in ${formatDuration(end.ms)} ${glyphs.dot} peak ${formatCount(end.peakMiB)} MiB`}
    </Text>,
  ];
  if (end.message !== undefined) {
    lines.push(
      <Text key="message" color={color} wrap="truncate-end">
        {end.code === undefined ? '' : `${end.code} `}
        {end.message}
      </Text>,
    );
  }
  if (certificate !== undefined) {
    const proved = certificate.verified === certificate.frozen && certificate.moved === certificate.trained;
    lines.push(
      <Text key="certificate" color={proved ? 'green' : 'red'} wrap="truncate-end">
        {proved ? glyphs.good : glyphs.bad} frozen: verified {certificate.verified}/{certificate.frozen} {glyphs.dot}{' '}
        trained: moved {certificate.moved}/{certificate.trained}
      </Text>,
    );
  }
  if (end.resume !== undefined) lines.push(<Place key="resume" label="resume" text={end.resume} />);
  if (header !== undefined) lines.push(<Place key="run" label="run" text={header.folder} />);
  if (complete && header !== undefined) {
    lines.push(<Place key="report" label="report" text={`${header.folder.replace(/\/$/, '')}/report.html`} />);
  }
  return <Box flexDirection="column">{lines.slice(0, rows)}</Box>;
}

function Place({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  return (
    <Text wrap="truncate-middle">
      <Text dimColor>{label.padEnd(8)}</Text>
      {text}
    </Text>
  );
}
