/** Registries, tools and a recipe small enough to put an engine together in milliseconds. */
import { zipSync, type Zippable } from 'fflate';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { vi } from 'vitest';
import type { Download, EngineRecipe } from '../../../src/runtime/engines/recipe.ts';

export interface FakeWorld {
  /** Where engines go. */
  readonly engines: string;
  readonly engine: string;
  readonly downloads: string;
  /** What the registries serve. */
  readonly registry: string;
  readonly recipe: EngineRecipe;
  /** Replaces a tool on PATH by a script for sh; undefined takes it away. */
  readonly tool: (name: string, script: string | undefined) => Promise<void>;
  /** The lines in which tools said how they were called. */
  readonly calls: () => Promise<readonly string[]>;
}

const encoder = new TextEncoder();

/** Everything in a new folder, with working tools that come alone on PATH. */
export async function fakeWorld(): Promise<FakeWorld> {
  const root = await mkdtemp(join(tmpdir(), 'clipx-engines-'));
  const [registry, tools, engines] = [join(root, 'registry'), join(root, 'tools'), join(root, 'engines')];
  for (const folder of [registry, tools]) await mkdir(folder);
  const log = join(root, 'calls');
  await writeFile(log, '');
  vi.stubEnv('PATH', tools);
  vi.stubEnv('PYTHON', '');
  vi.stubEnv('CXX', '');
  const tool = async (name: string, script: string | undefined): Promise<void> => {
    const path = join(tools, name);
    await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script ?? 'exit 127'}\n`);
    await chmod(path, script === undefined ? 0o644 : 0o755);
  };
  const shell = join(tools, 'sh');
  await writeFile(shell, '#!/bin/sh\nexec /bin/sh "$@"\n');
  await chmod(shell, 0o755);
  const world: FakeWorld = {
    engines,
    engine: join(engines, 'tfjs-1.0.0'),
    downloads: join(engines, 'downloads'),
    registry,
    recipe: await fakeRecipe(registry),
    tool,
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
  };
  await tool('npm', npmScript(log, registry));
  await tool('python3', pipScript(log, registry));
  await tool('c++', compilerScript(log));
  return world;
}

/** `npm pack name@1.0.0` in the working folder. */
function npmScript(log: string, registry: string): string {
  return `echo "npm $*" >> ${log}
env | grep -i '^npm_' >> ${log}
for request; do :; done
cp "${registry}/$(echo "$request" | sed 's/@1.0.0//; s/@//; s#/#-#')-1.0.0.tgz" .`;
}

/** `python3 -m pip download … --dest=… name==1.0.0`. */
function pipScript(log: string, registry: string): string {
  return `if [ "$3" = --version ]; then echo pip 1; exit 0; fi
echo "pip $*" >> ${log}
for request; do :; done
cp "${registry}/$(echo "$request" | sed 's/==/-/')-py3-none-any.whl" .`;
}

function compilerScript(log: string): string {
  return `if [ "$1" = --version ]; then echo "c++ (fake) 1.0"; exit 0; fi
echo "c++ $*" >> ${log}
[ -f deps/lib/libfirst.so ] && [ -f headers/node_api.h ] || { echo "fatal error: node_api.h" >&2; exit 1; }
for output; do :; done
echo compiled > "$output"`;
}

/** A package and headers from npm, two wheels, a library that is compiled, and a check that reads it. */
async function fakeRecipe(registry: string): Promise<EngineRecipe> {
  const download = async (
    kind: Download['kind'],
    file: string,
    request: string,
    content: Uint8Array,
    place: Download['place'],
  ): Promise<Download> => {
    await writeFile(join(registry, file), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { kind, file, request, bytes: content.byteLength, sha256, place };
  };
  const wheelPlace: Download['place'] = (member) =>
    member.startsWith('lib/') || member.startsWith('bin/') ? `deps/${member}` : undefined;
  return {
    engine: 'tfjs',
    package: { name: '@fake/engine', version: '1.0.0' },
    library: 'libfake',
    downloads: [
      await download(
        'tarball',
        'fake-engine-1.0.0.tgz',
        '@fake/engine@1.0.0',
        await tarball({ 'package/package.json': '{}', 'package/addon.cc': 'int x;', 'package/unused.js': '' }),
        (member) => (/package\.json|\.cc$/.test(member) ? member.slice('package/'.length) : undefined),
      ),
      await download(
        'tarball',
        'headers-1.0.0.tgz',
        'headers@1.0.0',
        await tarball({ 'package/node_api.h': '// a header' }),
        () => 'headers/node_api.h',
      ),
      await download('wheel', 'first-1.0.0-py3-none-any.whl', 'first==1.0.0', wheel('first'), wheelPlace),
      await download('wheel', 'second-1.0.0-py3-none-any.whl', 'second==1.0.0', wheel('second'), wheelPlace),
    ],
    unpackedBytes: 1000,
    links: { 'deps/lib/libfake.so': 'libfirst.so' },
    build: {
      sources: ['addon.cc'],
      includes: ['headers'],
      defines: ['NAPI_VERSION=8'],
      libraryFolder: 'deps/lib',
      libraries: ['fake'],
      runPath: '$ORIGIN/../deps/lib',
      output: 'lib/addon.node',
    },
    leftovers: ['headers'],
    check: `
      const { readFileSync } = require('node:fs');
      if (readFileSync('lib/addon.node', 'utf8') !== 'compiled\\n') throw new Error('wrong addon');
      readFileSync('deps/lib/libfake.so');
      console.log(JSON.stringify({ version: '2.0', device: 'cpu', checks: [{ name: 'sum', error: 0 }] }));`,
    wantsGpu: false,
  };
}

function wheel(name: string): Uint8Array {
  const members: Zippable = {
    [`lib/lib${name}.so`]: [encoder.encode(name.repeat(50_000)), { os: 3, attrs: 0o100644 << 16 }],
    [`bin/${name}`]: [encoder.encode('#!/bin/sh'), { os: 3, attrs: 0o100755 << 16 }],
    'python/unused.py': encoder.encode('pass'),
  };
  return zipSync(members, { mtime: new Date('2020-01-01') });
}

async function tarball(members: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const pack = tar.pack();
  for (const [name, content] of Object.entries(members)) pack.entry({ name }, content);
  pack.finalize();
  return gzipSync(await buffer(pack));
}

export async function isExecutable(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o111) !== 0;
}
