/** A file reads no program from outside of its project, asks no network, and runs nothing but what the compiler made of it. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { clipx, newFolder } from './support.ts';

const lent = 'clipx 1\n\nfn double(x) = x + x\n';
const borrowing = (path: string): string => `clipx 1\n\nuse "${path}" { double }\n\nfn four(x) = double(double(x))\n`;

/** A folder `project` beside a folder `other`, each with a file that can be lent. */
function twoFolders(): { readonly project: string; readonly other: string } {
  const top = newFolder('safety');
  const [project, other] = [join(top, 'project'), join(top, 'other')];
  for (const folder of [project, other]) {
    mkdirSync(join(folder, 'inner'), { recursive: true });
    writeFileSync(join(folder, 'lent.clipx'), lent);
  }
  writeFileSync(join(project, 'clipx.json'), '{}');
  symlinkSync(join(other, 'lent.clipx'), join(project, 'link.clipx'));
  symlinkSync(other, join(project, 'folder'));
  symlinkSync(join(project, 'lent.clipx'), join(project, 'inner/link.clipx'));
  return { project, other };
}

async function checked(path: string, words: readonly string[] = [], file = 'a.clipx') {
  const { project, other } = twoFolders();
  writeFileSync(join(project, file), borrowing(path.replace('OTHER', other)));
  return clipx([...words.map((word) => word.replace('OTHER', other)), 'check', file], { cwd: project });
}

describe('a program is read from', () => {
  it.each([
    ['beside', 'lent.clipx', 'a.clipx'],
    ['above, within the project', '../lent.clipx', 'inner/a.clipx'],
    ['a link that stays inside', 'link.clipx', 'inner/a.clipx'],
  ])('%s', async (_, path, file) => {
    expect(await checked(path, [], file)).toMatchObject({ code: 0 });
  });

  it.each([
    ['above the project', '../other/lent.clipx'],
    ['above the root of all', '../../../../../../../../etc/passwd'],
    ['an absolute path', 'OTHER/lent.clipx'],
    ['a link to a file outside', 'link.clipx'],
    ['a link to a folder outside', 'folder/lent.clipx'],
    ['what lies beside the library', 'library/../package.json'],
  ])('%s never', async (_, path) => {
    const { code, stderr } = await checked(path);
    expect(stderr).toContain('error[CX2013]');
    expect(code).toBe(1);
  });

  it.each([
    ['above the project', '../other/lent.clipx'],
    ['an absolute path', 'OTHER/lent.clipx'],
    ['a link to a file outside', 'link.clipx'],
  ])('%s where the folder is allowed', async (_, path) => {
    expect(await checked(path, ['--allow-path', 'OTHER'])).toMatchObject({ code: 0 });
    expect((await checked(path, ['--allow-path', 'OTHER/inner'])).stderr).toContain('CX2013');
  });

  it('a base is held to the same', async () => {
    const { project } = twoFolders();
    writeFileSync(join(project, 'a.clipx'), 'clipx 1\n\nextends "../other/lent.clipx"\n\nexperiment t\n');
    expect((await clipx(['check', 'a.clipx'], { cwd: project })).stderr).toContain('error[CX2013]');
  });

  it('beside a file from elsewhere, as a project of its own', async () => {
    const { project, other } = twoFolders();
    writeFileSync(join(other, 'a.clipx'), borrowing('lent.clipx'));
    expect(await clipx(['check', '../other/a.clipx'], { cwd: project })).toMatchObject({ code: 0 });
    writeFileSync(join(other, 'inner/a.clipx'), borrowing('../lent.clipx'));
    expect((await clipx(['check', '../other/inner/a.clipx'], { cwd: project })).stderr).toContain('CX2013');
  });
});

test('files that use each other have a depth, and a long chain is no overflow', () => {
  const readText = (path: string): string => {
    const next = Number(/(\d+)/.exec(path)?.[1]) + 1;
    return `clipx 1\n\nuse "f${next}.clipx" { g${next} }\n\nfn g${next - 1}(x) = g${next}(x)\n`;
  };
  const { diagnostics } = compile({ path: 'f0.clipx', text: readText('f0.clipx'), host: { readText } });
  expect(diagnostics.map(({ code }) => code)).toContain('CX1009');
});

test('models of the hub are never fetched without --allow-network', async () => {
  const { project } = twoFolders();
  const text = `clipx 1

experiment t

input x: image(48)
data d = folder("pictures") { x: "png" } |> mark(test)
frozen encoder clip = clip(joint: 8, image: vit(size: 48, patch: 16, width: 16, layers: 1), text: text_transformer(width: 16, layers: 1)) from "hf:org/name"
evaluate on d { metric m = mean(clip.image(x)) }
`;
  writeFileSync(join(project, 'a.clipx'), text);
  let asked = 0;
  const hub = createServer((_, response) => {
    asked++;
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => hub.listen(0, resolve));
  const { port } = hub.address() as AddressInfo;
  const variables = { HF_ENDPOINT: `http://localhost:${port}`, HF_HUB_CACHE: project };
  const { code, stderr } = await clipx(['run', 'a.clipx', '--progress', 'none'], { cwd: project, variables });
  hub.close();
  expect(stderr).toMatch(/error\[CX5007\]: `hf:org\/name` is not in this machine's cache/);
  expect(code).toBe(5);
  expect(asked).toBe(0);
});

test('no text becomes code: the sources evaluate no string, load no module by a computed name and call no shell', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(300);
  for (const file of sources) {
    const text = readFileSync(join('src', file), 'utf8');
    // `self.eval()` is written for PyTorch, which puts a module out of training by it
    expect(text, file).not.toMatch(
      /(?<!self\.)\beval\(|new Function\(|\bFunction\(['"`]|node:vm|shell: true|\bexecSync\(/,
    );
    if (/^(compiler|tui)\//.test(file))
      expect(text, file).not.toMatch(/node:(child_process|http|https|net)\b|\bfetch\(/);
  }
});
