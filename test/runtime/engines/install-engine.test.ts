import { appendFile, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEngineRecord } from '../../../src/runtime/engines/engine-record.ts';
import { installRecipe, type InstallOptions } from '../../../src/runtime/engines/install-engine.ts';
import type { InstallProgress } from '../../../src/runtime/engines/install-progress.ts';
import type { EngineRecipe } from '../../../src/runtime/engines/recipe.ts';
import { fakeWorld, isExecutable, type FakeWorld } from './fake-world.ts';

let world: FakeWorld;

beforeEach(async () => {
  world = await fakeWorld();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const install = (options: InstallOptions = {}, recipe: EngineRecipe = world.recipe) =>
  installRecipe(recipe, { folder: world.engine, ...options });

/** Everything that is in the folder of engines. */
const entries = async (): Promise<readonly string[]> => (await readdir(world.engines)).sort();

describe.skipIf(process.platform === 'win32')('installRecipe', () => {
  it('puts an engine together, tries it and writes down what it is made of', async () => {
    const { folder, record, remarks } = await install();
    expect(await entries()).toEqual(['downloads', 'tfjs-1.0.0']);
    expect((await readdir(folder)).sort()).toEqual(['addon.cc', 'deps', 'engine.json', 'lib', 'package.json']);
    expect(await readFile(join(folder, 'deps/lib/libsecond.so'), 'utf8')).toBe('second'.repeat(50_000));
    expect(await readlink(join(folder, 'deps/lib/libfake.so'))).toBe('libfirst.so');
    expect(await isExecutable(join(folder, 'deps/bin/first'))).toBe(true);
    expect(await isExecutable(join(folder, 'deps/lib/libfirst.so'))).toBe(false);
    expect(record).toMatchObject({
      library: { name: 'libfake', version: '2.0' },
      compiler: 'c++ (fake) 1.0',
      checks: [{ name: 'sum', error: 0 }],
    });
    // Fits its schema, or it would not be read.
    expect(await readEngineRecord(folder)).toEqual(record);
    expect(remarks).toEqual([]);
  });

  it('asks npm and pip for files only, runs no script, and compiles without the headers of Node', async () => {
    await install();
    const calls = await world.calls();
    expect(calls.filter((line) => line.startsWith('npm '))).toEqual([
      'npm pack --ignore-scripts --loglevel=error @fake/engine@1.0.0',
      'npm pack --ignore-scripts --loglevel=error headers@1.0.0',
    ]);
    expect(calls.find((line) => line.startsWith('pip '))).toMatch(
      /^pip -m pip download --quiet --no-deps --only-binary=:all: --python-version=3\.11 --platform=manylinux2014_x86_64 --dest=\S+ first==1\.0\.0$/,
    );
    expect(calls.find((line) => line.startsWith('c++ '))).toContain(
      '-DNAPI_VERSION=8 -Iheaders addon.cc -Ldeps/lib -lfake -Wl,-rpath,$ORIGIN/../deps/lib -o lib/addon.node',
    );
  });

  it('keeps what a person sets for npm and drops what an outer npm hands down', async () => {
    vi.stubEnv('npm_config_global', 'true');
    vi.stubEnv('npm_config_registry', 'http://mirror.test/');
    vi.stubEnv('npm_lifecycle_event', 'npx');
    await install();
    const variables = new Set((await world.calls()).filter((line) => line.startsWith('npm_')));
    expect(variables).toContain('npm_config_registry=http://mirror.test/');
    expect([...variables].filter((line) => /global=|lifecycle/.test(line))).toEqual([]);
  });

  it('tells every task from its beginning to its end, in order', async () => {
    const told: InstallProgress[] = [];
    await install({ onProgress: (progress) => told.push(progress) });
    const tasks = [...new Set(told.map(({ task }) => task))];
    expect(tasks).toEqual([
      'download @fake/engine@1.0.0',
      'download headers@1.0.0',
      'download first==1.0.0',
      'download second==1.0.0',
      'unpack @fake/engine@1.0.0',
      'unpack headers@1.0.0',
      'unpack first==1.0.0',
      'unpack second==1.0.0',
      'compile with c++',
      'try it',
    ]);
    for (const task of tasks) {
      const done = told.filter((it) => it.task === task).map((it) => it.done / it.total);
      expect(done[0]).toBe(0);
      expect(done.at(-1)).toBe(1);
      expect(done).toEqual([...done].sort((a, b) => a - b));
    }
  });

  it('needs no network the second time', async () => {
    await install();
    await world.tool('npm', 'exit 1');
    await world.tool('python3', undefined);
    await install();
    expect(await readFile(join(world.engine, 'lib/addon.node'), 'utf8')).toBe('compiled\n');
  });

  it('goes on where it was interrupted: a whole file that was fetched is not fetched again', async () => {
    await rm(join(world.registry, 'second-1.0.0-py3-none-any.whl'));
    await expect(install()).rejects.toMatchObject({ code: 'download-failed' });
    expect(await entries()).toEqual(['downloads']);
    expect(await readdir(world.downloads)).not.toContain('second-1.0.0-py3-none-any.whl');
    const before = (await world.calls()).length;
    await expect(install()).rejects.toMatchObject({ code: 'download-failed' });
    const after = (await world.calls()).slice(before);
    expect(after).toHaveLength(1);
    expect(after[0]).toContain('second==1.0.0');
  });

  it('fetches a kept file anew that is damaged', async () => {
    await install();
    const kept = join(world.downloads, 'first-1.0.0-py3-none-any.whl');
    const whole = await readFile(kept);
    await writeFile(kept, whole.fill(0, 100, 200));
    await install();
    expect(await readFile(kept)).toEqual(await readFile(join(world.registry, 'first-1.0.0-py3-none-any.whl')));
  });

  it('takes files from a folder, asking neither npm nor pip', async () => {
    await world.tool('npm', undefined);
    await world.tool('python3', undefined);
    await install({ from: world.registry });
    expect(await entries()).toEqual(['tfjs-1.0.0']);
    expect((await world.calls()).filter((line) => !line.startsWith('c++'))).toEqual([]);
  });

  it('names every file that such a folder lacks, with the command that fetches it', async () => {
    await rm(join(world.registry, 'headers-1.0.0.tgz'));
    await rm(join(world.registry, 'second-1.0.0-py3-none-any.whl'));
    await expect(install({ from: world.registry })).rejects.toMatchObject({
      code: 'download-failed',
      fault: 'user',
      message: expect.stringMatching(/does not hold headers-1\.0\.0\.tgz, second-1\.0\.0-py3-none-any\.whl$/) as string,
      help: expect.stringMatching(/`npm pack headers@1\.0\.0` and `pip download .* second==1\.0\.0`/) as string,
    });
  });

  it('refuses a wrong file of such a folder and leaves it', async () => {
    const wrong = join(world.registry, 'second-1.0.0-py3-none-any.whl');
    await appendFile(wrong, 'x');
    await expect(install({ from: world.registry })).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(await readdir(world.registry)).toContain('second-1.0.0-py3-none-any.whl');
  });

  it('removes what processes that are gone left behind, and brings back an engine that one of them had put aside', async () => {
    const gone = 2 ** 22 + 1;
    for (const name of [
      `tfjs-0.9.0.installing-${gone}`,
      `downloads.fetching-${gone}`,
      `onnxruntime-1.0.0.replaced-${gone}`,
    ]) {
      await mkdir(join(world.engines, name), { recursive: true });
    }
    await install();
    expect(await entries()).toEqual(['downloads', 'onnxruntime-1.0.0', 'tfjs-1.0.0']);
  });

  it('says that an engine for a GPU runs on the CPU', async () => {
    const { remarks } = await install({}, { ...world.recipe, wantsGpu: true });
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toContain('runs on the CPU');
  });
});

/** What goes wrong, by what makes it so. Each leaves the engine that was there, and nothing half done. */
const failures: readonly {
  readonly what: string;
  readonly make: () => Promise<InstallOptions | undefined | void>;
  readonly recipe?: () => Partial<EngineRecipe>;
  readonly code: string;
  readonly message: RegExp;
  readonly help?: RegExp;
}[] = [
  {
    what: 'no npm',
    make: () => rm(join(world.engines, '../tools/npm')),
    code: 'tool-missing',
    message: /no npm on PATH/,
    help: /--from FOLDER/,
  },
  {
    what: 'no Python',
    make: () => rm(join(world.engines, '../tools/python3')),
    code: 'tool-missing',
    message: /no Python with pip/,
    help: /--from FOLDER/,
  },
  {
    what: 'Python without pip',
    make: () => world.tool('python3', 'echo "No module named pip" >&2; exit 1'),
    code: 'tool-missing',
    message: /Python is there, but pip is not/,
    help: /python3-pip/,
  },
  {
    what: 'no compiler',
    make: () => rm(join(world.engines, '../tools/c++')),
    code: 'tool-missing',
    message: /no C\+\+ compiler/,
    help: /CXX/,
  },
  {
    what: 'npm without a network',
    make: () => world.tool('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1'),
    code: 'network-unreachable',
    message: /npm does not reach its registry for @fake\/engine@1\.0\.0/,
    help: /--from FOLDER/,
  },
  {
    what: 'pip without a network',
    make: () =>
      world.tool(
        'python3',
        '[ "$3" = --version ] && exit 0; echo "WARNING: Retrying after connection broken by NewConnectionError(1): [Errno -3]" >&2; echo "ERROR: No matching distribution found for first==1.0.0" >&2; exit 1',
      ),
    code: 'network-unreachable',
    message: /pip does not reach/,
  },
  {
    what: 'a registry without the package',
    make: () => world.tool('npm', "echo 'npm error code E404' >&2; echo 'npm error no such version' >&2; exit 1"),
    code: 'download-failed',
    message: /npm does not give @fake\/engine@1\.0\.0: code E404 no such version$/,
  },
  {
    what: 'an index without the wheel',
    make: () =>
      world.tool('python3', '[ "$3" = --version ] && exit 0; echo "ERROR: No matching distribution found" >&2; exit 1'),
    code: 'download-failed',
    message: /pip does not give first==1\.0\.0: No matching distribution found$/,
  },
  {
    what: 'another file under the name',
    make: () => appendFile(join(world.registry, 'first-1.0.0-py3-none-any.whl'), 'more'),
    code: 'digest-mismatch',
    message:
      /first-1\.0\.0-py3-none-any\.whl is not the file that was tested: expected \d+ bytes with sha256 [0-9a-f]{64}, found \d+ bytes/,
    help: /removed/,
  },
  {
    what: 'the same size with other bytes',
    make: async () => {
      const path = join(world.registry, 'first-1.0.0-py3-none-any.whl');
      await writeFile(path, (await readFile(path)).fill(1, 60, 80));
    },
    code: 'digest-mismatch',
    message: /the same size with another digest/,
  },
  {
    what: 'a disk without room',
    make: async () => ({ freeBytes: async () => 1_500 }),
    code: 'disk-full',
    message: /tfjs needs .* in .* where 1\.5 KiB are free/,
    help: /CLIPX_ENGINES/,
  },
  {
    what: 'a disk that becomes full',
    make: () =>
      world.tool(
        'python3',
        '[ "$3" = --version ] && exit 0; echo "OSError: [Errno 28] No space left on device" >&2; exit 2',
      ),
    code: 'disk-full',
    message: /became full while pip fetched first==1\.0\.0/,
  },
  {
    what: 'sources that do not compile',
    make: () =>
      world.tool(
        'c++',
        '[ "$1" = --version ] && echo cc 3 && exit 0; echo "addon.cc:1: error: C++17 is needed" >&2; exit 1',
      ),
    code: 'build-failed',
    message: /does not compile: addon\.cc:1: error: C\+\+17 is needed/,
    help: /cc 3/,
  },
  {
    what: 'a library that does not load',
    make: async () => undefined,
    recipe: () => ({ check: 'throw new Error("wrong processor")' }),
    code: 'check-failed',
    message: /^@fake\/engine does not work here: Error: wrong processor$/,
  },
  {
    what: 'a library that crashes',
    make: async () => undefined,
    recipe: () => ({ check: 'process.abort()' }),
    code: 'check-failed',
    message: /its process was ended by a signal/,
  },
  {
    what: 'an archive that can not be unpacked',
    make: async () => undefined,
    recipe: () => ({
      downloads: world.recipe.downloads.map((it) => ({ ...it, place: () => '../../outside' })),
    }),
    code: 'install-failed',
    message: /outside/,
  },
];

describe.skipIf(process.platform === 'win32')('a failed installation', () => {
  it.each(failures)('of $what says so and changes nothing', async ({ make, recipe, code, message, help }) => {
    await mkdir(world.engine, { recursive: true });
    await writeFile(join(world.engine, 'old'), 'still here');
    const options = (await make()) ?? {};
    const failed = install(options, { ...world.recipe, ...recipe?.() });
    await expect(failed).rejects.toMatchObject({
      name: 'BackendError',
      code,
      message: expect.stringMatching(message) as string,
      ...(help === undefined ? {} : { help: expect.stringMatching(help) as string }),
    });
    expect((await entries()).filter((name) => name !== 'downloads')).toEqual(['tfjs-1.0.0']);
    expect(await readdir(world.engine)).toEqual(['old']);
    const kept = await readdir(world.downloads).catch(() => []);
    if (code === 'digest-mismatch') expect(kept).not.toContain('first-1.0.0-py3-none-any.whl');
  });

  it('finds what is missing before it fetches anything', async () => {
    await rm(join(world.engines, '../tools/c++'));
    await expect(install()).rejects.toMatchObject({ code: 'tool-missing' });
    expect(await world.calls()).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('an interrupted installation', () => {
  const slow: Readonly<Record<string, readonly [tool: string, script: string]>> = {
    'while pip fetches': ['python3', '[ "$3" = --version ] && exit 0; echo part > part.whl; sleep 60'],
    'while it compiles': ['c++', '[ "$1" = --version ] && exit 0; sleep 60'],
    'while npm fetches': ['npm', 'sleep 60'],
  };

  it.each(Object.keys(slow))('%s ends what is under way and leaves nothing', async (when) => {
    const [tool, script] = slow[when] ?? ['', ''];
    await world.tool(tool, script);
    const stop = new AbortController();
    const began = performance.now();
    setTimeout(() => stop.abort(), 400);
    await expect(install({ signal: stop.signal })).rejects.toMatchObject({ code: 'interrupted' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await entries()).filter((name) => name !== 'downloads')).toEqual([]);
  });

  it('while it unpacks leaves nothing', async () => {
    const stop = new AbortController();
    const onProgress = ({ task }: InstallProgress): void => {
      if (task.startsWith('unpack second')) stop.abort();
    };
    await expect(install({ signal: stop.signal, onProgress })).rejects.toMatchObject({ code: 'interrupted' });
    expect(await entries()).toEqual(['downloads']);
  });
});
