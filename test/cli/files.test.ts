import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clipx, newFolder } from './support.ts';

const untidy = 'clipx 1\n\naxis   a=3   # three\nconst b    = 2\n';

test('fmt writes in place, names what it changed, and then finds nothing more', async () => {
  const cwd = newFolder('fmt');
  writeFileSync(join(cwd, 'a.clipx'), untidy);
  expect(await clipx(['fmt', '--check'], { cwd })).toMatchObject({ code: 1, stdout: 'a.clipx\n' });
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(untidy);
  expect(await clipx(['fmt'], { cwd })).toMatchObject({ code: 0, stdout: 'a.clipx\n' });
  const formatted = readFileSync(join(cwd, 'a.clipx'), 'utf8');
  expect(formatted).toContain('# three');
  expect(await clipx(['fmt', '--check'], { cwd })).toMatchObject({ code: 0, stdout: '' });
  expect(await clipx(['fmt', '-'], { cwd, stdin: untidy })).toMatchObject({ code: 0, stdout: formatted });
});

test('fmt --diff prints what patch(1) understands and writes nothing', async () => {
  const cwd = newFolder('fmt');
  writeFileSync(join(cwd, 'a.clipx'), untidy);
  const { code, stdout } = await clipx(['fmt', '--diff', 'a.clipx'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^--- a\.clipx\n\+\+\+ a\.clipx \(formatted\)\n@@ -1,4 \+1,4 @@\n/);
  expect(stdout).toContain('-axis   a=3   # three\n');
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(untidy);
});

test('fmt leaves a file with syntax errors as it is and exits 3', async () => {
  const cwd = newFolder('fmt');
  const text = 'clipx 1\n\naxis = = 3\n';
  writeFileSync(join(cwd, 'a.clipx'), text);
  const called = await clipx(['fmt'], { cwd });
  expect(called.code).toBe(3);
  expect(called.stderr).toMatch(/error\[CX1\d{3}\]/);
  expect(readFileSync(join(cwd, 'a.clipx'), 'utf8')).toBe(text);
});

test('check tells every syntax error at once and exits 1; what is asked for as JSON is on stdout', async () => {
  const cwd = newFolder('check');
  writeFileSync(join(cwd, 'a.clipx'), 'clipx 1\n\naxis = 3\nlet x 4\nloss = mean(x)\n');
  const text = await clipx(['check', 'a.clipx'], { cwd });
  expect(text.code).toBe(1);
  expect(text.stdout).toBe('');
  for (const line of [3, 4, 5]) expect(text.stderr).toContain(`a.clipx:${line}:`);
  const json = await clipx(['check', 'a.clipx', '--json'], { cwd });
  expect(json.code).toBe(1);
  expect((JSON.parse(json.stdout) as { counts: { error: number } }).counts.error).toBeGreaterThanOrEqual(3);
  const github = await clipx(['--format', 'github', 'check', 'a.clipx'], { cwd });
  expect(github.stdout).toMatch(/^::error file=a\.clipx,line=3,/);
});

test('check --fix makes the repairs that are mechanical, and no others', async () => {
  const cwd = newFolder('fix');
  const faulty = `experiment t
input picture : imag(8)
data d = folder("d") { picture: "png" }
encoder E = residual(size: 8, widht: 4, blocks: [4], strides: [1])
let xx = E(picture)
loss L = mean(xy)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;
  writeFileSync(join(cwd, 'a.clipx'), faulty);
  const called = await clipx(['check', '--fix', 'a.clipx'], { cwd });
  const text = readFileSync(join(cwd, 'a.clipx'), 'utf8');
  expect(text).toContain('clipx 1\n\nexperiment t');
  expect(text).toContain('input picture : image(8)');
  expect(text).toContain('frozen encoder E = residual(size: 8, width: 4');
  // a name of the user's own is not guessed
  expect(text).toContain('mean(xy)');
  expect(called.code).toBe(1);
  expect(called.stderr).toContain('did you mean `xx`');
  expect(called.stderr).not.toContain('imag(');
});

test('diagnostics as SARIF: a rule for each code, regions, fixes', async () => {
  const cwd = newFolder('sarif');
  writeFileSync(join(cwd, 'a.clipx'), 'clipx 1\n\nexperiment t\ninput picture : imag(8)\n');
  const called = await clipx(['check', 'a.clipx', '--format', 'sarif'], { cwd });
  const log = JSON.parse(called.stdout) as {
    version: string;
    runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; locations?: { physicalLocation: { region: object } }[]; fixes?: object[] }[] }[];
  }; // prettier-ignore
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  const result = run?.results.find(({ ruleId }) => ruleId === 'CX2012');
  expect(run?.tool.driver.rules.map(({ id }) => id)).toContain('CX2012');
  expect(result?.locations?.[0]?.physicalLocation.region).toEqual({ startLine: 4, startColumn: 17, endLine: 4, endColumn: 21 }); // prettier-ignore
  expect(result?.fixes).toHaveLength(1);
});

test.each([
  [['check', 'absent.clipx'], 3, 'there is no such file'],
  [['check', '.'], 3, 'is a folder'],
  [['check', 'latin.clipx'], 3, 'is not UTF-8'],
  [['check', 'large.clipx'], 3, 'expected at most'],
  [['watch', 'absent'], 3, 'there is no run "absent"'],
  [['watch', 'latest'], 3, 'there is no run in'],
  [['watch', 'x', '--replay', 'fast'], 2, 'expected a number above 0'],
  [['resume', 'absent'], 3, 'there is no run "absent"'],
  [['explain', 'CX9'], 2, 'there is no code CX9'],
  [['explain', 'resnet17'], 2, 'did you mean resnet18?'],
  [['explain', 'siglib'], 2, 'did you mean siglip?'],
  [['diff', 'nowhere:a.clipx', 'a.clipx'], 3, ''],
])('%j is answered with exit %i and a sentence', async (words, code, sentence) => {
  const cwd = newFolder('bad');
  writeFileSync(join(cwd, 'latin.clipx'), Buffer.from('# \xE9', 'latin1'));
  writeFileSync(join(cwd, 'large.clipx'), '#'.repeat(10 * 2 ** 20));
  const called = await clipx(words, { cwd });
  expect(called.stderr).toContain(sentence);
  expect(called.code).toBe(code);
  expect(called.stdout).toBe('');
  expect(called.stderr).not.toContain('    at ');
});
