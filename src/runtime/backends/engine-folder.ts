import { join, resolve } from 'node:path';
import process from 'node:process';
import envPaths from 'env-paths';

/**
 * What `clipx engine install` knows, with the version of the npm package whose behaviour is measured and tested. The WebAssembly
 * onnxruntime in `package.json` has the same version as the native one.
 */
export const engineVersions = { onnxruntime: '1.30.0', tfjs: '4.22.0', 'tfjs-gpu': '4.22.0' } as const;

export type EngineName = keyof typeof engineVersions;

export const engineNames = Object.keys(engineVersions) as readonly EngineName[];

/** The folder of all engines: `CLIPX_ENGINES`, else one in the cache of this user, apart from any project. */
export function enginesFolder(): string {
  const named = process.env['CLIPX_ENGINES'];
  return named === undefined || named === ''
    ? join(envPaths('clipx', { suffix: '' }).cache, 'engines')
    : resolve(named);
}

/** Where `clipx engine install` puts an engine, by version: a folder whose `node_modules` holds the package. */
export function engineFolder(engine: EngineName): string {
  return join(enginesFolder(), `${engine}-${engineVersions[engine]}`);
}
