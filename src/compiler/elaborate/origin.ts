import type { Instance, Origin } from '../check/typed.ts';
import type { Initialisation } from '../program/parameter.ts';
import type { DeclaredParameter } from './layers/declaring-context.ts';

/** Where a tensor starts: as a run left it, in a weights folder, or as another tensor of the program starts. */
export type TensorOrigin =
  | Extract<Initialisation, { kind: 'run' }>
  | { readonly kind: 'folder'; readonly path: string; readonly tensor: string }
  | { readonly kind: 'tensor'; readonly name: string };

/** Follows copies and `from` of encoders, modules and their parts. Undefined where the tensor starts by its own initialisation. */
function originOf(instances: readonly Instance[], owner: string, path: string): TensorOrigin | undefined {
  const instance = instances.find(({ name }) => name === owner);
  if (instance === undefined) return undefined;
  const holder = partWithOrigin(instance, path);
  const origin = holder?.origin ?? instance.origin;
  const inside = holder === undefined ? path : path.slice(holder.path.length).replace(/^\./, '');
  switch (origin?.kind) {
    case 'part': {
      const tensor = origin.whole === true ? origin.path : [origin.path, shifted(inside, origin.shift ?? 0)].filter((part) => part !== '').join('.'); // prettier-ignore
      return originOf(instances, origin.owner, tensor) ?? { kind: 'tensor', name: `${origin.owner}.${tensor}` };
    }
    case 'folder':
      return { kind: 'folder', path: origin.path, tensor: inside };
    case 'run':
      return { ...origin, place: [owner, holder?.path ?? ''].filter((part) => part !== '').join('.'), tensor: inside };
    default:
      return instance.from === undefined || isFresh(instance, path)
        ? undefined
        : { kind: 'folder', path: instance.from, tensor: path };
  }
}

/** What a checkpoint of others does not hold, as the map of `to:`. */
const isFresh = ({ checkpoint }: Instance, path: string): boolean =>
  checkpoint?.fresh.some((part) => path.startsWith(`${part}.`)) === true;

/** Tables of places that the file says to interpolate. */
function resizes({ shape }: Instance, path: string): boolean {
  if (shape.kind !== 'encoder') return false;
  const { config } = shape;
  const image = config.kind === 'clip' ? config.image : config;
  const inside = config.kind === 'clip' ? path.replace(/^image\./, '') : path;
  if (image.kind !== 'vit' && image.kind !== 'modified_resnet') return false;
  return image.positions === 'resize' && inside === (image.kind === 'vit' ? 'positions' : 'pool.positions');
}

/** The innermost part around a tensor that says where it starts. */
function partWithOrigin(
  { parts }: Instance,
  path: string,
): { readonly path: string; readonly origin: Origin } | undefined {
  const around = Object.values(parts ?? {}).flatMap((part) =>
    part.origin !== undefined && (path === part.path || path.startsWith(`${part.path}.`)) ? [{ path: part.path, origin: part.origin }] : [],
  ); // prettier-ignore
  return around.sort((a, b) => b.path.length - a.path.length)[0];
}

/** `blocks.0.norm1.scale` of a run that began at block 4 is `blocks.4.norm1.scale` there. */
const shifted = (path: string, by: number): string =>
  by === 0 ? path : path.replace(/^blocks\.(\d+)/, (_, index: string) => `blocks.${Number(index) + by}`);

/** Whether it starts as the tensor of a part for pictures, itself or what it copies. */
function inflates(instances: readonly Instance[], owner: string, path: string): boolean {
  const instance = instances.find(({ name }) => name === owner);
  const holder = instance && partWithOrigin(instance, path);
  const origin = holder?.origin ?? instance?.origin;
  if (origin?.kind !== 'part') return false;
  const inside = holder === undefined ? path : path.slice(holder.path.length).replace(/^\./, '');
  return origin.inflates === true || inflates(instances, origin.owner, [origin.path, inside].filter((part) => part !== '').join('.')); // prettier-ignore
}

/** From a weights folder, as another tensor starts, or by its own initialisation; filters over films as those over pictures. */
export function startOf(
  instances: readonly Instance[],
  owner: string,
  path: string,
  declared: Pick<DeclaredParameter, 'init' | 'options'>,
): { readonly init: Initialisation; readonly inflate?: 'centre' | 'mean' } {
  const { inflate } = declared.options;
  if (inflate === undefined || !inflates(instances, owner, path)) return { init: initOf(instances, owner, path, declared) }; // prettier-ignore
  return { init: initOf(instances, owner, path, { ...declared, init: inflate.init }), inflate: inflate.how };
}

function initOf(
  instances: readonly Instance[],
  owner: string,
  path: string,
  { init, options }: Pick<DeclaredParameter, 'init' | 'options'>,
): Initialisation {
  const [likeOwner = owner, ...likePath] = options.like?.split('.') ?? [owner, path];
  const origin = originOf(instances, likeOwner, likePath.join('.'));
  if (origin?.kind === 'folder') {
    const instance = instances.find(({ name }) => name === likeOwner);
    const follows = instance !== undefined && resizes(instance, likePath.join('.'));
    return { kind: 'file', path: origin.path, tensor: origin.tensor, ...(follows ? { positions: 'resize' } : {}) };
  }
  if (origin?.kind === 'run') return origin;
  const name = origin?.name ?? options.like;
  return name !== undefined && (init.kind === 'normal' || init.kind === 'uniform') ? { ...init, stream: name } : init;
}
