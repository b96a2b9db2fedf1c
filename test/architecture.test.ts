/**
 * Who may import whom: the ladder of the design, a sentence a rung, held against every import statement. A file imports from lower rungs
 * only, and folders of one rung leave each other alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Rung {
  readonly folders: readonly string[];
  readonly why: string;
}

/** From the bottom. Names are folders of `src/compiler`, or `grammar`. */
const ladder: readonly Rung[] = [
  { folders: ['common'], why: 'helpers that know nothing of .clipx' },
  { folders: ['source'], why: 'text and places in it' },
  { folders: ['diagnostics'], why: 'a fault is data with a place; drawing it needs the text' },
  {
    folders: ['grammar', 'syntax', 'types'],
    why: 'what a file looks like, and what values are; neither needs the other',
  },
  {
    folders: ['parse', 'ir'],
    why: 'text becomes a tree; tensors become graphs: the two halves meet only in the checker',
  },
  {
    folders: ['program', 'differentiate', 'optimise', 'bind'],
    why: 'what is made of graphs: the artefact, gradients, rewritings and binding times, each for itself',
  },
  { folders: ['lower', 'resolve', 'plan'], why: 'a program becomes kernels or a forecast; trees become linked files' },
  { folders: ['check'], why: 'names, axes, states and settings of linked files, with the vocabulary of the program' },
  {
    folders: ['elaborate', 'compare', 'explain'],
    why: 'what is done with a checked experiment: graphs, differences, words',
  },
  {
    folders: ['assemble', 'pytorch'],
    why: 'graphs, binding times, gradients and digests come together as a program; or formulas as a package of Python',
  },
  { folders: ['pipeline.ts'], why: 'the passes in their order' },
  { folders: ['compile.ts'], why: 'the door' },
];

/** Beside the compiler: what each part of `src` may see of it and of the others. */
const parts: Readonly<Record<string, { readonly sees: readonly RegExp[]; readonly why: string }>> = {
  runtime: {
    sees: [/^src\/runtime\//, /^src\/compiler\/(common|types|program|ir|diagnostics)\//, /^schemas\//],
    why: 'a runtime runs programs: it knows what they are made of, and nothing of the language',
  },
  tui: {
    sees: [/^src\/tui\//, /^src\/runtime\/(events\.ts|records\/)/, /^src\/compiler\/diagnostics\//],
    why: 'the view is a function of the events of a run, live or recorded',
  },
  cli: { sees: [/^(src|schemas)\//], why: 'the command line puts everything together' },
};

/** Packages and modules of Node that only some parts may use. */
const guarded: readonly { readonly name: RegExp; readonly where: RegExp; readonly why: string }[] = [
  { name: /^chevrotain$/, where: /^(grammar|src\/compiler\/parse)\//, why: 'another parser would change these two folders only' },
  { name: /^(ink|react)(\/|$)/, where: /^src\/tui\//, why: 'a command that draws nothing does not load a renderer' },
  { name: /^node:(fs|process|child_process|worker_threads|os)(\/|$)/, where: /^src\/(cli|runtime)\//, why: 'the compiler reads what its host hands it: it runs anywhere, and its tests touch no disk' },
  { name: /^onnxruntime/, where: /^src\/runtime\/backends\//, why: 'an engine stands behind the backend contract' },
  { name: /^yauzl$/, where: /^src\/runtime\/engines\//, why: 'wheels are unpacked where engines are put together' },
  { name: /^commander$/, where: /^src\/cli\//, why: 'words of the command line are read in one place' },
]; // prettier-ignore

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = ['src', 'grammar'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file.split(sep).join('/')}`),
);

/** Import and re-export statements, and dynamic imports of a literal. Statements begin a line, which strings with their words do not. */
const statement = /^(?:import|export)\b[^;'"]*?\bfrom\s*'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const imports: readonly Import[] = files.flatMap((from) =>
  [...readFileSync(join(root, from), 'utf8').matchAll(statement)].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? '';
    return { from, to: target.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), target)) : target };
  }),
);

/** The folder of the ladder that a file belongs to. */
function folderOf(file: string): string | undefined {
  if (file.startsWith('grammar/')) return 'grammar';
  return /^src\/compiler\/([^/]+)/.exec(file)?.[1];
}

const rungOf = (folder: string): number => ladder.findIndex((rung) => rung.folders.includes(folder));

describe('the import ladder', () => {
  it('names every folder of the compiler', () => {
    const folders = new Set(files.flatMap((file) => folderOf(file) ?? []));
    expect([...folders].filter((folder) => rungOf(folder) < 0)).toEqual([]);
    expect(ladder.flatMap((rung) => rung.folders).filter((folder) => !folders.has(folder))).toEqual([]);
  });

  it('is climbed downwards only', () => {
    const faults = imports.flatMap(({ from, to }) => {
      const [upper, lower] = [folderOf(from), folderOf(to)];
      if (upper === undefined || lower === undefined || upper === lower) return [];
      if (rungOf(lower) < rungOf(upper)) return [];
      return [`${from} imports ${to}: ${upper} stands on rung ${rungOf(upper)}, ${lower} on rung ${rungOf(lower)} (${ladder[rungOf(lower)]?.why})`];
    }); // prettier-ignore
    expect(faults).toEqual([]);
  });

  it('ends at the compiler: nothing in it knows who uses it', () => {
    const faults = imports.filter(
      ({ from, to }) => folderOf(from) !== undefined && /^src\/(cli|tui|runtime)\//.test(to),
    );
    expect(faults).toEqual([]);
  });
});

describe('the other parts', () => {
  it.each(Object.entries(parts))('%s sees what it may', (part, { sees, why }) => {
    const faults = imports
      .filter(({ from, to }) => from.startsWith(`src/${part}/`) && /^(src|grammar|schemas)\//.test(to))
      .filter(({ to }) => !sees.some((pattern) => pattern.test(to)));
    expect(faults, why).toEqual([]);
  });

  it.each(guarded)('$name stands only where $where', ({ name, where, why }) => {
    const faults = imports.filter(({ from, to }) => name.test(to) && !where.test(from));
    expect(faults, why).toEqual([]);
  });

  it('the compiler and the view write to no console and ask no process', () => {
    const faults = files.filter((file) => !/^src\/(cli|runtime)\//.test(file)).flatMap((file) => {
      const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'/g, '');
      return /\b(?:console|process)\.\w/.test(code) ? [file] : [];
    }); // prettier-ignore
    expect(faults).toEqual([]);
  });

  it('reads the imports that there are', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(imports.length).toBeGreaterThan(1000);
    expect(imports.filter(({ to }) => to.startsWith('src/') && !files.includes(to)).map(({ to }) => relative('.', to))).toEqual([]);
  }); // prettier-ignore
});
