import { nearestName } from '../../common/suggest.ts';
import type { Module } from '../../resolve/modules.ts';
import type { Span } from '../../source/span.ts';
import type { Call, EquationStatement, Expression, Initialiser, ModuleDefinition } from '../../syntax/ast.ts';
import { isLayerName, layerNames } from '../../types/catalogue/layers.ts';
import { builtinNames } from '../builtins.ts';
import type { Checker } from '../checker.ts';
import { printFormula } from '../print-formula.ts';
import { Scope } from '../scope.ts';
import type { InstanceShape, Origin, Part, StateOverride } from '../typed.ts';
import type { PlacedPart, Value } from '../value.ts';
import { isHubPath } from '../../types/hub-name.ts';
import { instantiate } from './definitions.ts';
import { isHubModelHere } from './hub-model.ts';
import { layerShape } from './layer-shape.ts';
import { partsOfTower } from './tower-parts.ts';
import { isRunReference, runReference } from '../run-reference.ts';
import { wholeNumber } from './whole-number.ts';
import { filePath } from '../../resolve/file-path.ts';

/** What a chain or a module of one's own consists of; it is written out where it is called. */
export type PartBody = PartContent & {
  /** As the file makes it, so that a copy is made the same way. */
  readonly made: { readonly value: Expression; readonly scope: Scope };
};

export type PartContent =
  /** Steps one after the other: `linear(a -> b) |> gelu`; those of `repeat(3, block(…))` are alike. */
  | { readonly kind: 'chain'; readonly steps: readonly ChainStep[]; readonly repeats: boolean }
  /** `module name(…) { … }` with its arguments. */
  | { readonly kind: 'definition'; readonly scope: Scope; readonly module: Module; readonly definition: ModuleDefinition; readonly forward?: EquationStatement }; // prettier-ignore

export type ChainStep =
  | { readonly kind: 'part'; readonly part: PlacedPart }
  /** A function of the language or of the file: `gelu`, `pool(max, 3)`. */
  | { readonly kind: 'apply'; readonly step: Expression; readonly scope: Scope };

interface Built {
  readonly shape: InstanceShape;
  readonly origin?: Origin;
}

const join = (path: string, part: string): string => (path === '' ? part : `${path}.${part}`);

/**
 * Makes the parts of one encoder or module. Each mention of a constructor is a new set of tensors, below its own path in the owner: the
 * layer `Q` of `saa` at `saa.Q`, the second step of a chain at `see.1`, the third copy of `repeat` at `layers.2`.
 */
export class PartBuilder {
  readonly checker: Checker;
  readonly owner: string;
  readonly span: Span;
  readonly parts: Record<string, Part> = {};
  /** Exceptions in the braces after a layer. */
  readonly overrides: StateOverride[] = [];
  /** Params that stand beside the layers. */
  params = 0;
  /** Module definitions that are being instantiated, outermost first. */
  readonly open: ModuleDefinition[] = [];

  constructor(checker: Checker, owner: string, span: Span) {
    this.checker = checker;
    this.owner = owner;
    this.span = span;
  }

  /** Whether no part has a tensor: then nothing trains, and nothing tells that it is read. */
  get isBare(): boolean {
    const still = new Set<string>(['dropout', 'upsample', 'temporal_shift']);
    const holds = ({ shape }: Part): boolean => shape.kind !== 'composite' && !(shape.kind === 'layer' && still.has(shape.layer)); // prettier-ignore
    return this.params === 0 && !Object.values(this.parts).some(holds);
  }

  name(path: string): string {
    return path === '' ? this.owner : `${this.owner}.${path}`;
  }

  placed(key: string, shape: InstanceShape): PlacedPart {
    return { name: this.name(key), owner: this.owner, key, shape, span: this.span };
  }

  /** A part at a path of its own. */
  part(init: Pick<Initialiser, 'value' | 'from'>, scope: Scope, path: string): PlacedPart | undefined {
    const built = this.build(init, scope, path);
    if (built === undefined) return undefined;
    this.parts[path] = { path, shape: built.shape, ...(built.origin === undefined ? {} : { origin: built.origin }) };
    return this.placed(path, built.shape);
  }

