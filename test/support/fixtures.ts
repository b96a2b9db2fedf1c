import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import { renderText } from '../../src/compiler/diagnostics/render-text.ts';
import type { CompilerHost } from '../../src/compiler/resolve/modules.ts';

const root = join(import.meta.dirname, '..', '..');

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The repository as a project: paths of a fixture are relative to its top. */
export const repository: CompilerHost = {
  readText: (path) => (isFile(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
};

/** A `.clipx` file below `test/fixtures` with the text that is expected of it. */
export interface Fixture {
  /** `CX2001/unknown-name` */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** Path of what the compiler should say, from this file's folder for `toMatchFileSnapshot`. */
  readonly expected: string;
}

/** All fixtures of the folders that `wanted` picks, in the order of their names. */
export function fixtures(wanted: (folder: string) => boolean): Fixture[] {
  const top = join(root, 'test', 'fixtures');
  return readdirSync(top)
    .filter(wanted)
    .sort()
    .flatMap((folder) =>
      readdirSync(join(top, folder))
        .filter((file) => file.endsWith('.clipx'))
        .sort()
        .map((file) => {
          const name = `${folder}/${file.slice(0, -'.clipx'.length)}`;
          const path = `test/fixtures/${folder}/${file}`;
          return { name, path, text: readFileSync(join(root, path), 'utf8'), expected: join(top, `${name}.txt`) };
        }),
    );
}

/** Compiles a fixture; every row of its ablations too, as `clipx check` does. */
export function check(fixture: Pick<Fixture, 'path' | 'text'>): Compilation[] {
  const request = { path: fixture.path, text: fixture.text, host: repository };
  const full = compile(request);
  const rows = full.checked?.rows ?? [];
  return [full, ...rows.map((row) => compile({ ...request, row: row.label }))];
}

/** What a person would read, each fault once. */
export function rendered(compilations: readonly Compilation[]): string {
  const sources = new Map(compilations.flatMap((each) => [...each.graph.sources]));
  const all = compilations.flatMap((each) => each.diagnostics);
  const distinct = new Map(all.map((each) => [JSON.stringify([each.code, each.message, each.span]), each]));
  return renderText([...distinct.values()], sources, { color: false });
}
