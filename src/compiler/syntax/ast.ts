/**
 * The tree of a `.clipx` file, edition 1. Plain data: every node has a `kind` and a `span`.
 * The grammar it mirrors stands above each rule of `grammar/parser.ts`.
 */
import type { Span } from '../source/span.ts';

interface Base {
  readonly span: Span;
}

export interface Comment extends Base {
  /** With the leading `#`, without the line break. */
  readonly text: string;
}

export interface File extends Base {
  readonly kind: 'file';
  readonly statements: readonly Statement[];
  /** All comments of the file in source order; the formatter places them by position. */
  readonly comments: readonly Comment[];
  /** Offset of each line's first character, where the tree was read from text; the formatter keeps blank lines by it. */
  readonly lineStarts?: readonly number[];
}

/** A declared or referenced word. */
export interface Name extends Base {
  readonly kind: 'name';
  readonly text: string;
}

// ── expressions ──────────────────────────────────────────────────────

/** `3`, `1e-4`, `5 epochs`, `10 %`, `3d`, `first 50 %` is a map value, not this. */
export interface Quantity extends Base {
  readonly kind: 'quantity';
  readonly value: number;
  /** As written, without the unit. */
  readonly text: string;
  readonly unit?: Name;
}

/** `48 x 80`. */
export interface Extent extends Base {
  readonly kind: 'extent';
  readonly sizes: readonly [number, number];
}

export interface StringLiteral extends Base {
  readonly kind: 'string';
  /** Escapes resolved. */
  readonly value: string;
  /** As written, with quotes. */
  readonly raw: string;
}

/** `[a, b]`, with `over axis` a constant vector along that axis. */
export interface ListExpression extends Base {
  readonly kind: 'list';
  readonly items: readonly Argument[];
  readonly over?: Name;
}

/** `{ key: value … }` where an operand or a block of fields stands. */
export interface MapExpression extends Base {
  readonly kind: 'map';
  readonly fields: readonly Field[];
}

export interface Field extends Base {
  readonly kind: 'field';
  readonly key: FieldKey;
  readonly value: Expression;
}

export type FieldKey =
  | ({ readonly kind: 'string-key'; readonly value: string } & Base)
  /** `optimizer(E, M)` */
  | ({ readonly kind: 'call-key'; readonly name: Name; readonly paths: readonly Path[] } & Base)
  /** `lr`, `dg.error` */
  | ({ readonly kind: 'dotted-key'; readonly parts: readonly Name[] } & Base);

export interface Reference extends Base {
  readonly kind: 'reference';
  readonly name: string;
}

/** `x.member` */
export interface Member extends Base {
  readonly kind: 'member';
  readonly object: Expression;
  readonly member: Name;
}

/** `label: value`, `a -> b -> c`, `e for r in […]` */
export interface Argument extends Base {
  readonly kind: 'argument';
  readonly label?: Name;
  readonly value: Expression;
  /** The further parts of `a -> b -> c`. */
  readonly arrows: readonly Expression[];
  readonly each?: { readonly variable: Name; readonly source: Expression };
}

export interface Call extends Base {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Argument[];
}

/** `x[a: e]`, `x[batch as other]`, `factor[wearable]`, `blocks[0..3]` */
export interface Index extends Base {
  readonly kind: 'index';
  readonly object: Expression;
  readonly items: readonly Argument[];
}

/** `(a)` keeps its parentheses only when printing needs them; `(a, b)` is a tuple. */
export interface Tuple extends Base {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
}

export type UnaryOperator = '-' | 'not';
/** The right side of `in` is a list. */
export type BinaryOperator =
  | 'or' | 'and' | 'in' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '+' | '-' | '*' | '/' | '^'; // prettier-ignore

export interface Unary extends Base {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}