  build({ value, from }: Pick<Initialiser, 'value' | 'from'>, scope: Scope, path: string): Built | undefined {
    const origin = from === undefined ? undefined : this.origin(from, scope);
    if (from !== undefined && origin === undefined) return undefined;
    const built = this.#expression(value, scope, path);
    if (built === undefined || origin === undefined) return built;
    const isFlat = (shape: InstanceShape | undefined, over: '2d' | '3d'): boolean =>
      shape?.kind === 'layer' && shape.layer === 'patchify' && shape.options['over'] === over;
    if (origin.kind !== 'part' || from === undefined || !isFlat(built.shape, '3d')) return { ...built, origin };
    const source = this.#source(from, scope)?.shape;
    if (!isFlat(source, '2d')) return { ...built, origin };
    const said = (shape: InstanceShape | undefined, name: string): string => shape?.kind === 'layer' && typeof shape.options[name] === 'number' ? String(shape.options[name]) : ''; // prettier-ignore
    const sizes = [built.shape, source].map((shape) => `patches of ${said(shape, 'patch')} px, width ${said(shape, 'width')}`); // prettier-ignore
    if (sizes[0] !== sizes[1])
      return this.checker.report.error('CX3002', from.span, 'patches of a film start from patches of pictures of the same size and width', {
        expected: sizes[0] ?? '',
        found: sizes[1] ?? '',
      }); // prettier-ignore
    return { ...built, origin: { ...origin, inflates: true } };
  }

