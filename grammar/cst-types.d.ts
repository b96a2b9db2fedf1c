import type { CstNode, ICstVisitor, IToken } from 'chevrotain';

export interface ProgramCstNode extends CstNode {
  name: 'program';
  children: ProgramCstChildren;
}

export type ProgramCstChildren = {
  statement?: StatementCstNode[];
};

export interface StatementCstNode extends CstNode {
  name: 'statement';
  children: StatementCstChildren;
}

export type StatementCstChildren = {
  editionStatement?: EditionStatementCstNode[];
  experimentStatement?: ExperimentStatementCstNode[];
  useStatement?: UseStatementCstNode[];
  extendsStatement?: ExtendsStatementCstNode[];
  removeStatement?: RemoveStatementCstNode[];
  setStatement?: SetStatementCstNode[];
  constStatement?: ConstStatementCstNode[];
  axisStatement?: AxisStatementCstNode[];
  inputStatement?: InputStatementCstNode[];
  dataStatement?: DataStatementCstNode[];
  augmentStatement?: AugmentStatementCstNode[];
  pipeStatement?: PipeStatementCstNode[];
  vocabularyStatement?: VocabularyStatementCstNode[];
  tokenizerStatement?: TokenizerStatementCstNode[];
  promptStatement?: PromptStatementCstNode[];
  stateStatement?: StateStatementCstNode[];
  encoderStatement?: EncoderStatementCstNode[];
  paramStatement?: ParamStatementCstNode[];
  moduleStatement?: ModuleStatementCstNode[];
  wrapStatement?: WrapStatementCstNode[];
  fnStatement?: FnStatementCstNode[];
  letStatement?: LetStatementCstNode[];
  lossStatement?: LossStatementCstNode[];
  weightStatement?: WeightStatementCstNode[];
  minimizeStatement?: MinimizeStatementCstNode[];
  maximizeStatement?: MaximizeStatementCstNode[];
  trainStatement?: TrainStatementCstNode[];
  stageStatement?: StageStatementCstNode[];
  evaluateStatement?: EvaluateStatementCstNode[];
  metricStatement?: MetricStatementCstNode[];
  figureStatement?: FigureStatementCstNode[];
  sweepStatement?: SweepStatementCstNode[];
  ablateStatement?: AblateStatementCstNode[];
  seedsStatement?: SeedsStatementCstNode[];
  expectStatement?: ExpectStatementCstNode[];
};

export interface EditionStatementCstNode extends CstNode {
  name: 'editionStatement';
  children: EditionStatementCstChildren;
}

export type EditionStatementCstChildren = {
  Word_clipx: IToken[];
  Num: IToken[];
};

export interface ExperimentStatementCstNode extends CstNode {
  name: 'experimentStatement';
  children: ExperimentStatementCstChildren;
}

export type ExperimentStatementCstChildren = {
  Word_experiment: IToken[];
  Word: IToken[];
  Str?: IToken[];
};

export interface UseStatementCstNode extends CstNode {
  name: 'useStatement';
  children: UseStatementCstChildren;
}

