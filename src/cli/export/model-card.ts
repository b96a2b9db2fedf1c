import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inputWords } from '../../compiler/program/words.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { ExportedInference, ExportedInput } from './inference-of-run.ts';
import type { InferenceConfig } from './write-inference.ts';

/** `README.md` beside an exported model: what it computes, how it is called, what it was measured at, whose weights are in it. */
export function modelCard(exported: ExportedInference, config: InferenceConfig): string {
  const { run, program, inputs } = exported;
  const { outputs, stage } = config;
  const sections = [
    `# ${program.title === '' ? program.name : program.title}`,
    `The inference graph of the experiment \`${program.name}\`${program.row === 'full' ? '' : `, row "${program.row}"`}${program.stages.length > 1 ? `, after the stage \`${stage}\`` : ''}, seed ${run.record.seed}: from ${list(inputs.map(({ name }) => `\`${name}\``))} to ${list(outputs.map(({ name }) => `\`${name}\``))}. Exported by clipx as ONNX (opset ${config.opset}); any number of samples at once. ${config.external ? 'The model reads its tensors from `weights.safetensors` beside it.' : '`weights.safetensors` holds the same tensors by name.'}`, // prettier-ignore
    table('Inputs', ['name', 'type', 'shape', 'what it is'], inputs.map((input) => [`\`${input.name}\``, typeNames[input.dtype] ?? input.dtype, shapeOf(input.shape), meaningOf(input)])), // prettier-ignore
    table('Outputs', ['name', 'type', 'axes'], outputs.map(({ name, dtype, axes }) => [`\`${name}\``, typeNames[dtype] ?? dtype, axesOf(axes)])), // prettier-ignore
    `## Use\n\n\`\`\`python\n${example(inputs, config)}\n\`\`\``,
    results(exported, config),
    weights(exported),
    `## Origin\n\n- semantic digest \`${program.digests.semantic}\`\n- protocol digest \`${program.digests.protocol}\`${run.record.inputs === undefined ? '' : `\n- digest of the files it was trained on \`${run.record.inputs}\``}\n- finished ${run.record.updated}${run.record.backend === undefined ? '' : ` on ${run.record.backend.name} ${run.record.backend.version}`}`, // prettier-ignore
  ];
  return `${sections.join('\n\n')}\n`;
}

const typeNames: Readonly<Record<string, string>> = { f32: 'float32', i32: 'int32', u8: 'uint8', bool: 'bool' };

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;

const shapeOf = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`; // prettier-ignore
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function axesOf(axes: InferenceConfig['outputs'][number]['axes']): string {
  const named = axes.map(({ name, size, entries }) => `${name} (${size}${entries === undefined ? '' : `: ${shown(entries)}`})`); // prettier-ignore
  return `[${['batch', ...named].join(', ')}]`;
}

/** Words of an axis; of many the first, `config.json` has all. */
const shown = (words: readonly string[]): string =>
  words.length <= 12 ? words.join(', ') : `${words.slice(0, 10).join(', ')}, … (all in config.json)`;

const preprocessings: Readonly<Record<string, string>> = {
  white: 'laid on white where it is transparent, made RGB, resized by Pillow’s bicubic',
  clip: 'resized by Pillow’s bicubic in the file’s own mode, then made RGB (CLIP’s own preprocessing)',
  huggingface: 'made RGB, then resized by Pillow’s bicubic (transformers’ `CLIPImageProcessor`)',
  torchvision: 'made RGB, then resized by Pillow’s bicubic (torchvision’s and timm’s preprocessing)',
};

const fits = { cover: 'the shorter side to the size, the middle cut out', contain: 'the longer side to the size, white around it', stretch: 'both sides to the size' } as const; // prettier-ignore

/** Mean and deviation are in the graph: it takes the bytes of pixels. */
function meaningOf({ column, name }: ExportedInput): string {
  switch (column.kind) {
    case 'image':
      return `RGB bytes 0…255, channels last; ${resizingOf(column)}; scaling, mean and deviation are in the graph`;
    case 'text':
      return name.endsWith('.length') ? 'place of the token that ends the text, from 0' : `ids of the tokenizer \`${column.tokenizer}\`, padded`; // prettier-ignore
    default:
      return `\`${inputWords(column)}\`${name === column.name ? '' : `, ${name.slice(column.name.length + 1)}`}`;
  }
}

type ImageColumn = Extract<ExportedInput['column'], { readonly kind: 'image' }>;

function resizingOf({ preprocess, interpolation, fit, crop, height, width }: ImageColumn): string {
  const colours = (preprocessings[preprocess ?? 'white'] ?? '').replace('bicubic', interpolation ?? 'bicubic');
  const kept = crop === undefined ? '' : `; the size is ${Math.floor(height / crop)} × ${Math.floor(width / crop)} px, of which the middle ${height} × ${width} px are kept`; // prettier-ignore
  return `${colours} (${fits[fit]}${kept})`;
}

function example(inputs: readonly ExportedInput[], { outputs }: InferenceConfig): string {
  const pictures = inputs.some(({ column }) => column.kind === 'image');
  const names = outputs.map(({ name }) => `"${name}"`).join(', ');
  return [
    'import numpy as np',
    'import onnxruntime',
    ...(pictures ? ['from PIL import Image', ''] : ['']),
    ...(pictures ? readerOf(inputs) : []),
    'session = onnxruntime.InferenceSession("model.onnx")',
    `feeds = {${inputs.map((input) => `"${input.name}": ${sample(input)}`).join(', ')}}`,
    `${outputs.map((_, at) => (outputs.length === 1 ? 'result' : `result_${at}`)).join(', ')}${outputs.length === 1 ? ',' : ''} = session.run([${names}], feeds)`,
  ].join('\n');
}

