/** `model.py`: the encoders, modules and params of the file under their names; `parameters.py`: where each tensor of the program stands. */
import type { CheckedExperiment } from '../check/checked.ts';
import type { Instance } from '../check/typed.ts';
import { stateOf } from '../elaborate/state.ts';
import type { Program } from '../program/program.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import type { Shape } from '../types/dtype.ts';
import { classesIn, constructorOf, printConstructor, type Constructor } from './constructors.ts';
import { fileOf, importLines } from './import-lines.ts';
import { stateEntry, type StateEntry } from './parameter-names.ts';
import { layerConstructor, partsOf, zeros, type ClassTable } from './parts.ts';
import { OwnClasses } from './own-classes.ts';
import type { OwnModules } from './own-modules.ts';
import { docstring, listed, text } from './python-code.ts';
import { memberName } from './python-names.ts';
import { sharedTensors } from './shared-tensors.ts';
import { Unsupported } from './unsupported.ts';

/** The text of a span of the source. */
export type SourceText = (span: Instance['span']) => string;

/** The entry of each tensor of the program, in its order. Throws `Unsupported` where this target has no place for one. */
export function stateEntries(program: Program, instances: readonly Instance[]): ReadonlyMap<string, StateEntry> {
  return new Map(
    program.parameters.map(({ name, owner, shape }) => {
      const entry = stateEntry(owner, name.slice(owner.length + 1), shape, instances);
      const instance = instances.find((each) => each.name === owner);
      if (entry === undefined) throw new Unsupported(instance ?? { span: { file: '', start: 0, end: 0 } }, `the tensor \`${name}\``); // prettier-ignore
      return [name, entry];
    }),
  );
}

/** Parts that hold tensors of the program; what is written out where it is called has none of its own. */
export function builtInstances(checked: CheckedExperiment, program: Program): Instance[] {
  const owners = new Set(program.parameters.map(({ owner }) => owner));
  return distinct(checked.stages.flatMap(({ instances }) => instances)).filter(({ name }) => owners.has(name));
}

function distinct(instances: readonly Instance[]): Instance[] {
  const found = new Map<string, Instance>();
  for (const instance of instances) if (!found.has(instance.name)) found.set(instance.name, instance);
  return [...found.values()];
}

export interface WrittenModel {
  readonly text: string;
  /** Files of the library that it imports. */
  readonly files: readonly string[];
}

/** Encoders and modules that this target does not make. */
export function refusedParts(checked: CheckedExperiment, program: Program, sizes: SizeEnvironment): Unsupported[] {
  const instances = builtInstances(checked, program);
  return instances.flatMap((instance) => {
    try {
      partWritten(instance, withShared(checked, program, instance), sizes, noClasses);
      return [];
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      return [error];
    }
  });
}

interface WrittenPart {
  readonly lines: readonly string[];
  readonly constructors: readonly Constructor[];
  /** Some of its tensors are its own, in no layer. */
  readonly hasTensors?: boolean;
}

const noClasses: ClassTable = { of: () => undefined };

function partWritten(instance: Instance, program: Program, sizes: SizeEnvironment, classes: ClassTable): WrittenPart {
  const indent = '        ';
  const { shape, span } = instance;
  const own = classes.of(instance.name, '');
  if (shape.kind === 'composite' && own === undefined) return partsOf(instance, program, classes, indent);
  const made = own ?? (shape.kind === 'layer' ? layerConstructor(instance, '', shape, program) : constructorOf(shape, { span, sizes })); // prettier-ignore
  if (made === undefined) return { lines: [], constructors: [] };
  return { lines: printConstructor(`self.${memberName(instance.name)} = `, made, indent), constructors: [made] };
}

