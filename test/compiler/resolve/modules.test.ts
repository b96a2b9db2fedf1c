import { describe, expect, it } from 'vitest';
import { Reporter } from '../../../src/compiler/diagnostics/reporter.ts';
import { skeleton } from '../../../src/compiler/resolve/confusable.ts';
import { loadModules, type ModuleGraph } from '../../../src/compiler/resolve/modules.ts';

function load(
  files: Readonly<Record<string, string>>,
  root = 'a/main.clipx',
): { graph: ModuleGraph; codes: string[]; read: string[] } {
  // prettier-ignore
  const report = new Reporter();
  const read: string[] = [];
  const host = {
    readText: (path: string) => {
      read.push(path);
      return files[path];
    },
  };
  const graph = loadModules(root, files[root] ?? '', host, report);
  return { graph, codes: report.diagnostics.map(({ code, message }) => `${code} ${message}`), read };
}

describe('imports', () => {
  it('are relative to their own file, or the library', () => {
    const { graph, codes, read } = load({
      'a/main.clipx': 'clipx 1\nuse "../b/one.clipx" { f as g }\nuse "library/x.clipx" { h }\n',
      'b/one.clipx': 'clipx 1\nuse "./two.clipx" { k }\nfn f(x) = k(x)\n',
      'b/two.clipx': 'clipx 1\nfn k(x) = x\n',
      'library/x.clipx': 'clipx 1\nfn h(x) = x\n',
    });
    expect(codes).toEqual([]);
    expect(read).toEqual(['b/one.clipx', 'b/two.clipx', 'library/x.clipx']);
    expect([...(graph.root?.imports ?? [])].map(([name, { module, declaration }]) => [name, module.path, declaration.name.text])).toEqual([
      ['g', 'b/one.clipx', 'f'],
      ['h', 'library/x.clipx', 'h'],
    ]); // prettier-ignore
  });

  it('read a file once, however many use it', () => {
    const { graph, codes, read } = load({
      'a/main.clipx': 'clipx 1\nuse "l.clipx" { f }\nuse "r.clipx" { g }\n',
      'a/l.clipx': 'clipx 1\nuse "base.clipx" { k }\nfn f(x) = k(x)\n',
      'a/r.clipx': 'clipx 1\nuse "base.clipx" { k }\nfn g(x) = k(x)\n',
      'a/base.clipx': 'clipx 1\nfn k(x) = x\n',
    });
    expect(codes).toEqual([]);
    expect(read.filter((path) => path === 'a/base.clipx')).toHaveLength(1);
    expect(graph.sources.size).toBe(4);
  });

  it('do not hand on what the other file imports', () => {
    const { codes } = load({
      'a/main.clipx': 'clipx 1\nuse "l.clipx" { k }\n',
      'a/l.clipx': 'clipx 1\nuse "base.clipx" { k }\n',
      'a/base.clipx': 'clipx 1\nfn k(x) = x\n',
    });
    expect(codes).toEqual(['CX2003 `l.clipx` declares no `k`']);
  });

  it('are told each by itself, and leave what they failed to bring without a second word', () => {
    const { graph, codes } = load({
      'a/main.clipx': 'clipx 1\nuse "gone.clipx" { f, g }\nuse "l.clipx" { h, k as m }\n',
      'a/l.clipx': 'clipx 1\nfn h(x) = x\n',
    });
    expect(codes).toEqual(['CX2004 there is no file `gone.clipx`', 'CX2003 `l.clipx` declares no `k`']);
    expect([...(graph.root?.broken ?? [])].sort()).toEqual(['f', 'g', 'm']);
  });

  it('of a file by itself are a circle', () => {
    const { codes } = load({ 'a/main.clipx': 'clipx 1\nuse "main.clipx" { f }\nfn f(x) = x\n' });
    expect(codes).toEqual(['CX2005 `main.clipx` uses this file, directly or through others']);
  });

  it('survive faults of syntax in the other file, which are told there', () => {
    const { graph, codes } = load({
      'a/main.clipx': 'clipx 1\nuse "l.clipx" { f }\n',
      'a/l.clipx': 'clipx 1\nlet = 3\nfn f(x) = x\n',
    });
    expect(codes).toHaveLength(1);
    expect(codes[0]).toMatch(/^CX1/);
    expect(graph.root?.imports.has('f')).toBe(true);
  });
});

describe('names that look alike', () => {
  it.each([
    ['a', 'а', true], // Cyrillic
    ['λ1', 'λ₁', true],
    ['ĝ', 'ĝ', true], // composed and not
    ['x', 'х', true], // Cyrillic
    ['ab', 'ba', false],
    ['τ', 't', false],
    ['λ1', 'λ2', false],
    ['l', 'I', false],
  ])('%s and %s: %s', (one, other, alike) => {
    expect(skeleton(one) === skeleton(other)).toBe(alike);
  });
});
