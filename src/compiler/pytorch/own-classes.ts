/** The classes of chains and modules of one's own, as text: alike ones are one class. */
import type { Instance } from '../check/typed.ts';
import type { Program } from '../program/program.ts';
import { printAxes } from '../types/value-type.ts';
import { classesIn, type Constructor } from './constructors.ts';
import type { Forward } from './own-forward.ts';
import { essence, type OwnModule, type OwnModules } from './own-modules.ts';
import { layerConstructor, memberLines, membersOf, withNumbers, type ClassTable, type Members } from './parts.ts';
import { docstring, lineLength, listed, widthOf } from './python-code.ts';
import { pythonName, variableName } from './python-names.ts';

interface OwnClass {
  readonly name: string;
  readonly lines: readonly string[];
}

/** A module with what its class holds. */
interface Drafted {
  readonly module: OwnModule;
  readonly base: string;
  readonly members: Members;
  /** Numbers in the calls that make its members. */
  readonly numbers: readonly string[];
}

const indent = '    ';

/** Names that a model has otherwise. */
const taken = 'Model Tensor Dropout NOTHING F CLIP CLIPImage CLIPText TextTransformer Bert ResNet Residual ModifiedResNet VisionTransformer TimmVisionTransformer SpectrogramTransformer AudioSpectrogramTransformer'; // prettier-ignore

export class OwnClasses implements ClassTable {
  /** In an order in which each comes before those that make it. */
  readonly all: OwnClass[] = [];
  readonly #places = new Map<string, Constructor>();
  readonly #names: Set<string>;
  readonly #own: OwnModules;
  readonly functions = new Set<string>();
  readonly modules = new Set<string>();
  /** Of layers in them. */
  readonly constructors: Constructor[] = [];
  hasTensors = false;
  drops = false;

