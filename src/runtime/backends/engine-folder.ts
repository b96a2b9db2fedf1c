import { join } from 'node:path';
import envPaths from 'env-paths';

/** Where `clipx engine install` puts an engine: a folder of clipx's cache, apart from any project. */
export function engineFolder(engine: 'onnxruntime' | 'tfjs' | 'tfjs-gpu'): string {
  return join(envPaths('clipx', { suffix: '' }).cache, 'engines', engine);
}
