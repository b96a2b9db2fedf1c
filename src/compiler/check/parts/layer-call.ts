import type { Call } from '../../syntax/ast.ts';
import type { Axis } from '../../types/axis.ts';
import { layerSignatures } from '../../types/catalogue/layers.ts';
import { hasAxis, printAxes } from '../../types/value-type.ts';
import { Arguments } from '../arguments.ts';
import { cast, node, orderAxes, sized } from '../build.ts';
import type { Checker } from '../checker.ts';
import { projectedMask } from '../masks.ts';
import type { Scope } from '../scope.ts';
import type { CallAttributes, InstanceShape, Typed } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { isOpen } from './open-axis.ts';

export type LayerShape = Extract<InstanceShape, { kind: 'layer' }>;

/** What one layer gives. */
export type LayerRule = (site: LayerCall) => Value | undefined;

/** One call of a layer while its axes are found. */
export class LayerCall {
  readonly checker: Checker;
  readonly part: PlacedPart;
  readonly shape: LayerShape;
  readonly call: Call;
  readonly args: Arguments;

  constructor(checker: Checker, part: PlacedPart, shape: LayerShape, call: Call, scope: Scope) {
    this.checker = checker;
    this.part = part;
    this.shape = shape;
    this.call = call;
    const { labels, values } = layerSignatures[shape.layer];
    // a value may be given by its name: `memory: m`
    const [least, most] = values;
    this.args = new Arguments(checker, part.name, call, scope, labels, labels.includes('memory') ? [1, most] : [least, most]);
  } // prettier-ignore

  get option(): (name: string) => number | undefined {
    return (name) => {
      const value = this.shape.options[name];
      return typeof value === 'number' ? value : undefined;
    };
  }

  fail(code: string, message: string, help?: string, value?: Typed): undefined {
    return this.checker.report.error(code, this.call.span, message, {
      ...(value === undefined ? {} : { found: printAxes(value.type.axes) }),
      ...(help === undefined ? {} : { help }),
    });
  }

  /** The operand as numbers. A vector of which some numbers are masked is masked as a whole: each of them reaches every result. */
  value(position = 0): Typed | undefined {
    const value = this.args.tensor(position);
    return value === undefined || this.args.failed ? undefined : this.whole(cast(value, 'f32'));
  }

  whole(value: Typed): Typed {
    const { layer } = this.shape;
    if (layer === 'dropout' || layer === 'positions') return value;
    const features = (value.mask?.type.axes ?? []).filter((axis) => axis.kind === 'feature');
    if (features.length === 0) return value;
    const mask = features.reduce(
      (each: Typed | undefined, axis) => projectedMask(each, axis, this.call.span),
      value.mask,
    );
    const { mask: _parts, ...bare } = value;
    return mask === undefined ? bare : { ...bare, mask };
  }

