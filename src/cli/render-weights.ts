import { foldTensors, type FoldedTensors } from '../runtime/weights/fold-tensors.ts';
import type { InspectedTensor, InspectedWeights } from '../runtime/weights/inspect-weights.ts';
import { printable } from '../runtime/weights/formats/printable.ts';
import { formatBytes } from '../runtime/records/report-format.ts';

const widest = 80;

const formats: Readonly<Record<InspectedWeights['format'], string>> = {
  safetensors: 'safetensors',
  sharded: 'shards and their index',
  torch: 'PyTorch (torch.save)',
  torchscript: 'TorchScript (torch.jit.save)',
};

/** What a file of weights holds, in lines of at most 80 characters: blocks are folded, unless each tensor is told with its digest. */
export function renderWeights(weights: InspectedWeights): string {
  const { tensors, files, naming } = weights;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const digests = tensors.some(({ sha256 }) => sha256 !== undefined);
  const types = byFrequency(tensors.map(({ dtype }) => dtype));
  const facts: readonly (readonly [string, string])[] = [
    ['format', `${formats[weights.format]}, ${formatBytes(bytes)}`],
    ['naming', naming === null ? 'unknown' : `${naming.title}${naming.prefix === '' ? '' : `, after \`${naming.prefix}\``}`], // prettier-ignore
    ['architecture', weights.architecture ?? (weights.fault === undefined ? 'unknown' : `unknown: ${weights.fault}`)], // prettier-ignore
    ...besides(weights),
    [
      'tensors',
      `${tensors.length} of ${types.join(', ')}${types.length > 1 && !digests ? `; ${types[0]} where no type is said` : ''}`,
    ],
    ['parameters', weights.parameters.toLocaleString('en-US')],
    ...files.flatMap(({ path, sha256 }) => (sha256 === undefined ? [] : [[files.length === 1 ? 'sha256' : lastPart(path), sha256] as const])), // prettier-ignore
    ...weights.notes.map((note) => ['note', note] as const),
    ...Object.entries(weights.metadata).map(
      ([key, value]) => [`· ${printable(key)}`, shortened(printable(value))] as const,
    ),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const head = facts.flatMap(([name, value]) => wrapped(name.padEnd(width), value));
  const rows = digests ? tensors.map(digestRow) : foldTensors(tensors).map((each) => foldedRow(each, types[0]));
  return [weights.path, ...head, '', ...table(rows), ''].join('\n');
}

function besides({ beside: { harmless, unknown } }: InspectedWeights): (readonly [string, string])[] {
  const named = (names: readonly string[]): string => `${names.slice(0, 6).join(', ')}${names.length > 6 ? `, and ${names.length - 6} more` : ''}`; // prettier-ignore
  return [
    ...(harmless.length === 0 ? [] : [['left out', named(harmless)] as const]),
    ...(unknown.length === 0 ? [] : [['unknown', named(unknown)] as const]),
  ];
}

/** Trainers put whole configurations there. */
const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)} …` : text);

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const foldedRow = ({ name, dtype, shape, count }: FoldedTensors, usual: string | undefined): string[] => [
  name,
  [shown(shape), ...(dtype === usual ? [] : [dtype]), ...(count === 1 ? [] : [`x${count}`])].join('  '),
];

/** Each once, the most frequent first. */
function byFrequency(words: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
}

const digestRow = ({ name, dtype, shape, sha256 = '', sameAs }: InspectedTensor): string[] => [
  name,
  dtype,
  shown(shape),
  sameAs === undefined ? sha256.slice(0, 12) : `as ${sameAs}`,
];

/** Columns; where a name is too long for its line, what belongs to it stands on the next one. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, width) => sum + 2 + width, 0);
  const room = Math.max(24, Math.min(widths[0] ?? 0, widest - others));
  return rows.flatMap(([name = '', ...cells]) => {
    const rest = cells.map((cell, at) => cell.padEnd(widths[at + 1] ?? 0)).join('  ');
    const line = (first: string): string => `${first.padEnd(room)}  ${rest}`.trimEnd();
    return name.length <= room || line(name).length <= widest ? [line(name)] : [name, line('')];
  });
}

function wrapped(name: string, value: string): string[] {
  const room = widest - name.length - 2;
  const lines: string[] = [];
  let line = '';
  for (const word of value.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, at) => `${at === 0 ? name : ' '.repeat(name.length)}  ${each}`);
}