  /** `programOf`: the program, for which what a copy has in common with another part is its own too. */
  constructor(own: OwnModules, instances: readonly Instance[], programOf: (instance: Instance) => Program) {
    this.#names = new Set([...taken.split(' '), ...libraryNames(instances, programOf)]);
    this.#own = own;
    const called = own.called.filter(({ owner }) => instances.some(({ name }) => name === owner));
    // alike modules hold alike ones: those of one height are known together
    const heights = heightsOf(called);
    for (let height = 0; [...heights.values()].some((each) => each >= height); height++) {
      const drafted = called.filter((module) => heights.get(module) === height).flatMap((module): Drafted[] => {
        const instance = instances.find(({ name }) => name === module.owner);
        return instance === undefined ? [] : [this.#drafted(module, instance, programOf(instance))];
      });
      for (const alike of grouped(drafted, ({ module, base, members }) => [base, essence(module.forward), ...memberLines(withNumbers(members, () => '0'), '')].join('\n'))) this.#add(alike);
    }
  } // prettier-ignore

  of(owner: string, path: string): Constructor | undefined {
    return this.#places.get(`${owner} ${path}`);
  }

  #drafted(module: OwnModule, instance: Instance, program: Program): Drafted {
    const members = membersOf(instance, module.path, program, this);
    const numbers: string[] = [];
    withNumbers(members, (number) => {
      numbers.push(number);
      return number;
    });
    return { module, base: wordOf(module, this.#own.all), members, numbers };
  }

  /** Modules that differ in numbers alone: one class, which takes them under the names of the definition's parameters, or a class each. */
  #add(alike: readonly Drafted[]): void {
    const [first] = alike;
    if (first === undefined) return;
    const places = first.numbers.map((_, at) => alike.map(({ numbers }) => numbers[at] ?? ''));
    const names = places.map((column) => (new Set(column).size === 1 ? undefined : (this.#parameter(column, alike) ?? '')));
    if (names.includes('')) {
      for (const equal of grouped(alike, ({ numbers }) => numbers.join())) this.#write(equal, []);
      return;
    }
    this.#write(alike, names);
  } // prettier-ignore

  /** What the definition calls the numbers of a place, one for each module. */
  #parameter(column: readonly string[], alike: readonly Drafted[]): string | undefined {
    const given = alike.map(({ module }) => definedIn(module, this.#own.all)?.sizes ?? new Map<string, number>());
    return [...(given[0]?.keys() ?? [])].find((name) => column.every((number, at) => given[at]?.get(name) === Number(number)));
  } // prettier-ignore

  /** `names`: of arguments that stand for numbers. */
  #write(alike: readonly Drafted[], names: readonly (string | undefined)[]): void {
    const [first] = alike;
    if (first === undefined) return;
    const { module, base } = first;
    let name = base;
    for (let count = 2; this.#names.has(name); count++) name = `${base}${count}`;
    this.#names.add(name);
    const wanted = [...new Set(names.filter((each) => each !== undefined))];
    const order = [...(definedIn(module, this.#own.all)?.sizes.keys() ?? [])].filter((each) => wanted.includes(each));
    let at = 0;
    const members = withNumbers(first.members, (number) => {
      const parameter = names[at++];
      return parameter === undefined ? number : variableName(parameter);
    });
    for (const each of alike) {
      const values = order.map((parameter) => each.numbers[names.indexOf(parameter)] ?? '');
      this.#places.set(`${each.module.owner} ${each.module.path}`, { name, parameters: values.map((value) => ['', value]) });
    }
    const kinds = order.map((parameter) => {
      const isWhole = alike.every(({ numbers }) => /^\d+$/.test(numbers[names.indexOf(parameter)] ?? ''));
      return `${variableName(parameter)}: ${isWhole ? 'int' : 'float'}`;
    });
    this.all.push({ name, lines: classLines(name, module, members, kinds) });
    this.constructors.push(...members.constructors);
    for (const each of module.forward.functions) this.functions.add(each);
    for (const each of module.forward.modules) this.modules.add(each);
    this.hasTensors ||= members.tensors.length > 0;
    this.drops ||= module.forward.drops;
  } // prettier-ignore
}

function classLines(name: string, { made, forward }: OwnModule, members: Members, parameters: readonly string[]): string[] {
  // steps of a chain have numbers, which no member has
  const isChain = [...members.tree.keys()].some((key) => /^\d+$/.test(key));
  const inner = `${indent}${indent}`;
  const own = memberLines(members, inner);
  return [
    `class ${name}(nn.${isChain ? 'ModuleDict' : 'Module'}):`,
    ...docstring([made], indent),
    '',
    ...(own.length === 0 ? [] : [...listed('def __init__(', ['self', ...parameters], ') -> None:', indent), `${inner}super().__init__()`, ...own, '']),
    ...forwardLines(forward),
  ];
} // prettier-ignore

function forwardLines({ inputs, results, lines, drops }: Forward): string[] {
  const firstNamed = inputs.findIndex(({ named }) => named);
  const parameters = inputs.map(({ name }) => `${name}: Tensor`);
  if (firstNamed >= 0) parameters.splice(firstNamed, 0, '*');
  const gives = results.length === 1 ? 'Tensor' : `tuple[${results.map(() => 'Tensor').join(', ')}]`;
  const all = ['self', ...parameters, ...(drops ? ['dropout: Dropout = NOTHING'] : [])];
  return [
    ...listed('def forward(', all, `) -> ${gives}:`, indent),
    ...docstring(shapes({ inputs, results }), `${indent}${indent}`),
    ...lines,
  ];
}

/** `ids [batch, token], memory [batch, frame, width] → [batch, token, piece]` */
function shapes({ inputs, results }: Pick<Forward, 'inputs' | 'results'>): string[] {
  const given = inputs.map(({ name, typed }) => `${name} ${axesOf(typed.type.axes)}`);
  const gives = results.map(({ type }) => axesOf(type.axes)).join(', ');
  const flat = `${given.join(', ')} → ${gives}`;
  return widthOf(flat) + 16 <= lineLength ? [flat] : [`Gives ${gives}.`, '', ...given];
}

const axesOf = (axes: Parameters<typeof printAxes>[0]): string => (axes.length === 0 ? 'a number' : printAxes(axes));

/** `VideoEncoder` of `video_encoder`; a chain is called as the part that it is, in what holds it. */
function wordOf(module: OwnModule, all: readonly OwnModule[]): string {
  const { owner, path, definition } = module;
  if (definition !== undefined) return pascal(definition);
  const holder = definedIn(module, all);
  const words = holder === undefined ? [owner, ...path.split('.')] : [holder.definition ?? '', ...path.slice(holder.path.length).split('.')]; // prettier-ignore
  return words.filter((word) => word !== '' && !/^\d+$/.test(word)).map(pascal).join(''); // prettier-ignore
}

/** What its sizes have names in: the module itself where it has a definition, else the nearest around it that has one. */
function definedIn(module: OwnModule, all: readonly OwnModule[]): OwnModule | undefined {
  if (module.definition !== undefined) return module;
  const { owner, path } = module;
  const holds = (each: OwnModule): boolean => each.owner === owner && each.definition !== undefined && (each.path === '' || path.startsWith(`${each.path}.`)); // prettier-ignore
  return all.filter(holds).sort((a, b) => b.path.length - a.path.length)[0];
}

/** How deep each holds others. */
function heightsOf(all: readonly OwnModule[]): ReadonlyMap<OwnModule, number> {
  const heights = new Map<OwnModule, number>();
  // what stands inside another comes first
  for (const module of all) {
    const inside = all.filter((each) => each !== module && each.owner === module.owner && (module.path === '' || each.path.startsWith(`${module.path}.`))); // prettier-ignore
    heights.set(module, Math.max(-1, ...inside.map((each) => heights.get(each) ?? 0)) + 1);
  }
  return heights;
}

/** Those of one key together, in the order in which each key comes first. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

const pascal = (name: string): string =>
  pythonName(name).split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('') || name; // prettier-ignore

/** Classes of the library that these parts are made of. */
function libraryNames(instances: readonly Instance[], programOf: (instance: Instance) => Program): string[] {
  return instances.flatMap((instance) => {
    const program = programOf(instance);
    return Object.values(instance.parts ?? {}).flatMap(({ path, shape }) => {
      if (instance.shape.kind === 'encoder' || shape.kind === 'composite') return [];
      const made = layerConstructor(instance, path, shape, program);
      return made === undefined ? [] : [...classesIn(made).values()].flatMap((names) => [...names]);
    });
  });
}