export function writeModel(
  checked: CheckedExperiment,
  program: Program,
  sizes: SizeEnvironment,
  sourceText: SourceText,
  own: OwnModules,
): WrittenModel {
  const instances = builtInstances(checked, program);
  const written = new OwnClasses(own, instances, (instance) => withShared(checked, program, instance));
  const entries = stateEntries(program, instances);
  const classes = new Map<string, Set<string>>();
  const params = program.parameters.filter(({ owner }) => !instances.some(({ name }) => name === owner));
  let usesTorch = params.length > 0 || written.hasTensors || written.modules.has('torch');
  const lines = instances.flatMap((instance) => {
    const part = partWritten(instance, withShared(checked, program, instance), sizes, written);
    for (const each of part.constructors) classesIn(each, classes);
    usesTorch ||= part.hasTensors === true;
    return part.lines.length === 0 ? [] : [`        # ${sourceText(instance.span)}`, ...part.lines];
  });
  const tensors = params.flatMap(({ owner, shape }) => {
    const declared = checked.stages.flatMap(({ parameters }) => parameters).find(({ name }) => name === owner);
    const words = declared === undefined ? '' : sourceText(declared.span);
    return [...(words === '' ? [] : [`        # ${words}`]), `        self.${memberName(owner)} = ${zeros(shape)}`];
  });
  const shared = instances.flatMap((instance) => sharing(checked, program, instance, instances));
  if (shared.length > 0) classes.set('layers', (classes.get('layers') ?? new Set()).add('share'));
  for (const each of written.constructors) classesIn(each, classes);
  for (const name of written.functions) classes.set(fileOf(name), (classes.get(fileOf(name)) ?? new Set()).add(name));
  if (written.drops) classes.set('dropout', new Set(['Dropout', 'NOTHING']));
  const imports = [...classes].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = [
    ...docstring([`The encoders and modules of ${checked.name}, under their names.`], ''),
    '',
    'from __future__ import annotations',
    '',
    ...(usesTorch ? ['import torch'] : []),
    `from torch import ${written.all.length === 0 ? '' : 'Tensor, '}nn`,
    ...(written.modules.has('F') ? ['from torch.nn import functional as F'] : []),
    ...(imports.length === 0 ? [] : ['']),
    ...imports.flatMap(([file, names]) => importLines(`.${file}`, [...names])),
    '',
    ...stageTables(checked, program, entries),
    '',
    ...written.all.flatMap(({ lines: each }) => [...each, '', '']),
    'class Model(nn.Module):',
    ...docstring([checked.title], '    '),
    '',
    '    def __init__(self) -> None:',
    '        super().__init__()',
    ...lines,
    ...tensors,
    ...shared,
    '',
    ...enter,
    '',
  ].join('\n');
  return { text: content, files: imports.map(([file]) => file) };
}

const enter = `    def enter(self, stage: str) -> None:
        """What the stage trains gets gradients, and its batch norms see the batch; all others keep their statistics."""
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(any(name == part or name.startswith(f"{part}.") for part in TRAINED[stage]))
        self.eval()
        for part in BATCH_STATISTICS[stage]:
            self.get_submodule(part).train()`.split('\n');

/** The program, for which what a copy has in common with another part is its own too. */
const withShared = (checked: CheckedExperiment, program: Program, instance: Instance): Program => ({
  ...program,
  parameters: [
    ...program.parameters,
    ...sharedTensors(checked, program, instance).map(({ path, tensor }) => ({ ...tensor, owner: instance.name, name: `${instance.name}.${path}` })),
  ],
}); // prettier-ignore

/** Statements that make tensors and parts of a copy those of what it copies. */
function sharing(checked: CheckedExperiment, program: Program, instance: Instance, instances: readonly Instance[]): string[] {
  const tensors = sharedTensors(checked, program, instance);
  const member = memberName(instance.name);
  const inside = (path: string, shape: Shape): string => (stateEntry(instance.name, path, shape, instances)?.key ?? path).slice(member.length + 1);
  const own = program.parameters.filter(({ owner }) => owner === instance.name).map(({ name, shape }) => inside(name.slice(instance.name.length + 1), shape));
  const holders = new Set(tensors.map(({ tensor }) => tensor.owner));
  return [...holders].flatMap((holder) => {
    const keys = new Map(tensors.map(({ path, tensor }) => [inside(path, tensor.shape), tensor.owner]));
    const chosen = [...keys].flatMap(([key, owner]) => (owner === holder ? [key] : []));
    const parts = grouped(chosen, [...own, ...keys.keys()]).map(text);
    return listed('share(', [`self.${member}`, `self.${memberName(holder)}`, ...parts], ')', '        ');
  });
} // prettier-ignore

