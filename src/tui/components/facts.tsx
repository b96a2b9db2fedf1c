import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import {
  formatBytes,
  formatCount,
  formatLarge,
  formatNumber,
  formatRate,
} from '../../runtime/records/report-format.ts';
import type { Layout } from '../layout.ts';
import type { RunView } from '../run-view.ts';
import { useTheme } from '../theme.ts';

/** What trains and what does not, what is computed once, what was warned of, and where it is written. */
export function Facts({
  view,
  layout,
  note,
}: {
  readonly view: RunView;
  readonly layout: Layout;
  readonly note: string;
}): ReactNode {
  const { glyphs } = useTheme();
  const warnings = view.warnings.slice(-layout.warningRows);
  return (
    <Box flexDirection="column">
      {layout.facts && <Counts view={view} />}
      {layout.cache && <Cache view={view} />}
      {layout.warningRows > 0 &&
        warnings.map((warning) => (
          <Text key={`${warning.code} ${warning.message}`} color="yellow" wrap="truncate-end">
            {glyphs.warning} {warning.code} {warning.message}
            {warning.count > 1 ? ` (${warning.count} times)` : ''}
          </Text>
        ))}
      {layout.place && (
        <Box justifyContent="space-between" height={1}>
          <Text dimColor wrap="truncate-middle">
            {view.header?.folder ?? ''}
          </Text>
          {note !== '' && (
            <Box flexShrink={0} paddingLeft={2}>
              <Text dimColor>{note}</Text>
            </Box>
          )}
        </Box>
      )}
    </Box>
  );
}

function Counts({ view }: { readonly view: RunView }): ReactNode {
  const { glyphs, width } = useTheme();
  const { stage } = view;
  if (stage === undefined) return null;
  const { trainable, frozen } = stage.plan;
  const count = width >= 90 ? formatCount : formatLarge;
  const pieces = [
    `trainable ${count(trainable.count)} in ${trainable.tensors}`,
    `frozen ${count(frozen.count)} in ${frozen.tensors}`,
    ...(stage.learningRate === undefined ? [] : [`lr ${formatRate(stage.learningRate)}`]),
    ...(stage.gradientNorm === null ? [] : [`|g| ${formatNumber(stage.gradientNorm)}`]),
  ];
  return (
    <Text dimColor wrap="truncate-end">
      {pieces.join(` ${glyphs.dot} `)}
    </Text>
  );
}

function Cache({ view }: { readonly view: RunView }): ReactNode {
  const { glyphs } = useTheme();
  const { cache, stage } = view;
  const what =
    stage === undefined || stage.plan.cached.length === 0 ? '' : ` ${glyphs.dot} ${stage.plan.cached.join(', ')}`;
  const hits =
    cache === undefined
      ? 'cached per sample'
      : `cache ${formatCount(cache.hits)} reused ${glyphs.dot} ${formatCount(cache.misses)} computed ${glyphs.dot} ${formatBytes(cache.bytes)}`;
  return (
    <Text dimColor wrap="truncate-end">
      {hits}
      {what}
    </Text>
  );
}
