import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ensureRendered, readRenderedManifest } from './faces/ensure-rendered.ts';
import { expandBraces, segmentPattern } from './readers/glob.ts';

interface Listener {
  readonly onProgress?: (task: string, done: number, total: number) => void;
  readonly onWarning?: (code: string, message: string) => void;
}

/** Shards that a manifest beside them says how to render are rendered at first use: the ones the pattern asks for, and no others. */
export async function renderMissing(
  pattern: string,
  projectFolder: string,
  { onProgress, onWarning }: Listener,
): Promise<void> {
  const folder = resolve(projectFolder, dirname(pattern));
  const manifest = join(folder, 'manifest.json');
  if (/[*?[{]/.test(dirname(pattern)) || !existsSync(manifest) || readRenderedManifest(manifest) === undefined) return;
  const wanted = expandBraces(basename(pattern)).map(segmentPattern);
  const { warnings } = await ensureRendered(manifest, {
    wants: (file) => wanted.some((each) => each.test(file)),
    onProgress: (done, total) => onProgress?.('rendering faces', done, total),
  });
  for (const warning of warnings) onWarning?.('CX8112', warning);
}