/** What each stage trains, and which batch norms see its batches. */
function stageTables(checked: CheckedExperiment, program: Program, entries: ReadonlyMap<string, StateEntry>): string[] {
  const instances = builtInstances(checked, program);
  const shared = instances.flatMap((instance) =>
    sharedTensors(checked, program, instance).map(({ path, tensor }) => {
      const name = `${instance.name}.${path}`;
      return { name, role: tensor.role, key: stateEntry(instance.name, path, tensor.shape, instances)?.key ?? name };
    }),
  );
  const known = new Map([
    ...[...entries].map(([name, { key }]) => [name, key] as const),
    ...shared.map(({ name, key }) => [name, key] as const),
  ]);
  const tensors = [...program.parameters, ...shared];
  const keys = (names: readonly string[]): string[] => names.map((name) => known.get(name) ?? name);
  const weights = tensors.filter(({ role }) => role === 'weight').map(({ name }) => name);
  const norms = tensors.map(({ name }) => name).filter((name) => name.endsWith('.variance'));
  const trained = program.stages.map((stage) => [stage.name, grouped(keys(stage.trainable), keys(weights))] as const);
  const statistics = checked.stages.map((stage) => {
    const seen = norms.filter((name) => {
      const { owner } = program.parameters.find((each) => each.name === name) ?? { owner: '' };
      const state = stateOf(stage, owner, name.slice(owner.length + 1).replace(/\.variance$/, ''));
      return state.flag === 'trainable' && state.statistics === undefined && stage.training.terms.length > 0;
    });
    const parts = (names: readonly string[]): string[] => keys(names).map((key) => key.replace(/\.running_var$/, ''));
    return [stage.name, grouped(parts(seen), parts(norms))] as const;
  });
  return [
    ...table('TRAINED', trained),
    ...docstring(['Tensors and parts that each stage trains.'], ''),
    '',
    ...table('BATCH_STATISTICS', statistics),
    ...docstring(['Batch norms, and parts that have them, that see the batches of each stage.'], ''),
    '',
  ];
}

/** A part in the place of all that it holds, the largest part first. */
function grouped(chosen: readonly string[], all: readonly string[]): string[] {
  const wanted = new Set(chosen);
  const partial = new Set(all.filter((name) => !wanted.has(name)).flatMap(partsAround));
  const largest = (name: string): string => partsAround(name).find((part) => !partial.has(part)) ?? name;
  return [...new Set(chosen.map(largest))];
}

/** `clip`, `clip.visual`, `clip.visual.conv1` of `clip.visual.conv1.weight`. */
function partsAround(name: string): string[] {
  const words = name.split('.');
  return words.slice(1).map((_, at) => words.slice(0, at + 1).join('.'));
}

function table(name: string, rows: readonly (readonly [string, readonly string[]])[]): string[] {
  const row = ([key, values]: readonly [string, readonly string[]]): string[] => {
    const items = values.map(text);
    const flat = `    ${text(key)}: (${items.join(', ')}${items.length === 1 ? ',' : ''}),`;
    if (flat.length <= 120) return [flat];
    return [`    ${text(key)}: (`, ...items.map((item) => `        ${item},`), '    ),'];
  };
  return [`${name}: dict[str, tuple[str, ...]] = {`, ...rows.flatMap(row), '}'];
}

/** The text of `parameters.py`. */
export function writeParameters(program: Program, instances: readonly Instance[]): string {
  const rows = [...stateEntries(program, instances)].flatMap(([name, { key, permutation }]) => {
    const turned = permutation === undefined ? 'None' : `(${permutation.join(', ')})`;
    return listed(`${text(name)}: (`, [text(key), turned], '),', '    ');
  });
  return [
    ...docstring(['Where each tensor of the program stands in the state_dict of the model, and how its dimensions are turned there.'], ''),
    '',
    'from __future__ import annotations',
    '',
    'PARAMETERS: dict[str, tuple[str, tuple[int, ...] | None]] = {',
    ...rows,
    '}',
    ...docstring(['Name in clipx: name in PyTorch, and `p` where the tensor there is `tensor.permute(p)`.'], ''),
    '',
  ].join('\n');
} // prettier-ignore
