import { join } from 'node:path';
import envPaths from 'env-paths';

/** The version whose behaviour is measured and tested; the WebAssembly build in `package.json` is the same one. */
export const onnxruntimeVersion = '1.30.0';

/** Where `clipx engine install` puts an engine: a folder of clipx's cache, apart from any project, by version. */
export function engineFolder(engine: 'onnxruntime'): string {
  return join(envPaths('clipx', { suffix: '' }).cache, 'engines', `${engine}-${onnxruntimeVersion}`);
}
