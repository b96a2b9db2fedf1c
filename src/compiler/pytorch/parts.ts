/** Chains and modules of one's own: their layers, by the places where their tensors stand. What they compute is written out in formulas. */
import type { Instance, InstanceShape } from '../check/typed.ts';
import { stepFunctions } from '../program/functions.ts';
import type { Program } from '../program/program.ts';
import type { Shape } from '../types/dtype.ts';
import type { Activation } from '../types/model-config.ts';
import { mlpConstructor, printConstructor, type Constructor } from './constructors.ts';
import { lineLength, listed, text, widthOf } from './python-code.ts';
import { pictureConstructor, placesConstructor } from './layer-constructors.ts';
import { memberName, partName } from './python-names.ts';
import { sequenceConstructor } from './sequence-constructors.ts';
import { Unsupported } from './unsupported.ts';

/** `model.head["0"]` */
export const partTarget = (owner: string, path: string): string =>
  `model.${memberName(owner)}${path === '' ? '' : keysOf(path)}`;

const keysOf = (path: string): string => path.split('.').map((word) => `[${text(partName(word))}]`).join(''); // prettier-ignore

/** A layer of the catalogue in PyTorch; its sizes are those of its tensors. Undefined where it has none. */
export function layerConstructor(instance: Instance, path: string, shape: InstanceShape, program: Program): Constructor | undefined {
  const place = [instance.name, path].filter((word) => word !== '').join('.');
  const sizeOf = (tensor: string): Shape | undefined => program.parameters.find(({ name }) => name === `${place}.${tensor}`)?.shape;
  switch (shape.kind === 'layer' ? shape.layer : shape.kind) {
    case 'linear': {
      const [to, from] = sizeOf('weight') ?? [];
      if (to === undefined || from === undefined) return undefined;
      const bias = sizeOf('bias') === undefined ? [['bias', 'False'] as const] : [];
      return { name: 'nn.Linear', parameters: [['', String(from)], ['', String(to)], ...bias] };
    }
    case 'mlp': {
      const widths: string[] = [];
      for (let at = 0, size = sizeOf('layers.0.weight'); size !== undefined; size = sizeOf(`layers.${++at}.weight`))
        widths.push(...(at === 0 ? [String(size[1])] : []), String(size[0]));
      return widths.length === 0 ? undefined : mlpConstructor(widths, activationOf(shape), drops(place, program));
    }
    case 'layer_norm': {
      const [width] = sizeOf('scale') ?? [];
      const epsilon = shape.kind === 'layer' ? shape.options['eps'] : undefined;
      const eps = typeof epsilon === 'number' && epsilon !== 1e-5 ? [['eps', String(epsilon)] as const] : [];
      return width === undefined ? undefined : { name: 'nn.LayerNorm', parameters: [['', String(width)], ...eps] };
    }
    case 'dropout':
    case 'upsample':
      return undefined;
    default: {
      const made = shape.kind === 'layer' ? (placesConstructor(shape, sizeOf) ?? pictureConstructor(shape, sizeOf) ?? sequenceConstructor(shape, sizeOf)) : undefined;
      if (made !== undefined) return made;
      throw new Unsupported(instance, shape.kind === 'layer' ? `the layer \`${shape.layer}\`` : `\`${instance.name}\``);
    }
  }
} // prettier-ignore

/** Whether some step leaves out numbers inside the part of this name. */
const drops = (place: string, { stages }: Program): boolean =>
  stages.flatMap(stepFunctions).some((fn) =>
    Object.values(fn?.inputs ?? {}).some((input) => input.kind === 'random' && input.stream.startsWith(`dropout:${place}.`)),
  ); // prettier-ignore

function activationOf(shape: InstanceShape): Activation {
  if (shape.kind === 'mlp') return shape.activation;
  const written = shape.kind === 'layer' ? shape.options['activation'] : undefined;
  return written === 'gelu' || written === 'quick_gelu' ? written : 'relu';
}

type Tree = Map<string, Tree | Constructor>;

/** The statement that makes a chain or module, and the constructors in it. */
export function partsOf(instance: Instance, program: Program, indent: string): { lines: string[]; constructors: Constructor[]; hasTensors: boolean } {
  const tree: Tree = new Map();
  const constructors: Constructor[] = [];
  for (const { path, shape } of Object.values(instance.parts ?? {})) {
    if (shape.kind === 'composite') continue;
    const made = layerConstructor(instance, path, shape, program);
    if (made === undefined) continue;
    constructors.push(made);
    place(tree, path.split('.'), made);
  }
  const tensors = ownTensors(instance, program).map(({ name, shape }) => {
    const words = name.slice(instance.name.length + 1).split('.');
    const holder = words.slice(0, -1);
    branch(tree, holder);
    const member = text(partName(words.at(-1) ?? ''));
    const holderText = `self.${memberName(instance.name)}${holder.length === 0 ? '' : keysOf(holder.join('.'))}`;
    return listed(`${holderText}.register_parameter(`, [member, `nn.Parameter(torch.zeros(${shape.length === 0 ? '()' : shape.join(', ')}))`], ')', indent);
  });
  const made = printTree(`self.${memberName(instance.name)} = `, tree, indent, '');
  return { lines: [...made, ...tensors.flat()], constructors, hasTensors: tensors.length > 0 };
} // prettier-ignore

/** Each `param` of a module of one's own: what no layer of it holds. */
function ownTensors({ name, parts = {} }: Instance, program: Program): Program['parameters'] {
  const layers = Object.values(parts).flatMap(({ path, shape }) => (shape.kind === 'composite' ? [] : [`${name}.${path}.`])); // prettier-ignore
  return program.parameters.filter((each) => each.owner === name && !layers.some((start) => each.name.startsWith(start))); // prettier-ignore
}

/** The part at a place, made where it is not there yet. */
function branch(tree: Tree, words: readonly string[]): Tree {
  return words.reduce((outer, word) => {
    const known = outer.get(partName(word));
    const inner: Tree = known instanceof Map ? known : new Map<string, Tree | Constructor>();
    outer.set(partName(word), inner);
    return inner;
  }, tree);
}

const place = (tree: Tree, words: readonly string[], made: Constructor): void =>
  void branch(tree, words.slice(0, -1)).set(partName(words.at(-1) ?? ''), made);

function printTree(head: string, tree: Tree, indent: string, tail: string): string[] {
  const flat = `${indent}${head}${flatTree(tree)}${tail}`;
  if (widthOf(flat) <= lineLength) return [flat];
  const inner = `${indent}        `;
  const items = [...tree].flatMap(([name, value]) => {
    const start = `${text(name)}: `;
    return value instanceof Map ? printTree(start, value, inner, ',') : printConstructor(start, value, inner, ',');
  });
  return [`${indent}${head}nn.ModuleDict(`, `${indent}    {`, ...items, `${indent}    }`, `${indent})${tail}`];
}

function flatTree(tree: Tree): string {
  if (tree.size === 0) return 'nn.ModuleDict()';
  const items = [...tree].map(([name, value]) => {
    const made = value instanceof Map ? flatTree(value) : (printConstructor('', value, '').join('') ?? '');
    return `${text(name)}: ${made}`;
  });
  return `nn.ModuleDict({${items.join(', ')}})`;
}