  #expression(value: Expression, scope: Scope, path: string): Built | undefined {
    if (value.kind === 'pipeline') return this.#chain(value, scope, path);
    const call: Call = value.kind === 'call' ? value : { kind: 'call', callee: value, args: [], span: value.span };
    const name = call.callee.kind === 'reference' ? call.callee.name : undefined;
    if (name === undefined) {
      return this.checker.report.error('CX2012', value.span, 'this makes no module', {
        expected: 'a layer of the catalogue or a module of the file, called with its sizes',
      });
    }
    const definition = this.#definition(name, scope);
    if (definition !== undefined) return this.#instance(definition.definition, definition.module, call, scope, path);
    if (name === 'repeat') return this.#repeat(call, scope, path);
    if (name === 'copy') return this.#copy(call, scope, path);
    if (!isLayerName(name)) return this.unknown(name, call.callee.span, scope);
    const shape = layerShape(this.checker, name, call, scope, this.name(path));
    return shape === undefined ? undefined : { shape };
  }

  /** `functions`: what else may stand here. */
  unknown(name: string, span: Span, scope: Scope, functions: Iterable<string> = []): undefined {
    if (scope.module.broken.has(name)) return undefined;
    const own = scope.module.declarations.all.flatMap((each) => each.kind === 'module-definition' ? [each.name.text] : []); // prettier-ignore
    const suggestion = nearestName(name, [...layerNames, ...own, 'copy', 'repeat', ...functions]);
    return this.checker.report.error('CX2012', span, `there is no module called \`${name}\``, {
      expected: [...layerNames, 'copy', 'repeat', ...own].join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  #definition(
    name: string,
    scope: Scope,
  ): { readonly definition: ModuleDefinition; readonly module: Module } | undefined {
    const found = this.checker.declarationOf(name, scope.module, 'value');
    return found?.declaration.statement.kind === 'module-definition'
      ? { definition: found.declaration.statement, module: found.module }
      : undefined;
  }

  #instance(definition: ModuleDefinition, module: Module, call: Call, scope: Scope, path: string): Built | undefined {
    const body = instantiate(this, definition, module, call, scope, path);
    if (body === undefined) return undefined;
    this.checker.ledger.isRooted();
    this.checker.bodies.set(this.name(path), { ...body, made: { value: call, scope } });
    return { shape: { kind: 'composite', label: printFormula(call) } };
  }

  /** `a |> b |> c`: numbered by their place. Axes that a step names, as `hidden(512)`, are seen by the later ones. */
  #chain(value: Extract<Expression, { kind: 'pipeline' }>, scope: Scope, path: string): Built | undefined {
    const expressions: Expression[] = [];
    for (let rest: Expression = value; ; rest = rest.value) {
      if (rest.kind !== 'pipeline') {
        expressions.unshift(rest);
        break;
      }
      expressions.unshift(rest.step);
    }
    const inner = new Scope(scope.module, `${this.name(path)}.`, scope);
    const steps = expressions.map((expression, place) => this.#step(expression, inner, join(path, String(place))));
    return steps.some((step) => step === undefined) ? undefined : this.#chained(steps, path, { value, scope });
  }

  #step(expression: Expression, scope: Scope, path: string): ChainStep | undefined {
    const callee = expression.kind === 'call' ? expression.callee : expression;
    const name = callee.kind === 'reference' ? callee.name : '';
    const makes = isLayerName(name) || name === 'repeat' || this.#definition(name, scope) !== undefined;
    if (makes) {
      const part = this.part({ value: expression }, scope, path);
      return part === undefined ? undefined : { kind: 'part', part };
    }
    const known = builtinNames.has(name) || this.checker.declarationOf(name, scope.module, 'value') !== undefined;
    if (known) this.checker.ledger.isRooted();
    return known ? { kind: 'apply', step: expression, scope } : this.unknown(name, callee.span, scope, builtinNames);
  }

  #chained(steps: readonly (ChainStep | undefined)[], path: string, made: PartBody['made'], repeats = false): Built {
    const whole = steps.filter((step) => step !== undefined);
    this.checker.bodies.set(this.name(path), { kind: 'chain', steps: whole, repeats, made });
    return { shape: { kind: 'composite', label: printFormula(made.value) } };
  }

  /** `repeat(3, block(…))`: fresh copies, each fed by the one before. */
  #repeat(call: Call, scope: Scope, path: string): Built | undefined {
    const [times, block, ...more] = call.args;
    if (times === undefined || block === undefined || more.length > 0 || call.args.some(({ label }) => label)) {
      return this.checker.report.error('CX3006', call.span, '`repeat` takes how often, and what', {
        expected: '`repeat(3, block(…))`',
      });
    }
    const count = wholeNumber(this.checker, times.value, scope);
    if (count === undefined || !Number.isInteger(count) || count < 1 || count > 1000) {
      return this.checker.report.error('CX5006', times.span, 'how often is a whole number from 1 to 1000', {});
    }
    const steps = Array.from({ length: count }, (_, index): ChainStep | undefined => {
      const part = this.part({ value: block.value }, scope, join(path, String(index)));
      return part === undefined ? undefined : { kind: 'part', part };
    });
    return steps.some((step) => step === undefined)
      ? undefined
      : this.#chained(steps, path, { value: call, scope }, true);
  }

  /** `copy(m)`, `copy(clip.text.blocks[0..3])`: as the other is, with tensors of its own that start the same. */
  #copy(call: Call, scope: Scope, path: string): Built | undefined {
    const [argument, ...more] = call.args;
    if (argument === undefined || argument.label !== undefined || more.length > 0) {
      return this.checker.report.error('CX3006', call.span, '`copy` takes one encoder, module or part', {
        expected: '`copy(clip.text.blocks[0..3])`',
      });
    }
    const source = this.#source(argument.value, scope);
    if (source === undefined) return undefined;
    const { made } = (source.name === undefined ? undefined : this.checker.bodies.get(source.name)) ?? {};
    if (made === undefined) return { shape: source.shape, origin: source.origin };
    // a chain or a module of one's own is made once more
    const built = this.#expression(made.value, made.scope, path);
    return built && { shape: built.shape, origin: source.origin };
  }

  /** `from "weights/x.safetensors"`, `from "hf:org/name"`, `from run("pretrain")`, `from clip.text.blocks[0..3]`. */
  origin(from: Expression, scope: Scope): Origin | undefined {
    if (from.kind === 'string') {
      if (isHubPath(from.value) && !isHubModelHere(this.checker, from.value, from.span)) return undefined;
      return { kind: 'folder', path: filePath(from) };
    }
    if (isRunReference(from)) {
      const reference = runReference(this.checker, from, scope);
      return reference === undefined ? undefined : { kind: 'run', ...reference };
    }
    return this.#source(from, scope)?.origin;
  }

  #source(
    expression: Expression,
    scope: Scope,
  ): { readonly shape: InstanceShape; readonly origin: Origin; readonly name?: string } | undefined {
    const value: Value | undefined = this.checker.expression(expression, scope);
    if (value === undefined) return undefined;
    const found = partsOfTower(this.checker, value);
    const name = value.kind === 'instance' ? value.instance.name : value.kind === 'part' ? value.part.name : undefined;
    if (found !== undefined) return { ...found, ...(name === undefined ? {} : { name }) };
    return this.checker.report.error('CX2009', expression.span, 'this holds no tensors', {
      expected: 'an encoder, a module or a part of one, as `clip.text.blocks[0..3]`',
    });
  }
}
