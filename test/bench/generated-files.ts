/** A project of one experiment with ten imports, as long as is asked for, in which everything is read by something: `clipx check` finds nothing. */

const libraries = 10;
const functionsPerLibrary = 8;
/** Lines that do not depend on the length: the edition, the imports, the data, the training. */
const fixedLines = 42;
/** Lines of one block, with its share of the column map and of the objective. */
const blockLines = 22;

/** Path in the project → text. `experiment.clipx` has about `lines` lines: within one block. */
export function generatedProject(lines: number): Map<string, string> {
  const files = new Map<string, string>([['clipx.json', '{}\n']]);
  for (let library = 0; library < libraries; library++) {
    files.set(`part${library}.clipx`, `clipx 1\n\n${numbered(functionsPerLibrary, libraryFunction).join('\n\n')}\n`);
  }
  const blocks = Math.max(1, Math.round((lines - fixedLines) / blockLines));
  files.set('experiment.clipx', `${experimentLines(blocks).join('\n')}\n`);
  return files;
}

/** One experiment of so many equations, each of the one before, that four stages train on: what they share is checked once. */
export function stagedProject(equations: number): Map<string, string> {
  const lines = [
    'clipx 1',
    '',
    'experiment staged "Four stages over the same equations"',
    '',
    'axis joint = 16',
    'input x: vector(joint)',
    'input y: vector(joint)',
    '',
    'data source = jsonl("source.jsonl") { x: "x"  y: "y" }',
    '',
    'trainable module M = linear(joint -> joint)',
    'trainable module N = linear(joint -> joint)',
    '',
    'let v0 = M(x)',
    ...numbered(equations - 1, (at) => `let v${at + 1} = tanh(v${at}) + 0.1 * ${at % 7 === 0 ? 'N(x)' : `mean(v${at}, over: joint)`}`),
    '',
    `loss L = mean((v${equations - 1} - y) ^ 2)`,
    ...numbered(4, (at) => [
      '',
      `stage s${at}${at === 0 ? '' : ` after s${at - 1}`} {`,
      // the middle of the equations is another one in the third
      ...(at === 2 ? [`  let v${Math.floor(equations / 2)} = M(x) - 0.5 * x`] : []),
      '  minimize L',
      '  train on source { steps: 10  batch: 8  optimizer: adam(lr: 1e-4) }',
      '}',
    ]).flat(),
  ]; // prettier-ignore
  return new Map([
    ['clipx.json', '{}\n'],
    ['experiment.clipx', `${lines.join('\n')}\n`],
  ]);
}

function libraryFunction(at: number): string {
  return [
    `# the ${at}-th of its kind`,
    `fn pull${at}(a, b, margin = 0.1) {`,
    '  let near = cos(a, b)',
    '  let far  = cos(a, b[batch as other])',
    '  return mean(relu(margin + far)) - mean(near)',
    '}',
  ].join('\n');
}

function experimentLines(blocks: number): string[] {
  const imports = numbered(libraries, (library) => {
    const names = numbered(functionsPerLibrary, (at) => `pull${at} as pull${library}_${at}`);
    return `use "part${library}.clipx" { ${names.join(', ')} }`;
  });
  return [
    'clipx 1',
    '',
    'experiment generated "As long as is asked for"',
    '',
    ...imports,
    '',
    'axis joint = 16',
    'input label: class(class)',
    '',
    'data source = jsonl("source.jsonl") {',
    '  label: "label"',
    ...numbered(blocks, (at) => `  x${at}: "x${at}"`),
    '}',
    'data target = jsonl("target.jsonl") like source |> mark(test)',
    '',
    'vocabulary class = ["cat", "dog", "bird"]',
    'trainable param centre : [class, joint] = normal(0.02)',
    '',
    ...numbered(blocks, block).flat(),
    'minimize',
    ...sum(numbered(blocks, (at) => `w${at} * L${at}`)),
    '',
    'train on source {',
    '  epochs: 10',
    '  batch: 16',
    '  optimizer: adam(lr: 1e-4)',
    '}',
    '',
    'evaluate on target {',
    '  metric error = mean(argmax(cos(u0, centre), over: class) != label)',
    '}',
    '',
    'seeds 1..3',
  ];
}

function block(at: number): string[] {
  const pull = `pull${at % libraries}_${at % functionsPerLibrary}`;
  return [
    `# ── block ${at} ───────────────────────────────────────────────`,
    `axis a${at} = ${8 + (at % 5)}`,
    `input x${at} : vector(a${at})`,
    `trainable module M${at} = mlp(a${at} -> hidden(8) -> joint)`,
    `trainable param log_scale${at} = log(10)`,
    '',
    `fn scores${at}(f, c, s) {`,
    '  let cosine = cos(f, c)  # [batch, class]',
    '  return exp(s) * cosine',
    '}',
    '',
    `let u${at} = M${at}(x${at})  # [batch, joint]`,
    `let s${at} = scores${at}(u${at}, centre, log_scale${at})`,
    `let p${at} = mean(logsumexp(s${at}, over: class) - s${at}[class: label])`,
    `let q${at} = ${pull}(u${at}, ${at === 0 ? `stop(u${at})` : `u${at - 1}`}, margin: 0.2)`,
    '',
    `loss L${at} = p${at} + 0.1 * q${at}`,
    `weight w${at} = 0.5`,
    '',
  ];
}

/** Balanced, for a tree nests at most 400 deep; a term and a line each. */
function sum(terms: readonly string[]): string[] {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return [`  ${only}`];
  const half = Math.ceil(terms.length / 2);
  const left = sum(terms.slice(0, half));
  const right = sum(terms.slice(half));
  return [...wrapped(left), ...wrapped(right).map((line, at) => (at === 0 ? line.replace(/^( *)/, '$1+ ') : line))];
}

function wrapped(lines: readonly string[]): string[] {
  return lines.map((line, at) => {
    const opened = at === 0 ? line.replace(/^( *)/, '$1(') : line;
    return at === lines.length - 1 ? `${opened})` : opened;
  });
}

function numbered<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
