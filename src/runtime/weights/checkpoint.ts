/** A file of weights, read under clipx's paths whosever names it has. */
import { nearestName } from '../../compiler/common/suggest.ts';
import { sameShape, type Shape } from '../../compiler/types/dtype.ts';
import type { EncoderConfig } from '../../compiler/types/model-config.ts';
import { encoderTensors } from '../../compiler/types/naming/encoder-tensors.ts';
import { guessNaming } from '../../compiler/types/naming/guess-naming.ts';
import { isHarmlessExtra, namingTitle, ownPath, storedForm, type Naming, type StoredForm, type StoredName } from '../../compiler/types/naming/naming.ts'; // prettier-ignore
import { fromStored } from '../../compiler/types/naming/relayout.ts';
import { resizedPositions } from '../../compiler/types/naming/resize-positions.ts';
import { RunError } from '../run-error.ts';
import type { WeightsFile } from './formats/weights-file.ts';

/** A tensor as the experiment has it. */
export interface WantedTensor {
  readonly shape: Shape;
  /** A table of places, which is interpolated where the file's is of another size. */
  readonly positions?: 'resize';
}

const plain: Naming = { id: 'clipx', prefix: '' };
/** More faults than these are counted. */
const shownFaults = 24;

export class Checkpoint {
  readonly naming: Naming;
  readonly #file: WeightsFile;

  constructor(file: WeightsFile) {
    this.#file = file;
    this.naming = guessNaming(file.names, (name) => file.shapeOf(name))?.naming ?? plain;
  }

  /**
   * Checks that every wanted tensor (by our path) is there with its shape, and nothing that the encoder has no place for. `whole`: the
   * encoders that start here; without them, what else there is in the file is nobody's business. Throws RunError CX8204: all faults in one,
   * under the names of the file.
   */
  expect(wanted: ReadonlyMap<string, WantedTensor>, whole: readonly EncoderConfig[] = []): void {
    const faults = [...wanted].flatMap(([path, tensor]) => this.#faultsOf(path, tensor));
    const { unknown, harmless } = this.#extras(whole);
    faults.push(...unknown.map((name) => `\`${name}\` [${(this.#file.shapeOf(name) ?? []).join(', ')}] belongs to nothing in the encoder`)); // prettier-ignore
    if (faults.length === 0) return;
    const shown = faults.slice(0, shownFaults);
    const more = faults.length > shown.length ? `\n  and ${faults.length - shown.length} more` : '';
    const others = harmless.length > 1 ? ` and ${harmless.length - 1} more` : '';
    const notes = harmless.length === 0 ? '' : `\n  (not read, which does no harm: \`${harmless[0] ?? ''}\`${others})`;
    const whose = this.naming.id === 'clipx' ? '' : ` (names of ${namingTitle(this.naming.id)})`;
    throw new RunError('user', 'CX8204', `${this.#file.path}${whose} does not fit the experiment:\n  ${shown.join('\n  ')}${more}${notes}`, {
      help: faults.some((fault) => fault.includes('places'))
        ? 'say `positions: resize` in the call of the encoder to interpolate the table of places, or give its own size'
        : 'the sizes of an encoder are set in its call, as in `resnet18(to: clip.joint)`; `clipx weights inspect` lists what a file holds',
    }); // prettier-ignore
  }

  /** The values of one of our tensors. Throws RunError as `WeightsFile.read`. */
  read(path: string, { shape, positions }: WantedTensor): Float32Array {
    const stored = this.#form(path, shape);
    const values = fromStored(stored, stored.theirs.map(({ name }) => floats(this.#file.read(name).data))); // prettier-ignore
    const grids = positions === 'resize' ? this.#grids(stored, shape) : undefined;
    return grids === undefined ? values : resizedPositions(values, shape[1] ?? 1, grids.from, grids.to);
  }

  close(): void {
    this.#file.close();
  }

  /** Under our own names where the naming has none: then these are missing. */
  #form(path: string, shape: Shape): StoredForm {
    return storedForm(this.naming, path, shape) ?? { theirs: [{ name: path, shape }], how: { kind: 'same' } };
  }

  #faultsOf(path: string, { shape, positions }: WantedTensor): string[] {
    const stored = this.#form(path, shape);
    return stored.theirs.flatMap((expected) => {
      const found = this.#file.shapeOf(expected.name);
      if (found === undefined) return [this.#missing(expected)];
      if (sameShape(found, expected.shape)) return [];
      const grids = this.#grids(stored, shape);
      if (grids !== undefined && positions === 'resize') return [];
      const places = grids === undefined ? '' : `: ${grids.from} × ${grids.from} places, and ${grids.to} × ${grids.to} here`; // prettier-ignore
      return [`\`${expected.name}\` is [${found.join(', ')}], expected [${expected.shape.join(', ')}]${places}`];
    });
  }

  #missing({ name, shape }: StoredName): string {
    const nearest = nearestName(name, this.#file.names);
    const hint = nearest === undefined ? '' : `, the nearest name is \`${nearest}\``;
    return `\`${name}\` is missing (expected [${shape.join(', ')}]${hint})`;
  }

  /** Sides of the squares, where a table of places is one of another size. */
  #grids({ theirs }: StoredForm, shape: Shape): { readonly from: number; readonly to: number } | undefined {
    const [stored] = theirs;
    const found = stored && this.#file.shapeOf(stored.name);
    if (stored === undefined || found === undefined || !/pos(itions|itional|ition|_)/.test(stored.name)) return undefined; // prettier-ignore
    const same = found.length === stored.shape.length && found.at(-1) === stored.shape.at(-1);
    const [from, to] = [found.at(-2) ?? 0, shape[0] ?? 0].map((places) => Math.sqrt(places - 1));
    const square = (side: number | undefined): side is number => side !== undefined && side >= 1 && Number.isInteger(side); // prettier-ignore
    return same && square(from) && square(to) && from !== to ? { from, to } : undefined;
  }

  #extras(whole: readonly EncoderConfig[]): { readonly unknown: readonly string[]; readonly harmless: readonly string[] } {
    if (whole.length === 0 || this.naming.id === 'clipx') return { unknown: [], harmless: [] };
    const known = new Set(whole.flatMap((config) => encoderTensors(config).map(({ path }) => path)));
    const extras = this.#file.names.filter((name) => {
      const path = ownPath(this.naming, name, this.#file.shapeOf(name) ?? [])?.path;
      return path === undefined || !(known.has(path) || /^(projection|norm_head)\./.test(path));
    });
    const harmless = extras.filter((name) => isHarmlessExtra(this.naming, name));
    return { unknown: extras.filter((name) => !harmless.includes(name)), harmless };
  } // prettier-ignore
}

const floats = (data: Float32Array | Int32Array | Uint8Array): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);