/** Of pictures that already have the proportions of the input. */
function readerOf(inputs: readonly ExportedInput[]): string[] {
  const columns = inputs.flatMap(({ column }) => (column.kind === 'image' ? [column] : []));
  const ways = new Set(columns.map(({ preprocess }) => preprocess ?? 'white'));
  const interpolation = columns[0]?.interpolation ?? 'bicubic';
  const crop = columns[0]?.crop;
  const opened = 'picture = Image.open(path)';
  const rgb = '.convert("RGB")';
  const first = ways.has('clip')
    ? [opened]
    : ways.has('huggingface') || ways.has('torchvision')
      ? [opened + rgb]
      : [`${opened}.convert("RGBA")`, `picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)${rgb}`]; // prettier-ignore
  const resize = (size: string): string => `picture.resize(${size}, Image.Resampling.${interpolation.toUpperCase()})${ways.has('clip') ? rgb : ''}`; // prettier-ignore
  const rest =
    crop === undefined
      ? [`return np.asarray(${resize('size')})`]
      : [
          `whole = [int(side / ${crop}) for side in size]`,
          `left, top = [${ways.has('huggingface') ? '(a - b) // 2' : 'round((a - b) / 2)'} for a, b in zip(whole, size)]`,
          `return np.asarray(${resize('whole')})[top : top + size[1], left : left + size[0]]`,
        ];
  return ['def read(path, size):', ...[...first, ...rest].map((line) => `    ${line}`), ''];
}

function sample({ column, shape, dtype }: ExportedInput): string {
  const sizes = shape.map((size) => (typeof size === 'string' ? 1 : size));
  if (column.kind !== 'image' || sizes.length !== 4) return `np.zeros((${sizes.join(', ')}${sizes.length === 1 ? ',' : ''}), np.${typeNames[dtype] ?? dtype})`; // prettier-ignore
  const [, height, width] = sizes;
  return `np.stack([read("${column.name}.png", (${width}, ${height}))])`;
}

function results({ run }: ExportedInference, config: InferenceConfig): string {
  const rows = config.results.flatMap(({ evaluation, data, samples, metrics, best }) =>
    metrics.map(({ name, value, unit }) => [
      evaluation,
      data,
      String(samples),
      name,
      `${typeof value === 'number' ? value.toPrecision(6) : JSON.stringify(value)}${unit === undefined ? '' : ` ${unit}`}`,
      best ? 'selected' : 'last',
    ]),
  );
  if (rows.length === 0) return '## Results\n\nThe run measured nothing.';
  return `${table('Results', ['evaluation', 'data', 'samples', 'metric', 'value', 'weights'], rows)}\n\nOf this one run, seed ${run.record.seed}: other seeds give other numbers.`; // prettier-ignore
}

function weights({ parameters, tensors, program, read }: ExportedInference): string {
  const owners = [...new Set(parameters.map(({ owner }) => owner))];
  const rows = owners.map((owner) => {
    const own = parameters.filter((parameter) => parameter.owner === owner);
    const count = (which: readonly (typeof own)[number][]): number => which.reduce((sum, { shape }) => sum + elementCount(shape), 0); // prettier-ignore
    const trained = count(own.filter(({ state }) => state === 'trainable'));
    return [`\`${owner}\``, String(own.length), String(count(own)), trained === 0 ? 'frozen' : trained === count(own) ? 'trained' : `${trained} of them trained`]; // prettier-ignore
  });
  const folded = [...tensors.keys()].filter((name) => !parameters.some((parameter) => parameter.name === name));
  const own = originsOf(read);
  const beside = originsOf(program.parameters).filter((path) => !own.includes(path));
  const paths = (origins: readonly string[]): string => list(origins.map((path) => `\`${path}\`${licenceIn(path)}`));
  const constants = folded.length === 0 ? '' : `\n\nWorked out once and kept as constants: ${folded.map((name) => `\`${name}\` [${tensors.get(name)?.shape.join(', ') ?? ''}]`).join(', ')}.`; // prettier-ignore
  const licences = [
    own.length === 0 ? 'All of it started from random numbers.' : `It started from ${paths(own)}.`,
    ...(beside.length === 0 ? [] : [`${paths(beside)} taught it, and is not in it.`]),
    'Whoever passes this model on keeps to the licences of those weights and of the data.',
  ].join(' ');
  return `${table('Weights', ['part', 'tensors', 'numbers', 'state'], rows)}${constants}\n\n${licences}`;
}

/** Files and runs that tensors start from. */
const originsOf = (parameters: ExportedInference['parameters']): string[] => [
  ...new Set(parameters.flatMap(({ init }) => (init.kind === 'file' ? [init.path] : init.kind === 'run' ? [`run ${init.run}`] : []))),
]; // prettier-ignore

/** The file that says under what licence weights are, where there is one. */
function licenceIn(path: string): string {
  if (!existsSync(path)) return '';
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|notice|readme)/i.test(name));
  return file === undefined ? '' : ` (see ${file} there)`;
}
