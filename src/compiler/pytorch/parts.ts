/** Chains and modules of one's own: their layers, by the places where their tensors stand. What they compute is written out in formulas. */
import type { Instance, InstanceShape } from '../check/typed.ts';
import { stepFunctions } from '../program/functions.ts';
import type { Program } from '../program/program.ts';
import type { Shape } from '../types/dtype.ts';
import type { Activation } from '../types/model-config.ts';
import { mlpConstructor, printConstructor, type Constructor } from './constructors.ts';
import type { Within } from './body-surroundings.ts';
import { lineLength, listed, text, widthOf } from './python-code.ts';
import { pictureConstructor, placesConstructor } from './layer-constructors.ts';
import { memberName, partName } from './python-names.ts';
import { sequenceConstructor } from './sequence-constructors.ts';
import { Unsupported } from './unsupported.ts';

/** `model.head["0"]`, `model.writer.blocks` */
export const partTarget = (owner: string, path: string): string =>
  `model.${memberName(owner)}${path === '' ? '' : keysOf(path)}`;

/** `self.blocks`, of a part inside the class; undefined for any other. */
export function partWithin(within: Pick<Within, 'owner' | 'path'>, owner: string, path: string): string | undefined {
  const isInside = owner === within.owner && path !== '' && (within.path === '' || path.startsWith(`${within.path}.`));
  return isInside ? `self${keysOf(path.slice(within.path === '' ? 0 : within.path.length + 1))}` : undefined;
}

const keysOf = (path: string): string => path.split('.').map(keyOf).join('');

/** Steps of a chain have numbers. */
const keyOf = (word: string): string => (/^\d+$/.test(word) ? `[${text(word)}]` : `.${partName(word)}`);

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

/** Classes of the package for chains and modules of one's own. */
export interface ClassTable {
  /** How one is made that stands at a place of an owner; undefined where it is no class. */
  of(owner: string, path: string): Constructor | undefined;
}

/** A `param` of a module of one's own. */
interface OwnTensor {
  /** What holds it, from where it is asked for. */
  readonly holder: readonly string[];
  readonly name: string;
  /** Numbers, or the names of arguments. */
  readonly shape: readonly (number | string)[];
}

export interface Members {
  readonly tree: Tree;
  readonly tensors: readonly OwnTensor[];
  readonly constructors: readonly Constructor[];
}

/** What stands below a place of a chain or module: layers, classes, and params that no class of these holds. */
export function membersOf(instance: Instance, path: string, program: Program, classes: ClassTable): Members {
  const tree: Tree = new Map();
  const constructors: Constructor[] = [];
  const start = path === '' ? '' : `${path}.`;
  const closed: string[] = [];
  const isClosed = (at: string): boolean => closed.some((outer) => at.startsWith(outer));
  const parts = Object.values(instance.parts ?? {}).filter((part) => part.path !== '' && part.path.startsWith(start));
  // an outer part comes before those in it
  for (const { path: at, shape } of parts.sort((a, b) => depthOf(a.path) - depthOf(b.path))) {
    if (isClosed(at) || shape.kind !== 'composite') continue;
    if (classes.of(instance.name, at) !== undefined) closed.push(`${at}.`);
  }
  for (const { path: at, shape } of Object.values(instance.parts ?? {})) {
    if (at === '' || !at.startsWith(start) || isClosed(at)) continue;
    const made = shape.kind === 'composite' ? classes.of(instance.name, at) : layerConstructor(instance, at, shape, program);
    if (made === undefined) continue;
    constructors.push(made);
    place(tree, at.slice(start.length).split('.'), made);
  }
  const tensors = ownTensors(instance, program).flatMap(({ name, shape }): OwnTensor[] => {
    const at = name.slice(instance.name.length + 1);
    if (!at.startsWith(start) || isClosed(at)) return [];
    const words = at.slice(start.length).split('.');
    const holder = words.slice(0, -1);
    branch(tree, holder);
    return [{ holder, name: words.at(-1) ?? '', shape }];
  });
  return { tree, tensors, constructors };
} // prettier-ignore

const depthOf = (path: string): number => path.split('.').length;

export const zeros = (shape: readonly (number | string)[]): string => `nn.Parameter(torch.zeros(${shape.length === 0 ? '()' : shape.join(', ')}))`; // prettier-ignore

/** The statement that makes a chain or module that is no class, and the constructors in it. */
export function partsOf(instance: Instance, program: Program, classes: ClassTable, indent: string): { lines: string[]; constructors: readonly Constructor[]; hasTensors: boolean } {
  const { tree, tensors, constructors } = membersOf(instance, '', program, classes);
  const own = `self.${memberName(instance.name)}`;
  const made = printTree(`${own} = `, tree, indent, '');
  return { lines: [...made, ...tensors.flatMap((each) => registered(own, each, indent))], constructors, hasTensors: tensors.length > 0 };
} // prettier-ignore

/** The same with other numbers in the calls that make it, `told` of each in turn. */
export function withNumbers({ tree, tensors, constructors }: Members, told: (number: string) => string): Members {
  const other = (value: string): string =>
    value.replaceAll(/"[^"]*"|(?<![\p{ID_Continue}.])\d+(?:\.\d+)?(?:e[+-]?\d+)?/gu, (found) => (found.startsWith('"') ? found : told(found)));
  const made = ({ parameters, ...rest }: Constructor): Constructor => ({
    ...rest,
    parameters: parameters.map(([label, value]) => [label, typeof value === 'string' ? other(value) : made(value)]),
  });
  const branches = (from: Tree): Tree => new Map([...from].map(([name, value]) => [name, value instanceof Map ? branches(value) : made(value)]));
  return { tree: branches(tree), tensors: tensors.map((each) => ({ ...each, shape: each.shape.map((size) => told(String(size))) })), constructors };
} // prettier-ignore

/** A param of what has no class. */
const registered = (own: string, { holder, name, shape }: OwnTensor, indent: string): string[] =>
  listed(`${own}${holder.map(keyOf).join('')}.register_parameter(`, [text(partName(name)), zeros(shape)], ')', indent);

/** A statement for each member: `self.norm = nn.LayerNorm(8)`, `self["0"] = …`. */
export function memberLines({ tree, tensors }: Members, indent: string): string[] {
  // a loop over steps takes them in this order
  const inOrder = [...tree.keys()].every((name) => /^\d+$/.test(name)) ? [...tree].sort(([a], [b]) => Number(a) - Number(b)) : [...tree];
  const parts = inOrder.flatMap(([name, value]) => {
    const head = `self${keyOf(name)} = `;
    return value instanceof Map ? printTree(head, value, indent, '') : printConstructor(head, value, indent);
  });
  const own = tensors.flatMap((each) =>
    each.holder.length > 0 ? registered('self', each, indent) : [`${indent}self${keyOf(each.name)} = ${zeros(each.shape)}`],
  );
  return [...parts, ...own];
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