  /** The feature axis that the layer acts on: the one that its constructor names, else the one that the value has. */
  feature(value: Typed, declared: Axis | undefined): Axis | undefined {
    const { part } = this;
    if (declared !== undefined && isOpen(declared)) {
      const alike = value.type.axes.filter((axis) => axis.name === declared.name);
      if (alike.length === 1 && alike[0] !== undefined) return this.#ofOneSize(alike[0]);
      return this.fail('CX3003', `\`${part.name}\` reads \`${declared.name}\`, which the value does not have`, undefined, value); // prettier-ignore
    }
    if (declared !== undefined) {
      if (hasAxis(value.type, declared.id)) return this.#ofOneSize(declared);
      return this.checker.report.error('CX3003', this.call.span, `\`${part.name}\` reads \`${declared.id}\`, which the value does not have`, {
        expected: sized(declared),
        found: printAxes(value.type.axes),
        related: [{ span: part.span, label: 'made here' }],
        help: 'change the module, or identify two axes of equal size with `x[a as b]`',
      }); // prettier-ignore
    }
    const features = value.type.axes.filter((axis) => axis.kind === 'feature');
    const [only, second] = features;
    if (only === undefined)
      return this.fail('CX3003', `\`${part.name}\` acts on a feature axis, and the value has none`, undefined, value);
    if (second !== undefined) {
      return this.fail('CX3004', `\`${part.name}\` could act on any of ${features.map((axis) => `\`${axis.id}\``).join(', ')}`, `name it where \`${part.name}\` is made: \`${this.shape.layer}(${only.name})\``, value); // prettier-ignore
    }
    return this.#ofOneSize(only);
  }

  /** Tensors have one size: a layer that takes its axis from what it is given takes the same size each time. */
  #ofOneSize(axis: Axis): Axis | undefined {
    const { part, checker } = this;
    if (axis.size.kind !== 'known')
      return this.fail(
        'CX5006',
        `\`${part.name}\` has tensors along \`${axis.name}\`, whose size only the data decide`,
      );
    const earlier = checker.layerSizes.get(part.name);
    checker.layerSizes.set(part.name, earlier ?? axis.size.value);
    if (earlier === undefined || earlier === axis.size.value || this.shape.layer === 'dropout') return axis;
    return this.fail('CX3002', `\`${part.name}\` was called on ${earlier} numbers before, and on ${axis.size.value} here`, 'make two of it: each mention of a constructor has tensors of its own'); // prettier-ignore
  }

  /** The axis that the layer goes over: said at the call or the constructor, else the one axis of places. */
  over(value: Typed, not: readonly Axis[] = []): Axis | undefined {
    const { part, shape, args } = this;
    const chosen = args.has('over') ? args.axis('over', value) : shape.axes['over'];
    if (args.failed) return undefined;
    if (chosen !== undefined) {
      if (chosen.id === 'batch')
        return this.fail('CX2009', `\`${part.name}\` acts on each sample by itself, not along \`batch\``);
      if (hasAxis(value.type, chosen.id)) return chosen;
      const alike = value.type.axes.filter((axis) => axis.name === chosen.name);
      if (alike.length === 1 && alike[0] !== undefined) return alike[0];
      return this.fail('CX3003', `\`${part.name}\` goes over \`${chosen.name}\`, which the value does not have`, undefined, value); // prettier-ignore
    }
    const places = value.type.axes.filter((axis) => axis.kind === 'position' && !not.some((each) => each.id === axis.id));
    const preferred = places.filter((axis) => axis.name === shape.axes['prefer']?.name);
    if (preferred.length === 1) return preferred[0];
    const [only, second] = places;
    if (only !== undefined && second === undefined) return only;
    if (only === undefined)
      return this.fail('CX3003', `\`${part.name}\` goes over an axis of places, and the value has none`, 'name one with `over:`', value); // prettier-ignore
    return this.fail('CX3004', `\`${part.name}\` could go over any of ${places.map((axis) => `\`${axis.name}\``).join(', ')}`, 'name it with `over:`', value); // prettier-ignore
  } // prettier-ignore

  /** Height and width of a picture. */
  picture(value: Typed): readonly [Axis, Axis] | undefined {
    const named = (name: string) => value.type.axes.filter((axis) => axis.name === name && axis.kind === 'position');
    const [heights, widths] = [named('height'), named('width')];
    const [height, width] = [heights[0], widths[0]];
    if (heights.length !== 1 || widths.length !== 1 || height?.size.kind !== 'known' || width?.size.kind !== 'known') {
      return this.fail('CX3003', `\`${this.part.name}\` reads a picture, with height and width`, undefined, value);
    }
    if (height !== undefined && width !== undefined) {
      const { mask } = value;
      if (mask !== undefined && [height, width].some((axis) => hasAxis(mask.type, axis.id)))
        return this.fail('CX3007', `\`${this.part.name}\` reads whole pictures, and of this some pixels are masked`, 'say what stands there: `fill(x, 0)`'); // prettier-ignore
      return [height, width];
    }
    return undefined;
  }

  /** The call as a value. `over`: the axis whose mask the layer skips. */
  result(inputs: readonly Typed[], axes: readonly Axis[], given: Readonly<Record<string, Axis | undefined>>, more: { readonly mask?: Typed | undefined; readonly skips?: Typed | undefined; readonly tap?: string; readonly sees?: Typed | undefined; readonly own?: Typed | undefined } = {}): Typed {
    const { part } = this;
    const resolved = Object.fromEntries(Object.entries(given).flatMap(([name, axis]) => (axis === undefined ? [] : [[name, axis]])));
    const beside = (['sees', 'own'] as const).filter((name) => more[name] !== undefined);
    const attributes: CallAttributes = {
      owner: part.owner,
      tap: more.tap ?? '',
      ...(part.key === '' ? {} : { part: part.key }),
      axes: resolved,
      ...(more.skips === undefined ? {} : { masked: true }),
      ...(beside.length === 0 ? {} : { more: beside }),
    };
    const operands = [...inputs, ...beside.flatMap((name) => more[name] ?? []), ...(more.skips === undefined ? [] : [more.skips])];
    return node('call', operands, attributes, { element: 'f32', axes: orderAxes(axes) }, this.call.span, more.mask);
  } // prettier-ignore
}

/** The mask, where it tells entries along the axis apart. */
export const maskAlong = (value: Typed, axis: Axis): Typed | undefined =>
  value.mask !== undefined && hasAxis(value.mask.type, axis.id) ? value.mask : undefined;

export const swap = (axes: readonly Axis[], from: Axis, to: Axis): Axis[] =>
  axes.map((axis) => (axis.id === from.id ? to : axis));

export const tensor = (typed: Typed | undefined): Value | undefined =>
  typed === undefined ? undefined : { kind: 'tensor', typed };