export type UseStatementCstChildren = {
  Word_use: IToken[];
  Str: IToken[];
  LeftBrace: IToken[];
  useItem?: UseItemCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface UseItemCstNode extends CstNode {
  name: 'useItem';
  children: UseItemCstChildren;
}

export type UseItemCstChildren = {
  Word: IToken[];
  Word_as?: IToken[];
  alias?: IToken[];
};

export interface ExtendsStatementCstNode extends CstNode {
  name: 'extendsStatement';
  children: ExtendsStatementCstChildren;
}

export type ExtendsStatementCstChildren = {
  Word_extends: IToken[];
  Str: IToken[];
};

export interface RemoveStatementCstNode extends CstNode {
  name: 'removeStatement';
  children: RemoveStatementCstChildren;
}

export type RemoveStatementCstChildren = {
  Word_remove: IToken[];
  removal: RemovalCstNode[];
  Comma?: IToken[];
};

export interface RemovalCstNode extends CstNode {
  name: 'removal';
  children: RemovalCstChildren;
}

export type RemovalCstChildren = {
  AnyWord: IToken[];
  pathStep?: PathStepCstNode[];
};

export interface SetStatementCstNode extends CstNode {
  name: 'setStatement';
  children: SetStatementCstChildren;
}

export type SetStatementCstChildren = {
  Word_set: IToken[];
  assignment: AssignmentCstNode[];
};

export interface DefinitionCstNode extends CstNode {
  name: 'definition';
  children: DefinitionCstChildren;
}

export type DefinitionCstChildren = {
  Word: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface ConstStatementCstNode extends CstNode {
  name: 'constStatement';
  children: ConstStatementCstChildren;
}

export type ConstStatementCstChildren = {
  Word_const: IToken[];
  definition: DefinitionCstNode[];
};

export interface PipeStatementCstNode extends CstNode {
  name: 'pipeStatement';
  children: PipeStatementCstChildren;
}

export type PipeStatementCstChildren = {
  Word_pipe: IToken[];
  definition: DefinitionCstNode[];
};

export interface TokenizerStatementCstNode extends CstNode {
  name: 'tokenizerStatement';
  children: TokenizerStatementCstChildren;
}

export type TokenizerStatementCstChildren = {
  Word_tokenizer: IToken[];
  definition: DefinitionCstNode[];
};

export interface LossStatementCstNode extends CstNode {
  name: 'lossStatement';
  children: LossStatementCstChildren;
}

export type LossStatementCstChildren = {
  Word_loss: IToken[];
  definition: DefinitionCstNode[];
};

export interface WeightStatementCstNode extends CstNode {
  name: 'weightStatement';
  children: WeightStatementCstChildren;
}

export type WeightStatementCstChildren = {
  Word_weight: IToken[];
  definition: DefinitionCstNode[];
};

export interface MetricStatementCstNode extends CstNode {
  name: 'metricStatement';
  children: MetricStatementCstChildren;
}

export type MetricStatementCstChildren = {
  Word_metric: IToken[];
  definition: DefinitionCstNode[];
};

export interface FigureStatementCstNode extends CstNode {
  name: 'figureStatement';
  children: FigureStatementCstChildren;
}

export type FigureStatementCstChildren = {
  Word_figure: IToken[];
  definition: DefinitionCstNode[];
};

export interface MinimizeStatementCstNode extends CstNode {
  name: 'minimizeStatement';
  children: MinimizeStatementCstChildren;
}

export type MinimizeStatementCstChildren = {
  Word_minimize: IToken[];
  expression: ExpressionCstNode[];
};

export interface MaximizeStatementCstNode extends CstNode {
  name: 'maximizeStatement';
  children: MaximizeStatementCstChildren;
}

export type MaximizeStatementCstChildren = {
  Word_maximize: IToken[];
  expression: ExpressionCstNode[];
};

export interface SeedsStatementCstNode extends CstNode {
  name: 'seedsStatement';
  children: SeedsStatementCstChildren;
}

export type SeedsStatementCstChildren = {
  Word_seeds: IToken[];
  expression: ExpressionCstNode[];
};

export interface ExpectStatementCstNode extends CstNode {
  name: 'expectStatement';
  children: ExpectStatementCstChildren;
}

export type ExpectStatementCstChildren = {
  Word_expect: IToken[];
  expression: ExpressionCstNode[];
  Word_within?: IToken[];
  tolerance?: ExpressionCstNode[];
};

export interface AxisStatementCstNode extends CstNode {
  name: 'axisStatement';
  children: AxisStatementCstChildren;
}

export type AxisStatementCstChildren = {
  Word_axis: IToken[];
  Word: IToken[];
  Colon?: IToken[];
  axisKind?: IToken[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface InputStatementCstNode extends CstNode {
  name: 'inputStatement';
  children: InputStatementCstChildren;
}

export type InputStatementCstChildren = {
  Word_input: IToken[];
  Word: IToken[];
  Colon: IToken[];
  Word_optional?: IToken[];
  type: IToken[];
  args?: ArgsCstNode[];
  Word_in?: IToken[];
  unit?: UnitCstNode[];
  Word_each?: IToken[];
  each?: IToken[];
  eachArgs?: ArgsCstNode[];
};

export interface DataStatementCstNode extends CstNode {
  name: 'dataStatement';
  children: DataStatementCstChildren;
}

export type DataStatementCstChildren = {
  Word_data: IToken[];
  names: NamesCstNode[];
  Equals: IToken[];
  source: PostfixCstNode[];
  dataShape?: DataShapeCstNode[];
  PipeInto?: IToken[];
  step?: PostfixCstNode[];
  withTail?: WithTailCstNode[];
};

export interface DataShapeCstNode extends CstNode {
  name: 'dataShape';
  children: DataShapeCstChildren;
}

export type DataShapeCstChildren = {
  map?: MapCstNode[];
  Word_like?: IToken[];
  Word?: IToken[];
};

export interface AugmentStatementCstNode extends CstNode {
  name: 'augmentStatement';
  children: AugmentStatementCstChildren;
}

export type AugmentStatementCstChildren = {
  Word_augment: IToken[];
  items?: ItemsCstNode[];
  pattern: PatternCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface VocabularyStatementCstNode extends CstNode {
  name: 'vocabularyStatement';
  children: VocabularyStatementCstChildren;
}

export type VocabularyStatementCstChildren = {
  Word_vocabulary: IToken[];
  Word: IToken[];
  map?: MapCstNode[];
  Equals?: IToken[];
  Word_from?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface PromptStatementCstNode extends CstNode {
  name: 'promptStatement';
  children: PromptStatementCstChildren;
}

export type PromptStatementCstChildren = {
  Word_prompt: IToken[];
  Word: IToken[];
  params?: ParamsCstNode[];
  Word_over?: IToken[];
  names?: NamesCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface FlagCstNode extends CstNode {
  name: 'flag';
  children: FlagCstChildren;
}

export type FlagCstChildren = {
  Word_frozen?: IToken[];
  Word_trainable?: IToken[];
};

export interface StateStatementCstNode extends CstNode {
  name: 'stateStatement';
  children: StateStatementCstChildren;
}

export type StateStatementCstChildren = {
  flag: FlagCstNode[];
  encoderStatement?: EncoderStatementCstNode[];
  moduleInstance?: ModuleInstanceCstNode[];
  paramStatement?: ParamStatementCstNode[];
  paths?: PathsCstNode[];
  map?: MapCstNode[];
};

export interface EncoderStatementCstNode extends CstNode {
  name: 'encoderStatement';
  children: EncoderStatementCstChildren;
}

export type EncoderStatementCstChildren = {
  Word_encoder: IToken[];
  Word: IToken[];
  Equals: IToken[];
  initialiser: InitialiserCstNode[];
};

export interface ModuleInstanceCstNode extends CstNode {
  name: 'moduleInstance';
  children: ModuleInstanceCstChildren;
}

export type ModuleInstanceCstChildren = {
  Word_module: IToken[];
  Word: IToken[];
  Equals: IToken[];
  initialiser: InitialiserCstNode[];
};

export interface ParamStatementCstNode extends CstNode {
  name: 'paramStatement';
  children: ParamStatementCstChildren;
}

export type ParamStatementCstChildren = {
  Word_param: IToken[];
  Word: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  Equals: IToken[];
  initialiser: InitialiserCstNode[];
};

export interface InitialiserCstNode extends CstNode {
  name: 'initialiser';
  children: InitialiserCstChildren;
}

export type InitialiserCstChildren = {
  expression: ExpressionCstNode[];
  Word_from?: IToken[];
  postfix?: PostfixCstNode[];
  settings?: SettingsCstNode[];
};

export interface SettingsCstNode extends CstNode {
  name: 'settings';
  children: SettingsCstChildren;
}

export type SettingsCstChildren = {
  LeftBrace: IToken[];
  setting?: SettingCstNode[];
  RightBrace: IToken[];
};

export interface SettingCstNode extends CstNode {
  name: 'setting';
  children: SettingCstChildren;
}

export type SettingCstChildren = {
  flag?: FlagCstNode[];
  paths?: PathsCstNode[];
  map?: MapCstNode[];
  wrapStatement?: WrapStatementCstNode[];
  path?: PathCstNode[];
  Colon?: IToken[];
  value?: ValueCstNode[];
  Comma?: IToken[];
};

export interface ModuleStatementCstNode extends CstNode {
  name: 'moduleStatement';
  children: ModuleStatementCstChildren;
}

export type ModuleStatementCstChildren = {
  Word_module: IToken[];
  Word: IToken[];
  params?: ParamsCstNode[];
  LeftBrace?: IToken[];
  moduleItem?: ModuleItemCstNode[];
  RightBrace?: IToken[];
  Equals?: IToken[];
  initialiser?: InitialiserCstNode[];
};

export interface ModuleItemCstNode extends CstNode {
  name: 'moduleItem';
  children: ModuleItemCstChildren;
}

export type ModuleItemCstChildren = {
  layerStatement?: LayerStatementCstNode[];
  paramStatement?: ParamStatementCstNode[];
  axisStatement?: AxisStatementCstNode[];
  letStatement?: LetStatementCstNode[];
  fnStatement?: FnStatementCstNode[];
  constStatement?: ConstStatementCstNode[];
  equation?: EquationCstNode[];
};

export interface LayerStatementCstNode extends CstNode {
  name: 'layerStatement';
  children: LayerStatementCstChildren;
}

export type LayerStatementCstChildren = {
  Word_layer: IToken[];
  Word: IToken[];
  Equals: IToken[];
  initialiser: InitialiserCstNode[];
};

export interface EquationCstNode extends CstNode {
  name: 'equation';
  children: EquationCstChildren;
}

export type EquationCstChildren = {
  Word: IToken[];
  params: ParamsCstNode[];
  body: BodyCstNode[];
};

export interface WrapStatementCstNode extends CstNode {
  name: 'wrapStatement';
  children: WrapStatementCstChildren;
}

export type WrapStatementCstChildren = {
  Word_wrap: IToken[];
  path: PathCstNode[];
  params: ParamsCstNode[];
  body: BodyCstNode[];
};

export interface FnStatementCstNode extends CstNode {
  name: 'fnStatement';
  children: FnStatementCstChildren;
}

export type FnStatementCstChildren = {
  Word_fn: IToken[];
  Word: IToken[];
  params: ParamsCstNode[];
  body: BodyCstNode[];
};

export interface ParamsCstNode extends CstNode {
  name: 'params';
  children: ParamsCstChildren;
}

export type ParamsCstChildren = {
  LeftParenthesis: IToken[];
  parameter?: ParameterCstNode[];
  Comma?: IToken[];
  RightParenthesis: IToken[];
};

export interface ParameterCstNode extends CstNode {
  name: 'parameter';
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  Word: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface BodyCstNode extends CstNode {
  name: 'body';
  children: BodyCstChildren;
}

export type BodyCstChildren = {
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
  LeftBrace?: IToken[];
  letStatement?: LetStatementCstNode[];
  Word_return?: IToken[];
  RightBrace?: IToken[];
};

export interface LetStatementCstNode extends CstNode {
  name: 'letStatement';
  children: LetStatementCstChildren;
}

export type LetStatementCstChildren = {
  Word_let: IToken[];
  pattern: PatternCstNode[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface OnTargetsCstNode extends CstNode {
  name: 'onTargets';
  children: OnTargetsCstChildren;
}

export type OnTargetsCstChildren = {
  Word_on: IToken[];
  Word_each?: IToken[];
  target: TargetCstNode[];
  Comma?: IToken[];
};

export interface TargetCstNode extends CstNode {
  name: 'target';
  children: TargetCstChildren;
}

export type TargetCstChildren = {
  Word?: IToken[];
  Colon?: IToken[];
  dotted: DottedCstNode[];
  Word_over?: IToken[];
  path?: PathCstNode[];
};

export interface TrainStatementCstNode extends CstNode {
  name: 'trainStatement';
  children: TrainStatementCstChildren;
}

export type TrainStatementCstChildren = {
  Word_train: IToken[];
  onTargets?: OnTargetsCstNode[];
  map: MapCstNode[];
};

export interface StageStatementCstNode extends CstNode {
  name: 'stageStatement';
  children: StageStatementCstChildren;
}

export type StageStatementCstChildren = {
  Word_stage: IToken[];
  Word: IToken[];
  Word_after?: IToken[];
  names?: NamesCstNode[];
  LeftBrace: IToken[];
  statement?: StatementCstNode[];
  RightBrace: IToken[];
};

export interface EvaluateStatementCstNode extends CstNode {
  name: 'evaluateStatement';
  children: EvaluateStatementCstChildren;
}

export type EvaluateStatementCstChildren = {
  Word_evaluate: IToken[];
  Word?: IToken[];
  onTargets?: OnTargetsCstNode[];
  LeftBrace: IToken[];
  evaluateItem?: EvaluateItemCstNode[];
  RightBrace: IToken[];
};

export interface EvaluateItemCstNode extends CstNode {
  name: 'evaluateItem';
  children: EvaluateItemCstChildren;
}

export type EvaluateItemCstChildren = {
  metricStatement?: MetricStatementCstNode[];
  letStatement?: LetStatementCstNode[];
  fnStatement?: FnStatementCstNode[];
  field?: FieldCstNode[];
  Comma?: IToken[];
};

export interface SweepStatementCstNode extends CstNode {
  name: 'sweepStatement';
  children: SweepStatementCstChildren;
}

export type SweepStatementCstChildren = {
  Word_sweep: IToken[];
  Word?: IToken[];
  map: MapCstNode[];
  Word_keep?: IToken[];
  best?: BestCstNode[];
};

export interface AblateStatementCstNode extends CstNode {
  name: 'ablateStatement';
  children: AblateStatementCstChildren;
}

export type AblateStatementCstChildren = {
  Word_ablate: IToken[];
  Word: IToken[];
  LeftBrace: IToken[];
  row?: RowCstNode[];
  RightBrace: IToken[];
};

export interface RowCstNode extends CstNode {
  name: 'row';
  children: RowCstChildren;
}

export type RowCstChildren = {
  Str: IToken[];
  Colon: IToken[];
  LeftBrace?: IToken[];
  rowItem?: RowItemCstNode[];
  RightBrace?: IToken[];
  assignment?: AssignmentCstNode[];
  Comma?: IToken[];
};

export interface RowItemCstNode extends CstNode {
  name: 'rowItem';
  children: RowItemCstChildren;
}

export type RowItemCstChildren = {
  assignment?: AssignmentCstNode[];
  Comma?: IToken[];
  statement?: StatementCstNode[];
};

export interface AssignmentCstNode extends CstNode {
  name: 'assignment';
  children: AssignmentCstChildren;
}

export type AssignmentCstChildren = {
  path: PathCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface NamesCstNode extends CstNode {
  name: 'names';
  children: NamesCstChildren;
}

export type NamesCstChildren = {
  Word: IToken[];
  Comma?: IToken[];
};

export interface PatternCstNode extends CstNode {
  name: 'pattern';
  children: PatternCstChildren;
}

export type PatternCstChildren = {
  names?: NamesCstNode[];
  LeftParenthesis?: IToken[];
  RightParenthesis?: IToken[];
};

export interface DottedCstNode extends CstNode {
  name: 'dotted';
  children: DottedCstChildren;
}

export type DottedCstChildren = {
  Word: IToken[];
  Dot?: IToken[];
  member?: IToken[];
};

export interface PathCstNode extends CstNode {
  name: 'path';
  children: PathCstChildren;
}

export type PathCstChildren = {
  Word: IToken[];
  pathStep?: PathStepCstNode[];
};

export interface PathStepCstNode extends CstNode {
  name: 'pathStep';
  children: PathStepCstChildren;
}

export type PathStepCstChildren = {
  Dot?: IToken[];
  AnyWord?: IToken[];
  items?: ItemsCstNode[];
};

export interface PathsCstNode extends CstNode {
  name: 'paths';
  children: PathsCstChildren;
}

export type PathsCstChildren = {
  path: PathCstNode[];
  Comma?: IToken[];
};

export interface TypeCstNode extends CstNode {
  name: 'type';
  children: TypeCstChildren;
}

export type TypeCstChildren = {
  items?: ItemsCstNode[];
  Word?: IToken[];
};

export interface ItemsCstNode extends CstNode {
  name: 'items';
  children: ItemsCstChildren;
}

export type ItemsCstChildren = {
  LeftBracket: IToken[];
  argument?: ArgumentCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
};

export interface MapCstNode extends CstNode {
  name: 'map';
  children: MapCstChildren;
}

export type MapCstChildren = {
  LeftBrace: IToken[];
  field?: FieldCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
};

export interface FieldCstNode extends CstNode {
  name: 'field';
  children: FieldCstChildren;
}

export type FieldCstChildren = {
  key: KeyCstNode[];
  Colon: IToken[];
  value: ValueCstNode[];
};

export interface KeyCstNode extends CstNode {
  name: 'key';
  children: KeyCstChildren;
}

export type KeyCstChildren = {
  Str?: IToken[];
  Word?: IToken[];
  LeftParenthesis?: IToken[];
  paths?: PathsCstNode[];
  RightParenthesis?: IToken[];
  AnyWord?: IToken[];
  Dot?: IToken[];
};

export interface ValueCstNode extends CstNode {
  name: 'value';
  children: ValueCstChildren;
}

export type ValueCstChildren = {
  best?: BestCstNode[];
  Word_first?: IToken[];
  quantity?: QuantityCstNode[];
  Word_unfold?: IToken[];
  Str?: IToken[];
  expression?: ExpressionCstNode[];
  valueTail?: ValueTailCstNode[];
};

export interface ValueTailCstNode extends CstNode {
  name: 'valueTail';
  children: ValueTailCstChildren;
}

export type ValueTailCstChildren = {
  Word_keep?: IToken[];
  Word?: IToken[];
  Word_of?: IToken[];
  Word_unknown?: IToken[];
  quantity?: QuantityCstNode[];
};

export interface BestCstNode extends CstNode {
  name: 'best';
  children: BestCstChildren;
}

export type BestCstChildren = {
  Word_max?: IToken[];
  Word_min?: IToken[];
  LeftParenthesis?: IToken[];
  bestOf?: BestOfCstNode[];
  RightParenthesis?: IToken[];
};

export interface BestOfCstNode extends CstNode {
  name: 'bestOf';
  children: BestOfCstChildren;
}

export type BestOfCstChildren = {
  dotted: DottedCstNode[];
  Word_on?: IToken[];
  Word?: IToken[];
};

export interface ExpressionCstNode extends CstNode {
  name: 'expression';
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  pipeline: PipelineCstNode[];
  expressionTail?: ExpressionTailCstNode[];
  withTail?: WithTailCstNode[];
};

export interface ExpressionTailCstNode extends CstNode {
  name: 'expressionTail';
  children: ExpressionTailCstChildren;
}

export type ExpressionTailCstChildren = {
  Word_in?: IToken[];
  unit?: UnitCstNode[];
  Word_as?: IToken[];
  dotted?: DottedCstNode[];
  LeftBracket?: IToken[];
  names?: NamesCstNode[];
  RightBracket?: IToken[];
};

export interface WithTailCstNode extends CstNode {
  name: 'withTail';
  children: WithTailCstChildren;
}

export type WithTailCstChildren = {
  Word_with: IToken[];
  path: PathCstNode[];
  Equals: IToken[];
  pipeline: PipelineCstNode[];
};

export interface PipelineCstNode extends CstNode {
  name: 'pipeline';
  children: PipelineCstChildren;
}

export type PipelineCstChildren = {
  range: RangeCstNode[];
  PipeInto?: IToken[];
  postfix?: PostfixCstNode[];
};

export interface RangeCstNode extends CstNode {
  name: 'range';
  children: RangeCstChildren;
}

export type RangeCstChildren = {
  DotDot?: IToken[];
  to?: OperatorsCstNode[];
  from?: OperatorsCstNode[];
  Word_by?: IToken[];
  by?: OperatorsCstNode[];
};

export interface OperatorsCstNode extends CstNode {
  name: 'operators';
  children: OperatorsCstChildren;
}

export type OperatorsCstChildren = {
  operand: OperandCstNode[];
  BinaryOperator?: IToken[];
  Word_in?: IToken[];
};

export interface OperandCstNode extends CstNode {
  name: 'operand';
  children: OperandCstChildren;
}

export type OperandCstChildren = {
  prefix?: IToken[];
  postfix: PostfixCstNode[];
};

export interface PostfixCstNode extends CstNode {
  name: 'postfix';
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  quantity?: QuantityCstNode[];
  Str?: IToken[];
  list?: ListCstNode[];
  map?: MapCstNode[];
  Word_from?: IToken[];
  postfix?: PostfixCstNode[];
  atom?: AtomCstNode[];
  suffix?: SuffixCstNode[];
};

export interface AtomCstNode extends CstNode {
  name: 'atom';
  children: AtomCstChildren;
}

export type AtomCstChildren = {
  LeftParenthesis?: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightParenthesis?: IToken[];
  Word?: IToken[];
};

export interface SuffixCstNode extends CstNode {
  name: 'suffix';
  children: SuffixCstChildren;
}

export type SuffixCstChildren = {
  Dot?: IToken[];
  AnyWord?: IToken[];
  args?: ArgsCstNode[];
  items?: ItemsCstNode[];
  Word_of?: IToken[];
  Word?: IToken[];
  Str?: IToken[];
  Word_on?: IToken[];
  Word_at?: IToken[];
  Equals?: IToken[];
  quantity?: QuantityCstNode[];
  pointValue?: IToken[];
};

export interface ListCstNode extends CstNode {
  name: 'list';
  children: ListCstChildren;
}

export type ListCstChildren = {
  items: ItemsCstNode[];
  Word_over?: IToken[];
  Word?: IToken[];
};

export interface QuantityCstNode extends CstNode {
  name: 'quantity';
  children: QuantityCstChildren;
}

export type QuantityCstChildren = {
  Num: IToken[];
  times?: IToken[];
  unit?: UnitCstNode[];
};

export interface UnitCstNode extends CstNode {
  name: 'unit';
  children: UnitCstChildren;
}

export type UnitCstChildren = {
  UnitWord?: IToken[];
  Name?: IToken[];
  Percent?: IToken[];
};

export interface ArgsCstNode extends CstNode {
  name: 'args';
  children: ArgsCstChildren;
}

export type ArgsCstChildren = {
  LeftParenthesis: IToken[];
  argument?: ArgumentCstNode[];
  Comma?: IToken[];
  RightParenthesis: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: 'argument';
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  AnyWord?: IToken[];
  Colon?: IToken[];
  expression: ExpressionCstNode[];
  Arrow?: IToken[];
  Word_for?: IToken[];
  Word?: IToken[];
  Word_in?: IToken[];
  each?: ExpressionCstNode[];
};

export interface ICstNodeVisitor<IN, OUT> extends ICstVisitor<IN, OUT> {
  program(children: ProgramCstChildren, param?: IN): OUT;
  statement(children: StatementCstChildren, param?: IN): OUT;
  editionStatement(children: EditionStatementCstChildren, param?: IN): OUT;
  experimentStatement(children: ExperimentStatementCstChildren, param?: IN): OUT;
  useStatement(children: UseStatementCstChildren, param?: IN): OUT;
  useItem(children: UseItemCstChildren, param?: IN): OUT;
  extendsStatement(children: ExtendsStatementCstChildren, param?: IN): OUT;
  removeStatement(children: RemoveStatementCstChildren, param?: IN): OUT;
  removal(children: RemovalCstChildren, param?: IN): OUT;
  setStatement(children: SetStatementCstChildren, param?: IN): OUT;
  definition(children: DefinitionCstChildren, param?: IN): OUT;
  constStatement(children: ConstStatementCstChildren, param?: IN): OUT;
  pipeStatement(children: PipeStatementCstChildren, param?: IN): OUT;
  tokenizerStatement(children: TokenizerStatementCstChildren, param?: IN): OUT;
  lossStatement(children: LossStatementCstChildren, param?: IN): OUT;
  weightStatement(children: WeightStatementCstChildren, param?: IN): OUT;
  metricStatement(children: MetricStatementCstChildren, param?: IN): OUT;
  figureStatement(children: FigureStatementCstChildren, param?: IN): OUT;
  minimizeStatement(children: MinimizeStatementCstChildren, param?: IN): OUT;
  maximizeStatement(children: MaximizeStatementCstChildren, param?: IN): OUT;
  seedsStatement(children: SeedsStatementCstChildren, param?: IN): OUT;
  expectStatement(children: ExpectStatementCstChildren, param?: IN): OUT;
  axisStatement(children: AxisStatementCstChildren, param?: IN): OUT;
  inputStatement(children: InputStatementCstChildren, param?: IN): OUT;
  dataStatement(children: DataStatementCstChildren, param?: IN): OUT;
  dataShape(children: DataShapeCstChildren, param?: IN): OUT;
  augmentStatement(children: AugmentStatementCstChildren, param?: IN): OUT;
  vocabularyStatement(children: VocabularyStatementCstChildren, param?: IN): OUT;
  promptStatement(children: PromptStatementCstChildren, param?: IN): OUT;
  flag(children: FlagCstChildren, param?: IN): OUT;
  stateStatement(children: StateStatementCstChildren, param?: IN): OUT;
  encoderStatement(children: EncoderStatementCstChildren, param?: IN): OUT;
  moduleInstance(children: ModuleInstanceCstChildren, param?: IN): OUT;
  paramStatement(children: ParamStatementCstChildren, param?: IN): OUT;
  initialiser(children: InitialiserCstChildren, param?: IN): OUT;
  settings(children: SettingsCstChildren, param?: IN): OUT;
  setting(children: SettingCstChildren, param?: IN): OUT;
  moduleStatement(children: ModuleStatementCstChildren, param?: IN): OUT;
  moduleItem(children: ModuleItemCstChildren, param?: IN): OUT;
  layerStatement(children: LayerStatementCstChildren, param?: IN): OUT;
  equation(children: EquationCstChildren, param?: IN): OUT;
  wrapStatement(children: WrapStatementCstChildren, param?: IN): OUT;
  fnStatement(children: FnStatementCstChildren, param?: IN): OUT;
  params(children: ParamsCstChildren, param?: IN): OUT;
  parameter(children: ParameterCstChildren, param?: IN): OUT;
  body(children: BodyCstChildren, param?: IN): OUT;
  letStatement(children: LetStatementCstChildren, param?: IN): OUT;
  onTargets(children: OnTargetsCstChildren, param?: IN): OUT;
  target(children: TargetCstChildren, param?: IN): OUT;
  trainStatement(children: TrainStatementCstChildren, param?: IN): OUT;
  stageStatement(children: StageStatementCstChildren, param?: IN): OUT;
  evaluateStatement(children: EvaluateStatementCstChildren, param?: IN): OUT;
  evaluateItem(children: EvaluateItemCstChildren, param?: IN): OUT;
  sweepStatement(children: SweepStatementCstChildren, param?: IN): OUT;
  ablateStatement(children: AblateStatementCstChildren, param?: IN): OUT;
  row(children: RowCstChildren, param?: IN): OUT;
  rowItem(children: RowItemCstChildren, param?: IN): OUT;
  assignment(children: AssignmentCstChildren, param?: IN): OUT;
  names(children: NamesCstChildren, param?: IN): OUT;
  pattern(children: PatternCstChildren, param?: IN): OUT;
  dotted(children: DottedCstChildren, param?: IN): OUT;
  path(children: PathCstChildren, param?: IN): OUT;
  pathStep(children: PathStepCstChildren, param?: IN): OUT;
  paths(children: PathsCstChildren, param?: IN): OUT;
  type(children: TypeCstChildren, param?: IN): OUT;
  items(children: ItemsCstChildren, param?: IN): OUT;
  map(children: MapCstChildren, param?: IN): OUT;
  field(children: FieldCstChildren, param?: IN): OUT;
  key(children: KeyCstChildren, param?: IN): OUT;
  value(children: ValueCstChildren, param?: IN): OUT;
  valueTail(children: ValueTailCstChildren, param?: IN): OUT;
  best(children: BestCstChildren, param?: IN): OUT;
  bestOf(children: BestOfCstChildren, param?: IN): OUT;
  expression(children: ExpressionCstChildren, param?: IN): OUT;
  expressionTail(children: ExpressionTailCstChildren, param?: IN): OUT;
  withTail(children: WithTailCstChildren, param?: IN): OUT;
  pipeline(children: PipelineCstChildren, param?: IN): OUT;
  range(children: RangeCstChildren, param?: IN): OUT;
  operators(children: OperatorsCstChildren, param?: IN): OUT;
  operand(children: OperandCstChildren, param?: IN): OUT;
  postfix(children: PostfixCstChildren, param?: IN): OUT;
  atom(children: AtomCstChildren, param?: IN): OUT;
  suffix(children: SuffixCstChildren, param?: IN): OUT;
  list(children: ListCstChildren, param?: IN): OUT;
  quantity(children: QuantityCstChildren, param?: IN): OUT;
  unit(children: UnitCstChildren, param?: IN): OUT;
  args(children: ArgsCstChildren, param?: IN): OUT;
  argument(children: ArgumentCstChildren, param?: IN): OUT;
}