export interface Binary extends Base {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `a < b < c`: legal in `expect` only; elsewhere a diagnostic of the checker. */
export interface Comparison extends Base {
  readonly kind: 'comparison';
  readonly first: Expression;
  readonly rest: readonly { readonly operator: BinaryOperator; readonly operand: Expression }[];
}

/** `a..b`, `..b`, `a..`, `a..b by k` */
export interface Range extends Base {
  readonly kind: 'range';
  readonly from?: Expression;
  readonly to?: Expression;
  readonly by?: Expression;
}

/** `value |> step` */
export interface Pipeline extends Base {
  readonly kind: 'pipeline';
  readonly value: Expression;
  readonly step: Expression;
}

/** `e in deg` */
export interface InUnit extends Base {
  readonly kind: 'in-unit';
  readonly value: Expression;
  readonly unit: Name;
}

/** `top(…) as rank`, `windows(…) as [hop, tap]` */
export interface AsAxes extends Base {
  readonly kind: 'as-axes';
  readonly value: Expression;
  readonly axes: readonly Name[];
  readonly bracketed: boolean;
}

/** `e with x = v` */
export interface With extends Base {
  readonly kind: 'with';
  readonly value: Expression;
  readonly path: Path;
  readonly replacement: Expression;
}

/** `error of "L_g only"`, `b of row`, `4 of view` */
export interface OfRow extends Base {
  readonly kind: 'of-row';
  readonly value: Expression;
  readonly row: StringLiteral | Reference;
}

/** `e on d` */
export interface OnData extends Base {
  readonly kind: 'on-data';
  readonly value: Expression;
  readonly data: Name;
}

/** `error at stage`, `m at size = 5 %` */
export interface AtPoint extends Base {
  readonly kind: 'at-point';
  readonly value: Expression;
  readonly point: Name;
  readonly equals?: Expression;
}

/** `from "x"` as an operand: `degree from -60..60`, `clip(from run("a"))`; also `init from source`. */
export interface FromSource extends Base {
  readonly kind: 'from-source';
  readonly source: Expression;
}

/** `max(m on val)` without parentheses, as in `best: max error on val`; only as a field value. */
export interface BestOf extends Base {
  readonly kind: 'best-of';
  readonly direction: 'max' | 'min';
  readonly metric: readonly Name[];
  readonly data?: Name;
}

/** `first 50 %` */
export interface FirstPart extends Base {
  readonly kind: 'first-part';
  readonly amount: Quantity;
}

/** `unfold "json.parts"` */
export interface Unfold extends Base {
  readonly kind: 'unfold';
  readonly source: StringLiteral;
}

/** A value with a tail: `3 keep best`, `5 of view`, `"json.y" unknown 255` */
export interface Qualified extends Base {
  readonly kind: 'qualified';
  readonly value: Expression;
  readonly tail: 'keep' | 'of' | 'unknown';
  readonly argument: Expression;
}

export type Expression =
  | Quantity | Extent | StringLiteral | ListExpression | MapExpression | Reference | Member | Call | Index | Tuple
  | Unary | Binary | Comparison | Range | Pipeline | InUnit | AsAxes | With | OfRow | OnData | AtPoint | FromSource
  | BestOf | FirstPart | Unfold | Qualified; // prettier-ignore

// ── shared parts ─────────────────────────────────────────────────────

/** `clip.image.blocks[10..11]` */
export interface Path extends Base {
  readonly kind: 'path';
  readonly head: Name;
  readonly steps: readonly PathStep[];
}

export type PathStep =
  | ({ readonly kind: 'path-member'; readonly name: Name } & Base)
  | ({ readonly kind: 'path-items'; readonly items: readonly Argument[] } & Base);

/** `[batch, joint]`, `map[height, width]`, `f32 […]` */
export interface TypeExpression extends Base {
  readonly kind: 'type';
  readonly name?: Name;
  readonly items?: readonly Argument[];
}

export interface Pattern extends Base {
  readonly kind: 'pattern';
  readonly names: readonly Name[];
  readonly parenthesised: boolean;
}

export interface Parameter extends Base {
  readonly kind: 'parameter';
  readonly name: Name;
  readonly type?: TypeExpression;
  readonly fallback?: Expression;
}

/** `= expr` or `{ let … return expr }` */
export interface Body extends Base {
  readonly kind: 'body';
  readonly lets: readonly LetStatement[];
  readonly result: Expression;
  readonly braced: boolean;
}

export type Flag = 'frozen' | 'trainable';

/** What follows `=` of an encoder, module, layer or param. */
export interface Initialiser extends Base {
  readonly kind: 'initialiser';
  readonly value: Expression;
  readonly from?: Expression;
  readonly settings?: Settings;
}

/** `{ trainable image.blocks[10..11]  logit_scale { clamp: 0..4 }  statistics: fixed }` */
export interface Settings extends Base {
  readonly kind: 'settings';
  readonly items: readonly SettingItem[];
}

export type SettingItem =
  | ({ readonly kind: 'flag-setting'; readonly flag: Flag; readonly paths: readonly Path[]; readonly fields?: MapExpression } & Base)
  | ({ readonly kind: 'path-setting'; readonly path: Path; readonly fields: MapExpression } & Base)
  | ({ readonly kind: 'value-setting'; readonly path: Path; readonly value: Expression } & Base)
  | WrapStatement; // prettier-ignore

export interface Assignment extends Base {
  readonly kind: 'assignment';
  readonly path: Path;
  readonly value: Expression;
}

// ── statements ───────────────────────────────────────────────────────

export interface EditionStatement extends Base { readonly kind: 'edition'; readonly version: Quantity } // prettier-ignore
export interface ExperimentStatement extends Base { readonly kind: 'experiment'; readonly name: Name; readonly title?: StringLiteral } // prettier-ignore
export interface UseStatement extends Base {
  readonly kind: 'use';
  readonly path: StringLiteral;
  readonly items: readonly { readonly name: Name; readonly alias?: Name }[];
}
export interface ExtendsStatement extends Base { readonly kind: 'extends'; readonly path: StringLiteral } // prettier-ignore
export interface RemoveStatement extends Base { readonly kind: 'remove'; readonly paths: readonly Path[] } // prettier-ignore
export interface SetStatement extends Base { readonly kind: 'set'; readonly assignment: Assignment } // prettier-ignore
export interface ConstStatement extends Base { readonly kind: 'const'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface AxisStatement extends Base {
  readonly kind: 'axis';
  readonly name: Name;
  readonly axisKind?: Name;
  readonly value?: Expression;
}
export interface InputStatement extends Base {
  readonly kind: 'input';
  readonly name: Name;
  readonly optional: boolean;
  readonly type: Name;
  readonly args: readonly Argument[];
  readonly unit?: Name;
  readonly each?: { readonly name: Name; readonly args: readonly Argument[] };
}
export interface DataStatement extends Base {
  readonly kind: 'data';
  readonly names: readonly Name[];
  readonly source: Expression;
  /** Column maps and `like other`, in source order. */
  readonly shape: readonly (MapExpression | { readonly kind: 'like'; readonly name: Name; readonly span: Span })[];
  readonly steps: readonly Expression[];
  readonly withs: readonly { readonly path: Path; readonly replacement: Expression; readonly span: Span }[];
}
export interface AugmentStatement extends Base {
  readonly kind: 'augment';
  readonly axes?: readonly Argument[];
  readonly pattern: Pattern;
  readonly value: Expression;
}
export interface PipeStatement extends Base { readonly kind: 'pipe'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface VocabularyStatement extends Base {
  readonly kind: 'vocabulary';
  readonly name: Name;
  readonly form: 'map' | 'equals' | 'from';
  readonly value?: Expression;
  readonly map?: MapExpression;
}
export interface TokenizerStatement extends Base { readonly kind: 'tokenizer'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface PromptStatement extends Base {
  readonly kind: 'prompt';
  readonly name: Name;
  readonly params?: readonly Parameter[];
  readonly over: readonly Name[];
  readonly value: Expression;
}
export interface EncoderStatement extends Base { readonly kind: 'encoder'; readonly flag?: Flag; readonly name: Name; readonly init: Initialiser } // prettier-ignore
export interface ModuleStatement extends Base { readonly kind: 'module'; readonly flag?: Flag; readonly name: Name; readonly init: Initialiser } // prettier-ignore
export interface ParamStatement extends Base {
  readonly kind: 'param';
  readonly flag?: Flag;
  readonly name: Name;
  readonly type?: TypeExpression;
  readonly init: Initialiser;
}
/** `frozen clip.logit_scale`, `trainable ctx, h` */
export interface StateStatement extends Base {
  readonly kind: 'state';
  readonly flag: Flag;
  readonly paths: readonly Path[];
  readonly settings?: MapExpression;
}
export interface LayerStatement extends Base { readonly kind: 'layer'; readonly name: Name; readonly init: Initialiser } // prettier-ignore
/** `forward(x) = …` inside a module. */
export interface EquationStatement extends Base {
  readonly kind: 'equation';
  readonly name: Name;
  readonly params: readonly Parameter[];
  readonly body: Body;
}
export type ModuleItem = LayerStatement | ParamStatement | AxisStatement | LetStatement | FnStatement | ConstStatement | EquationStatement; // prettier-ignore
export interface ModuleDefinition extends Base {
  readonly kind: 'module-definition';
  readonly name: Name;
  readonly params: readonly Parameter[];
  readonly items: readonly ModuleItem[];
}
export interface WrapStatement extends Base {
  readonly kind: 'wrap';
  readonly path: Path;
  readonly params: readonly Parameter[];
  readonly body: Body;
}
export interface FnStatement extends Base {
  readonly kind: 'fn';
  readonly name: Name;
  readonly params: readonly Parameter[];
  readonly body: Body;
}
export interface LetStatement extends Base {
  readonly kind: 'let';
  readonly pattern: Pattern;
  readonly type?: TypeExpression;
  readonly value: Expression;
}
export interface LossStatement extends Base { readonly kind: 'loss'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface WeightStatement extends Base { readonly kind: 'weight'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface MinimizeStatement extends Base { readonly kind: 'minimize'; readonly value: Expression } // prettier-ignore
export interface MaximizeStatement extends Base { readonly kind: 'maximize'; readonly value: Expression } // prettier-ignore
/** `on [each] name: d.part over class[base], …` */
export interface Target extends Base {
  readonly kind: 'target';
  readonly label?: Name;
  readonly data: readonly Name[];
  readonly over?: Path;
}
export interface TrainStatement extends Base {
  readonly kind: 'train';
  readonly each: boolean;
  readonly targets: readonly Target[];
  readonly fields: MapExpression;
}
export interface StageStatement extends Base {
  readonly kind: 'stage';
  readonly name: Name;
  readonly after: readonly Name[];
  readonly statements: readonly Statement[];
}
export type EvaluateItem = MetricStatement | LetStatement | FnStatement | Field;
export interface EvaluateStatement extends Base {
  readonly kind: 'evaluate';
  readonly name?: Name;
  readonly each: boolean;
  readonly targets: readonly Target[];
  readonly items: readonly EvaluateItem[];
}
export interface MetricStatement extends Base { readonly kind: 'metric'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface FigureStatement extends Base { readonly kind: 'figure'; readonly name: Name; readonly value: Expression } // prettier-ignore
export interface SweepStatement extends Base {
  readonly kind: 'sweep';
  readonly name?: Name;
  readonly fields: MapExpression;
  readonly keep?: BestOf;
}
export interface Row extends Base {
  readonly kind: 'row';
  readonly label: StringLiteral;
  /** `path = value` items and, in braces, declarations. */
  readonly items: readonly (Assignment | Statement)[];
  readonly braced: boolean;
}
export interface AblateStatement extends Base { readonly kind: 'ablate'; readonly name: Name; readonly rows: readonly Row[] } // prettier-ignore
export interface SeedsStatement extends Base { readonly kind: 'seeds'; readonly value: Expression } // prettier-ignore
export interface ExpectStatement extends Base { readonly kind: 'expect'; readonly value: Expression; readonly within?: Expression } // prettier-ignore

export type Statement =
  | EditionStatement | ExperimentStatement | UseStatement | ExtendsStatement | RemoveStatement | SetStatement | ConstStatement
  | AxisStatement | InputStatement | DataStatement | AugmentStatement | PipeStatement | VocabularyStatement
  | TokenizerStatement | PromptStatement | EncoderStatement | ModuleStatement | ParamStatement | StateStatement
  | ModuleDefinition | WrapStatement | FnStatement | LetStatement | LossStatement | WeightStatement | MinimizeStatement
  | MaximizeStatement | TrainStatement | StageStatement | EvaluateStatement | MetricStatement | FigureStatement
  | SweepStatement | AblateStatement | SeedsStatement | ExpectStatement; // prettier-ignore
