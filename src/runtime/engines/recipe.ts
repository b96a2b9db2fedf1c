import type { EngineName } from '../backends/engine-folder.ts';

/** A file of a registry, known by its digest: whoever serves it, this one is taken or none. */
export interface Download {
  /** `tarball`: of npm, fetched by `npm pack`; `wheel`: of the Python package index, fetched by `pip download`. */
  readonly kind: 'tarball' | 'wheel';
  /** As npm and pip name it. */
  readonly file: string;
  /** What npm or pip is asked for: `name@version` or `name==version`. */
  readonly request: string;
  readonly bytes: number;
  readonly sha256: string;
  /**
   * Where a member of the archive goes: a path with forward slashes in the engine's folder, or undefined where it is not needed. npm
   * puts `package/` before every name.
   */
  readonly place: (member: string) => string | undefined;
}

/** A shared library that is compiled from what was unpacked. Paths are those of the engine's folder. */
export interface Build {
  readonly sources: readonly string[];
  readonly includes: readonly string[];
  readonly defines: readonly string[];
  /** Folder and names (without `lib`) of the libraries to link with; found again from `output` by `runPath`. */
  readonly libraryFolder: string;
  readonly libraries: readonly string[];
  readonly runPath: string;
  readonly output: string;
}

/** How an engine is put together in a folder of its own. */
export interface EngineRecipe {
  readonly engine: EngineName;
  /** The npm package that it stands for, under `node_modules` of the folder. */
  readonly package: { readonly name: string; readonly version: string };
  /** The native library in it, by the name that people know. */
  readonly library: string;
  readonly downloads: readonly Download[];
  /** Bytes of the folder once unpacked, to know before whether the disk has room. */
  readonly unpackedBytes: number;
  /** Symbolic links: path to target, relative to the link's folder. */
  readonly links: Readonly<Record<string, string>>;
  readonly build?: Build;
  /** What only the build needs. */
  readonly leftovers: readonly string[];
  /**
   * A program for `node -e`, run in the folder by a process of its own: opens the engine, computes what has a known answer and prints
   * an `EngineCheck` as JSON. Ends with another code than 0 where it can not.
   */
  readonly check: string;
  /** It looks for a GPU, and runs on the CPU where there is none. */
  readonly wantsGpu: boolean;
}

/** What the check prints. */
export interface EngineCheck {
  /** Version of the native library, as it says itself. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** What was computed, with the largest difference from the known answer. */
  readonly checks: readonly { readonly name: string; readonly error: number }[];
}
