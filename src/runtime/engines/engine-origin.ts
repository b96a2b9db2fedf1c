import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { BackendName } from '../backends/backend.ts';
import { engineFolder, engineNames, type EngineName } from '../backends/engine-folder.ts';
import { findAddon } from '../backends/tensorflow/addon.ts';

/** The installation that a native engine is loaded from. */
export interface EngineOrigin {
  /** The one of `clipx engine install`; undefined for a package of the project, as npm or its own script left it. */
  readonly engine?: EngineName;
  readonly package: { readonly name: string; readonly version: string };
  /** Folder of the package. */
  readonly folder: string;
}

/** Where an engine would be loaded from, without loading it; undefined where it is no native one, or not there. */
export function originOf(backend: BackendName): EngineOrigin | undefined {
  const folder = packageFolder(backend);
  if (folder === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as EngineOrigin['package'];
  const engine = engineNames.find((it) => folder.startsWith(engineFolder(it) + sep));
  return {
    ...(engine === undefined ? {} : { engine }),
    package: { name: manifest.name, version: manifest.version },
    folder,
  };
}

function packageFolder(backend: BackendName): string | undefined {
  switch (backend) {
    case 'tensorflow': {
      const addon = findAddon();
      // <package>/lib/napi-v8/tfjs_binding.node
      return addon === undefined ? undefined : dirname(dirname(dirname(addon)));
    }
    case 'onnxruntime-node':
      return folderOfModule('onnxruntime-node', [join(engineFolder('onnxruntime'), 'package.json'), import.meta.url]);
    case 'onnxruntime-web':
    case 'reference':
      return undefined;
  }
}

/** In the order in which the engine itself tries them. */
function folderOfModule(name: string, places: readonly string[]): string | undefined {
  for (const place of places) {
    try {
      return dirname(createRequire(place).resolve(`${name}/package.json`));
    } catch {
      // Not there; the next.
    }
  }
  return undefined;
}
