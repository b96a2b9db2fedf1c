/** The law: an exception by path, `frozen clip.image.blocks[0..3]`, names tensors that are there; a setting of none would be silently ignored. */
import { nearestName } from '../common/suggest.ts';
import type { CheckedExperiment, CheckedModel } from '../check/checked.ts';
import { countedPaths } from '../check/parts/counted-paths.ts';
import { reachable, rootsOf } from '../check/reachability.ts';
import type { Instance, InstanceShape, StateOverride } from '../check/typed.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { matchLength } from './state.ts';
import { tensorPaths } from './tensor-paths.ts';

/** Paths of tensors, and of layers whose tensors are known when they are applied. */
interface Inside {
  readonly paths: readonly string[];
  readonly open: readonly string[];
}

/** Told while checking, of every stage and whether or not something reads the part. Reports CX4005. */
export function reportParts(checked: CheckedExperiment, report: Reporter): void {
  const known = new Map<InstanceShape, Inside>();
  for (const stage of checked.stages) {
    for (const instance of stage.instances) {
      for (const override of instance.overrides) {
        if (override.paths.includes('')) continue;
        const inside = known.get(instance.shape) ?? insideOf(instance, stage);
        known.set(instance.shape, inside);
        if (!isThere(override, instance, inside)) reportNoPart(override, instance.name, inside.paths, report);
      }
    }
  }
}

/** Says which part is not there; `paths` are those of the tensors that are. */
export function reportNoPart({ paths, span }: StateOverride, owner: string, there: readonly string[], report: Reporter): void {
  const suggestion = nearestName(paths[0] ?? '', prefixesOf(there));
  report.error('CX4005', span, `\`${owner}\` has no part \`${paths.join(', ')}\``, {
    expected: [...new Set(there.map((path) => path.split('.').slice(0, 2).join('.')))].slice(0, 12).join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
} // prettier-ignore

/** `layers`, `layers.0` and `layers.0.weight` of `layers.0.weight`. */
export const prefixesOf = (paths: readonly string[]): Set<string> =>
  new Set(paths.flatMap((path) => path.split('.').map((_, index, all) => all.slice(0, index + 1).join('.'))));

function isThere(override: StateOverride, instance: Instance, { paths, open }: Inside): boolean {
  if (paths.some((path) => matchLength(override, path, instance) >= 0)) return true;
  const named = countedPaths(override.paths, instance.shape);
  return named.some((path) => open.some((each) => each === '' || path === each || path.startsWith(`${each}.`)));
}

function insideOf(instance: Instance, model: CheckedModel): Inside {
  const { shape, parts = {} } = instance;
  if (shape.kind === 'encoder') return { paths: tensorPaths(instance), open: [] };
  const all = [['', shape] as const, ...Object.values(parts).map((part) => [part.path, part.shape] as const)];
  const found = all.map(([path, each]) => tensorsAt(path, each));
  const own = shape.kind === 'composite' ? parametersOf(instance.name, model) : [];
  const composite = all.flatMap(([path, each]) => (path !== '' && each.kind === 'composite' ? [path] : []));
  return {
    paths: [...own, ...composite, ...found.flatMap(({ paths }) => paths)],
    open: found.flatMap(({ open }) => open),
  };
}

function tensorsAt(path: string, shape: InstanceShape): Inside {
  const below = (...names: readonly string[]): string[] => names.map((name) => (path === '' ? name : `${path}.${name}`));
  switch (shape.kind) {
    case 'linear':
      return { paths: below('weight', ...(shape.bias ? ['bias'] : [])), open: [] };
    case 'mlp':
      return { paths: [...shape.hidden, shape.to].flatMap((_, at) => below(`layers.${at}.weight`, `layers.${at}.bias`)), open: [] };
    case 'layer':
    case 'encoder':
      return { paths: [], open: [path] };
    case 'composite':
      return { paths: [], open: [] };
  }
} // prettier-ignore

/** Tensors of a module's own that some equation reads. */
function parametersOf(owner: string, model: CheckedModel): string[] {
  const roots = [...rootsOf(model), ...model.values.map(({ typed }) => typed)];
  const paths = [...reachable(roots)].flatMap((typed) =>
    typed.op === 'parameter' && typed.attributes.owner === owner ? [typed.attributes.path] : [],
  );
  return [...new Set(paths)];
}
