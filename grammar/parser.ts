/**
 * The grammar of clipx, edition 1. Above each rule stands its EBNF: { } repeats, [ ] is optional, ( | ) a choice, «…» a
 * look-ahead gate that settles two readings. Blanks, line breaks and comments carry no meaning. Rules only recognise;
 * operators are recognised flat and folded by precedence when the tree is built (`src/compiler/parse`).
 */
import { CstParser, EMPTY_ALT, tokenMatcher, type IParserErrorMessageProvider, type TokenType } from 'chevrotain';
import * as t from './tokens.ts';

/** What an error of the parser says: the rule's expectation as token type names; the wording is made elsewhere. */
export interface Expectation {
  readonly kind: 'token' | 'alternative' | 'repetition' | 'end';
  /** Names of the token types that could stand here, most specific first. */
  readonly expected: readonly string[];
  readonly rule: string;
}

function firstTokens(paths: readonly (readonly TokenType[])[]): string[] {
  return [...new Set(paths.flatMap((path) => path[0]?.name ?? []))];
}

/** Chevrotain wants a string for a message; ours is an `Expectation` in JSON. */
const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => encode('token', [expected.name], ruleName),
  buildNotAllInputParsedMessage: ({ ruleName }) => encode('end', [], ruleName),
  buildNoViableAltMessage: ({ expectedPathsPerAlt, ruleName }) =>
    encode('alternative', firstTokens(expectedPathsPerAlt.flat()), ruleName),
  buildEarlyExitMessage: ({ expectedIterationPaths, ruleName }) =>
    encode('repetition', firstTokens(expectedIterationPaths), ruleName),
};

function encode(kind: Expectation['kind'], expected: readonly string[], rule: string): string {
  return JSON.stringify({ kind, expected, rule } satisfies Expectation);
}

export class ClipxParser extends CstParser {
  constructor(skipValidations = true) {
    super(t.parserTokens, {
      maxLookahead: 3,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: expectations,
      skipValidations,
    });
    this.performSelfAnalysis();
  }

  // ── look-ahead ─────────────────────────────────────────────────────

  private isAt(distance: number, ...types: readonly TokenType[]): boolean {
    const token = this.LA(distance);
    return types.some((type) => tokenMatcher(token, type));
  }

  /** A word of the language, unless it is the key of the next field: `in deg` against `in: 3`. */
  private isNoKey(): boolean {
    return !this.isAt(2, t.Colon, t.Equals);
  }

  // ── program ────────────────────────────────────────────────────────

  /** program = { statement } */
  readonly program = this.RULE('program', () => {
    this.MANY(() => this.SUBRULE(this.statement));
  });

  /**
   * statement = edition | experiment | use | extends | remove | set | const | axis | input | data | augment | pipe | vocabulary
   *   | tokenizer | prompt | state | encoder | param | module | wrap | fn | let | loss | weight | minimize | maximize | train
   *   | stage | evaluate | metric | figure | sweep | ablate | seeds | expect
   */
  readonly statement = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.editionStatement) },
      { ALT: () => this.SUBRULE(this.experimentStatement) },
      { ALT: () => this.SUBRULE(this.useStatement) },
      { ALT: () => this.SUBRULE(this.extendsStatement) },
      { ALT: () => this.SUBRULE(this.removeStatement) },
      { ALT: () => this.SUBRULE(this.setStatement) },
      { ALT: () => this.SUBRULE(this.constStatement) },
      { ALT: () => this.SUBRULE(this.axisStatement) },
      { ALT: () => this.SUBRULE(this.inputStatement) },
      { ALT: () => this.SUBRULE(this.dataStatement) },
      { ALT: () => this.SUBRULE(this.augmentStatement) },
      { ALT: () => this.SUBRULE(this.pipeStatement) },
      { ALT: () => this.SUBRULE(this.vocabularyStatement) },
      { ALT: () => this.SUBRULE(this.tokenizerStatement) },
      { ALT: () => this.SUBRULE(this.promptStatement) },
      { ALT: () => this.SUBRULE(this.stateStatement) },
      { ALT: () => this.SUBRULE(this.encoderStatement) },
      { ALT: () => this.SUBRULE(this.paramStatement) },
      { ALT: () => this.SUBRULE(this.moduleStatement) },
      { ALT: () => this.SUBRULE(this.wrapStatement) },
      { ALT: () => this.SUBRULE(this.fnStatement) },
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.lossStatement) },
      { ALT: () => this.SUBRULE(this.weightStatement) },
      { ALT: () => this.SUBRULE(this.minimizeStatement) },
      { ALT: () => this.SUBRULE(this.maximizeStatement) },
      { ALT: () => this.SUBRULE(this.trainStatement) },
      { ALT: () => this.SUBRULE(this.stageStatement) },
      { ALT: () => this.SUBRULE(this.evaluateStatement) },
      { ALT: () => this.SUBRULE(this.metricStatement) },
      { ALT: () => this.SUBRULE(this.figureStatement) },
      { ALT: () => this.SUBRULE(this.sweepStatement) },
      { ALT: () => this.SUBRULE(this.ablateStatement) },
      { ALT: () => this.SUBRULE(this.seedsStatement) },
      { ALT: () => this.SUBRULE(this.expectStatement) },
    ]);
  });

  // ── file statements ────────────────────────────────────────────────

  /** edition = 'clipx' Num */
  readonly editionStatement = this.RULE('editionStatement', () => {
    this.CONSUME(t.Clipx);
    this.CONSUME(t.Num);
  });

  /** experiment = 'experiment' Word [ Str ] */
  readonly experimentStatement = this.RULE('experimentStatement', () => {
    this.CONSUME(t.Experiment);
    this.CONSUME(t.Word);
    this.OPTION(() => this.CONSUME(t.Str));
  });

  /** use = 'use' Str '{' { useItem [ ',' ] } '}' */
  readonly useStatement = this.RULE('useStatement', () => {
    this.CONSUME(t.Use);
    this.CONSUME(t.Str);
    this.CONSUME(t.LeftBrace);
    this.MANY(() => {
      this.SUBRULE(this.useItem);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightBrace);
  });

  /** useItem = Word [ 'as' Word ] */
  readonly useItem = this.RULE('useItem', () => {
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Word, { LABEL: 'alias' });
    });
  });

  /** extends = 'extends' Str */
  readonly extendsStatement = this.RULE('extendsStatement', () => {
    this.CONSUME(t.Extends);
    this.CONSUME(t.Str);
  });

  /** remove = 'remove' removal { ',' removal } */
  readonly removeStatement = this.RULE('removeStatement', () => {
    this.CONSUME(t.Remove);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.removal) });
  });

  /** removal = AnyWord { pathStep }   «a keyword names the statement that has no name: `remove minimize, evaluate`» */
  readonly removal = this.RULE('removal', () => {
    this.CONSUME(t.AnyWord);
    this.MANY(() => this.SUBRULE(this.pathStep));
  });

  /** set = 'set' assignment */
  readonly setStatement = this.RULE('setStatement', () => {
    this.CONSUME(t.SetWord);
    this.SUBRULE(this.assignment);
  });

  // ── declarations of one value ──────────────────────────────────────

  /** definition = Word '=' expression */
  readonly definition = this.RULE('definition', () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  /** const = 'const' definition */
  readonly constStatement = this.RULE('constStatement', () => {
    this.CONSUME(t.Const);
    this.SUBRULE(this.definition);
  });

  /** pipe = 'pipe' definition */
  readonly pipeStatement = this.RULE('pipeStatement', () => {
    this.CONSUME(t.Pipe);
    this.SUBRULE(this.definition);
  });

  /** tokenizer = 'tokenizer' definition */
  readonly tokenizerStatement = this.RULE('tokenizerStatement', () => {
    this.CONSUME(t.Tokenizer);
    this.SUBRULE(this.definition);
  });

  /** loss = 'loss' definition */
  readonly lossStatement = this.RULE('lossStatement', () => {
    this.CONSUME(t.Loss);
    this.SUBRULE(this.definition);
  });

  /** weight = 'weight' definition */
  readonly weightStatement = this.RULE('weightStatement', () => {
    this.CONSUME(t.Weight);
    this.SUBRULE(this.definition);
  });

  /** metric = 'metric' definition */
  readonly metricStatement = this.RULE('metricStatement', () => {
    this.CONSUME(t.Metric);
    this.SUBRULE(this.definition);
  });

  /** figure = 'figure' definition */
  readonly figureStatement = this.RULE('figureStatement', () => {
    this.CONSUME(t.Figure);
    this.SUBRULE(this.definition);
  });

  /** minimize = 'minimize' expression */
  readonly minimizeStatement = this.RULE('minimizeStatement', () => {
    this.CONSUME(t.Minimize);
    this.SUBRULE(this.expression);
  });

  /** maximize = 'maximize' expression */
  readonly maximizeStatement = this.RULE('maximizeStatement', () => {
    this.CONSUME(t.Maximize);
    this.SUBRULE(this.expression);
  });

  /** seeds = 'seeds' expression */
  readonly seedsStatement = this.RULE('seedsStatement', () => {
    this.CONSUME(t.Seeds);
    this.SUBRULE(this.expression);
  });

  /** expect = 'expect' expression [ 'within' expression ] */
  readonly expectStatement = this.RULE('expectStatement', () => {
    this.CONSUME(t.Expect);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.Within);
      this.SUBRULE2(this.expression, { LABEL: 'tolerance' });
    });
  });

  // ── axes, inputs, data, words ──────────────────────────────────────

  /** axis = 'axis' Word [ ':' Word ] [ '=' expression ] */
  readonly axisStatement = this.RULE('axisStatement', () => {
    this.CONSUME(t.Axis);
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.CONSUME2(t.Word, { LABEL: 'axisKind' });
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  /** input = 'input' Word ':' [ 'optional' ] Word [ args ] [ 'in' unit ] [ 'each' Word [ args ] ]   «`optional` only before a Word» */
  readonly inputStatement = this.RULE('inputStatement', () => {
    this.CONSUME(t.Input);
    this.CONSUME(t.Word);
    this.CONSUME(t.Colon);
    this.OPTION({ GATE: () => this.isAt(2, t.Word), DEF: () => this.CONSUME(t.Optional) });
    this.CONSUME2(t.Word, { LABEL: 'type' });
    this.OPTION2(() => this.SUBRULE(this.args));
    this.OPTION3(() => {
      this.CONSUME(t.In);
      this.SUBRULE(this.unit);
    });
    this.OPTION4(() => {
      this.CONSUME(t.Each);
      this.CONSUME3(t.Word, { LABEL: 'each' });
      this.OPTION5(() => this.SUBRULE2(this.args, { LABEL: 'eachArgs' }));
    });
  });

  /** data = 'data' names '=' postfix { map | 'like' Word } { '|>' postfix } { withTail } */
  readonly dataStatement = this.RULE('dataStatement', () => {
    this.CONSUME(t.Data);
    this.SUBRULE(this.names);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.postfix, { LABEL: 'source' });
    this.MANY(() => this.SUBRULE(this.dataShape));
    this.MANY2(() => {
      this.CONSUME(t.PipeInto);
      this.SUBRULE2(this.postfix, { LABEL: 'step' });
    });
    this.MANY3(() => this.SUBRULE(this.withTail));
  });

  /** dataShape = map | 'like' Word */
  readonly dataShape = this.RULE('dataShape', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.map) },
      {
        ALT: () => {
          this.CONSUME(t.Like);
          this.CONSUME(t.Word);
        },
      },
    ]);
  });

  /** augment = 'augment' [ items ] pattern '=' expression */
  readonly augmentStatement = this.RULE('augmentStatement', () => {
    this.CONSUME(t.Augment);
    this.OPTION(() => this.SUBRULE(this.items));
    this.SUBRULE(this.pattern);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  /** vocabulary = 'vocabulary' Word ( map | ( '=' | 'from' ) expression [ map ] ) */
  readonly vocabularyStatement = this.RULE('vocabularyStatement', () => {
    this.CONSUME(t.Vocabulary);
    this.CONSUME(t.Word);
    this.OR([
      { ALT: () => this.SUBRULE(this.map) },
      {
        ALT: () => {
          this.OR2([{ ALT: () => this.CONSUME(t.Equals) }, { ALT: () => this.CONSUME(t.From) }]);
          this.SUBRULE(this.expression);
          this.OPTION(() => this.SUBRULE2(this.map));
        },
      },
    ]);
  });

  /** prompt = 'prompt' Word [ params ] [ 'over' names ] '=' expression */
  readonly promptStatement = this.RULE('promptStatement', () => {
    this.CONSUME(t.Prompt);
    this.CONSUME(t.Word);
    this.OPTION(() => this.SUBRULE(this.params));
    this.OPTION2(() => {
      this.CONSUME(t.Over);
      this.SUBRULE(this.names);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  // ── encoders, modules, parameters ──────────────────────────────────

  /** flag = 'frozen' | 'trainable' */
  readonly flag = this.RULE('flag', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Frozen) }, { ALT: () => this.CONSUME(t.Trainable) }]);
  });

  /**
   * state = flag ( encoder | module | param | paths [ map ] )
   *   «`encoder`, `module`, `param` before a Word is the declaration, else a path»
   */
  readonly stateStatement = this.RULE('stateStatement', () => {
    this.SUBRULE(this.flag);
    this.OR([
      { GATE: () => this.isAt(2, t.Word), ALT: () => this.SUBRULE(this.encoderStatement), IGNORE_AMBIGUITIES: true },
      { GATE: () => this.isAt(2, t.Word), ALT: () => this.SUBRULE(this.moduleInstance), IGNORE_AMBIGUITIES: true },
      { GATE: () => this.isAt(2, t.Word), ALT: () => this.SUBRULE(this.paramStatement), IGNORE_AMBIGUITIES: true },
      {
        ALT: () => {
          this.SUBRULE(this.paths);
          this.OPTION(() => this.SUBRULE(this.map));
        },
      },
    ]);
  });

  /** encoder = 'encoder' Word '=' initialiser */
  readonly encoderStatement = this.RULE('encoderStatement', () => {
    this.CONSUME(t.Encoder);
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.initialiser);
  });

  /** moduleInstance = 'module' Word '=' initialiser */
  readonly moduleInstance = this.RULE('moduleInstance', () => {
    this.CONSUME(t.Module);
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.initialiser);
  });

  /** param = 'param' Word [ ':' type ] '=' initialiser */
  readonly paramStatement = this.RULE('paramStatement', () => {
    this.CONSUME(t.Param);
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.initialiser);
  });

  /** initialiser = expression [ 'from' postfix ] [ settings ] */
  readonly initialiser = this.RULE('initialiser', () => {
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.From);
      this.SUBRULE(this.postfix);
    });
    this.OPTION2(() => this.SUBRULE(this.settings));
  });

  /** settings = '{' { setting } '}' */
  readonly settings = this.RULE('settings', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.setting));
    this.CONSUME(t.RightBrace);
  });

  /** setting = flag paths [ map ] [ ',' ] | wrap | path ( map | ':' value ) [ ',' ] */
  readonly setting = this.RULE('setting', () => {
    this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.flag);
          this.SUBRULE(this.paths);
          this.OPTION(() => this.SUBRULE(this.map));
        },
      },
      { ALT: () => this.SUBRULE(this.wrapStatement) },
      {
        ALT: () => {
          this.SUBRULE(this.path);
          this.OR2([
            { ALT: () => this.SUBRULE2(this.map) },
            {
              ALT: () => {
                this.CONSUME(t.Colon);
                this.SUBRULE(this.value);
              },
            },
          ]);
          this.OPTION2(() => this.CONSUME(t.Comma));
        },
      },
    ]);
  });

  /** module = 'module' Word ( params '{' { moduleItem } '}' | '=' initialiser ) */
  readonly moduleStatement = this.RULE('moduleStatement', () => {
    this.CONSUME(t.Module);
    this.CONSUME(t.Word);
    this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.params);
          this.CONSUME(t.LeftBrace);
          this.MANY(() => this.SUBRULE(this.moduleItem));
          this.CONSUME(t.RightBrace);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Equals);
          this.SUBRULE(this.initialiser);
        },
      },
    ]);
  });

  /** moduleItem = layer | param | axis | let | fn | const | equation */
  readonly moduleItem = this.RULE('moduleItem', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.layerStatement) },
      { ALT: () => this.SUBRULE(this.paramStatement) },
      { ALT: () => this.SUBRULE(this.axisStatement) },
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.fnStatement) },
      { ALT: () => this.SUBRULE(this.constStatement) },
      { ALT: () => this.SUBRULE(this.equation) },
    ]);
  });

  /** layer = 'layer' Word '=' initialiser */
  readonly layerStatement = this.RULE('layerStatement', () => {
    this.CONSUME(t.Layer);
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.initialiser);
  });

  /** equation = Word params body */
  readonly equation = this.RULE('equation', () => {
    this.CONSUME(t.Word);
    this.SUBRULE(this.params);
    this.SUBRULE(this.body);
  });

  /** wrap = 'wrap' path params body */
  readonly wrapStatement = this.RULE('wrapStatement', () => {
    this.CONSUME(t.Wrap);
    this.SUBRULE(this.path);
    this.SUBRULE(this.params);
    this.SUBRULE(this.body);
  });

  // ── functions and equations ────────────────────────────────────────

  /** fn = 'fn' Word params body */
  readonly fnStatement = this.RULE('fnStatement', () => {
    this.CONSUME(t.Fn);
    this.CONSUME(t.Word);
    this.SUBRULE(this.params);
    this.SUBRULE(this.body);
  });

  /** params = '(' [ parameter { ',' parameter } [ ',' ] ] ')' */
  readonly params = this.RULE('params', () => {
    this.CONSUME(t.LeftParenthesis);
    this.OPTION(() => {
      this.SUBRULE(this.parameter);
      this.MANY({
        GATE: () => !this.isAt(2, t.RightParenthesis),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.SUBRULE2(this.parameter);
        },
      });
      this.OPTION2(() => this.CONSUME2(t.Comma));
    });
    this.CONSUME(t.RightParenthesis);
  });

  /** parameter = Word [ ':' type ] [ '=' expression ] */
  readonly parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  /** body = '=' expression | '{' { let } 'return' expression '}' */
  readonly body = this.RULE('body', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Equals);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftBrace);
          this.MANY(() => this.SUBRULE(this.letStatement));
          this.CONSUME(t.Return);
          this.SUBRULE2(this.expression);
          this.CONSUME(t.RightBrace);
        },
      },
    ]);
  });

  /** let = 'let' pattern [ ':' type ] '=' expression */
  readonly letStatement = this.RULE('letStatement', () => {
    this.CONSUME(t.Let);
    this.SUBRULE(this.pattern);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  // ── training, evaluation, variants ─────────────────────────────────

  /** on = 'on' [ 'each' ] target { ',' target }   «`each` only before a Word» */
  readonly onTargets = this.RULE('onTargets', () => {
    this.CONSUME(t.On);
    this.OPTION({ GATE: () => this.isAt(2, t.Word), DEF: () => this.CONSUME(t.Each) });
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.target) });
  });

  /** target = [ Word ':' ] dotted [ 'over' path ] */
  readonly target = this.RULE('target', () => {
    this.OPTION(() => {
      this.CONSUME(t.Word);
      this.CONSUME(t.Colon);
    });
    this.SUBRULE(this.dotted);
    this.OPTION2(() => {
      this.CONSUME(t.Over);
      this.SUBRULE(this.path);
    });
  });

  /** train = 'train' [ on ] map */
  readonly trainStatement = this.RULE('trainStatement', () => {
    this.CONSUME(t.Train);
    this.OPTION(() => this.SUBRULE(this.onTargets));
    this.SUBRULE(this.map);
  });

  /** stage = 'stage' Word [ 'after' names ] '{' { statement } '}' */
  readonly stageStatement = this.RULE('stageStatement', () => {
    this.CONSUME(t.Stage);
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.After);
      this.SUBRULE(this.names);
    });
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(t.RightBrace);
  });

  /** evaluate = 'evaluate' [ Word ] [ on ] '{' { evaluateItem } '}'   «the name is not `on`, unless `on on`» */
  readonly evaluateStatement = this.RULE('evaluateStatement', () => {
    this.CONSUME(t.Evaluate);
    this.OPTION({ GATE: () => !this.isAt(1, t.On) || this.isAt(2, t.On), DEF: () => this.CONSUME(t.Word) });
    this.OPTION2(() => this.SUBRULE(this.onTargets));
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.evaluateItem));
    this.CONSUME(t.RightBrace);
  });

  /** evaluateItem = metric | let | fn | field [ ',' ] */
  readonly evaluateItem = this.RULE('evaluateItem', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.metricStatement) },
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.fnStatement) },
      {
        ALT: () => {
          this.SUBRULE(this.field);
          this.OPTION(() => this.CONSUME(t.Comma));
        },
      },
    ]);
  });

  /** sweep = 'sweep' [ Word ] map [ 'keep' best ] */
  readonly sweepStatement = this.RULE('sweepStatement', () => {
    this.CONSUME(t.Sweep);
    this.OPTION(() => this.CONSUME(t.Word));
    this.SUBRULE(this.map);
    this.OPTION2(() => {
      this.CONSUME(t.Keep);
      this.SUBRULE(this.best);
    });
  });

  /** ablate = 'ablate' Word '{' { row } '}' */
  readonly ablateStatement = this.RULE('ablateStatement', () => {
    this.CONSUME(t.Ablate);
    this.CONSUME(t.Word);
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.row));
    this.CONSUME(t.RightBrace);
  });

  /** row = Str ':' ( '{' { rowItem } '}' | assignment { ',' assignment } ) [ ',' ] */
  readonly row = this.RULE('row', () => {
    this.CONSUME(t.Str);
    this.CONSUME(t.Colon);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LeftBrace);
          this.MANY(() => this.SUBRULE(this.rowItem));
          this.CONSUME(t.RightBrace);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.assignment);
          this.MANY2({
            GATE: () => this.isAt(2, t.Word),
            DEF: () => {
              this.CONSUME(t.Comma);
              this.SUBRULE2(this.assignment);
            },
          });
        },
      },
    ]);
    this.OPTION(() => this.CONSUME2(t.Comma));
  });

  /** rowItem = assignment [ ',' ] | statement */
  readonly rowItem = this.RULE('rowItem', () => {
    this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.assignment);
          this.OPTION(() => this.CONSUME(t.Comma));
        },
      },
      { ALT: () => this.SUBRULE(this.statement) },
    ]);
  });

  // ── names, paths, types ────────────────────────────────────────────

  /** assignment = path '=' expression */
  readonly assignment = this.RULE('assignment', () => {
    this.SUBRULE(this.path);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  /** names = Word { ',' Word } */
  readonly names = this.RULE('names', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Word) });
  });

  /** pattern = names | '(' names ')' */
  readonly pattern = this.RULE('pattern', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.names) },
      {
        ALT: () => {
          this.CONSUME(t.LeftParenthesis);
          this.SUBRULE2(this.names);
          this.CONSUME(t.RightParenthesis);
        },
      },
    ]);
  });

  /** dotted = Word { '.' AnyWord } */
  readonly dotted = this.RULE('dotted', () => {
    this.CONSUME(t.Word);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME(t.AnyWord, { LABEL: 'member' });
    });
  });

  /** path = Word { pathStep } */
  readonly path = this.RULE('path', () => {
    this.CONSUME(t.Word);
    this.MANY(() => this.SUBRULE(this.pathStep));
  });

  /** pathStep = '.' AnyWord | items */
  readonly pathStep = this.RULE('pathStep', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.AnyWord);
        },
      },
      { ALT: () => this.SUBRULE(this.items) },
    ]);
  });

  /** paths = path { ',' path } */
  readonly paths = this.RULE('paths', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.path) });
  });

  /** type = items | Word [ items ] */
  readonly type = this.RULE('type', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.items) },
      {
        ALT: () => {
          this.CONSUME(t.Word);
          this.OPTION(() => this.SUBRULE2(this.items));
        },
      },
    ]);
  });

  /** items = '[' [ argument { ',' argument } [ ',' ] ] ']' */
  readonly items = this.RULE('items', () => {
    this.CONSUME(t.LeftBracket);
    this.OPTION(() => {
      this.SUBRULE(this.argument);
      this.MANY({
        GATE: () => !this.isAt(2, t.RightBracket),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.SUBRULE2(this.argument);
        },
      });
      this.OPTION2(() => this.CONSUME2(t.Comma));
    });
    this.CONSUME(t.RightBracket);
  });

  // ── fields ─────────────────────────────────────────────────────────

  /** map = '{' { field [ ',' ] } '}' */
  readonly map = this.RULE('map', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => {
      this.SUBRULE(this.field);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightBrace);
  });

  /** field = key ':' value */
  readonly field = this.RULE('field', () => {
    this.SUBRULE(this.key);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.value);
  });

  /** key = Str | Word '(' paths ')' | AnyWord { '.' AnyWord } */
  readonly key = this.RULE('key', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Str) },
      {
        ALT: () => {
          this.CONSUME(t.Word);
          this.CONSUME(t.LeftParenthesis);
          this.SUBRULE(this.paths);
          this.CONSUME(t.RightParenthesis);
        },
      },
      { ALT: () => this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => this.CONSUME(t.AnyWord) }) },
    ]);
  });

  /**
   * value = best | 'first' quantity | 'unfold' Str | expression [ 'keep' Word | 'of' Word | 'unknown' quantity ]
   *   «best: a Word that is no key comes second; first: a Num second; unfold: a Str second; `of` after a bare Num»
   */
  readonly value = this.RULE('value', () => {
    this.OR([
      {
        GATE: () => this.isAt(2, t.Word) && !this.isAt(3, t.Colon),
        ALT: () => this.SUBRULE(this.best),
        IGNORE_AMBIGUITIES: true,
      },
      {
        GATE: () => this.isAt(2, t.Num),
        ALT: () => {
          this.CONSUME(t.First);
          this.SUBRULE(this.quantity);
        },
        IGNORE_AMBIGUITIES: true,
      },
      {
        GATE: () => this.isAt(2, t.Str),
        ALT: () => {
          this.CONSUME(t.Unfold);
          this.CONSUME(t.Str);
        },
        IGNORE_AMBIGUITIES: true,
      },
      {
        ALT: () => {
          this.SUBRULE(this.expression);
          this.OPTION({
            GATE: () => this.isNoKey() && (!this.isAt(1, t.Of) || this.isAt(0, t.Num)),
            DEF: () => this.SUBRULE(this.valueTail),
          });
        },
      },
    ]);
  });

  /** valueTail = 'keep' Word | 'of' Word | 'unknown' quantity */
  readonly valueTail = this.RULE('valueTail', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Keep);
          this.CONSUME(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Of);
          this.CONSUME2(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Unknown);
          this.SUBRULE(this.quantity);
        },
      },
    ]);
  });

  /** best = ( 'max' | 'min' ) ( '(' bestOf ')' | bestOf ) */
  readonly best = this.RULE('best', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Max) }, { ALT: () => this.CONSUME(t.Min) }]);
    this.OR2([
      {
        ALT: () => {
          this.CONSUME(t.LeftParenthesis);
          this.SUBRULE(this.bestOf);
          this.CONSUME(t.RightParenthesis);
        },
      },
      { ALT: () => this.SUBRULE2(this.bestOf) },
    ]);
  });

  /** bestOf = dotted [ 'on' Word ]   «`on` only where it is no key» */
  readonly bestOf = this.RULE('bestOf', () => {
    this.SUBRULE(this.dotted);
    this.OPTION({
      GATE: () => this.isNoKey(),
      DEF: () => {
        this.CONSUME(t.On);
        this.CONSUME(t.Word);
      },
    });
  });

  // ── expressions, loosest first ─────────────────────────────────────

  /** expression = pipeline { expressionTail } { withTail }   «`in`, `as`, `with` only where they are no key; `in` `[` belongs to operators» */
  readonly expression = this.RULE('expression', () => {
    this.SUBRULE(this.pipeline);
    this.MANY({ GATE: () => this.isNoKey() && !this.isMembership(), DEF: () => this.SUBRULE(this.expressionTail) });
    this.MANY2({ GATE: () => this.isNoKey(), DEF: () => this.SUBRULE(this.withTail) });
  });

  /** expressionTail = 'in' unit | 'as' ( dotted | '[' names ']' ) */
  readonly expressionTail = this.RULE('expressionTail', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.In);
          this.SUBRULE(this.unit);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.As);
          this.OR2([
            { ALT: () => this.SUBRULE(this.dotted) },
            {
              ALT: () => {
                this.CONSUME(t.LeftBracket);
                this.SUBRULE(this.names);
                this.CONSUME(t.RightBracket);
              },
            },
          ]);
        },
      },
    ]);
  });

  /** withTail = 'with' path '=' pipeline */
  readonly withTail = this.RULE('withTail', () => {
    this.CONSUME(t.With);
    this.SUBRULE(this.path);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.pipeline);
  });

  /** pipeline = range { '|>' postfix } */
  readonly pipeline = this.RULE('pipeline', () => {
    this.SUBRULE(this.range);
    this.MANY(() => {
      this.CONSUME(t.PipeInto);
      this.SUBRULE(this.postfix);
    });
  });

  /**
   * range = '..' operators | operators [ '..' [ operators [ 'by' operators ] ] ]
   *   «after `..` nothing exactly before `]` `)` `,` `}` `as`; `by` only where it is no key»
   */
  readonly range = this.RULE('range', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.DotDot);
          this.SUBRULE(this.operators, { LABEL: 'to' });
        },
      },
      {
        ALT: () => {
          this.SUBRULE2(this.operators, { LABEL: 'from' });
          this.OPTION(() => {
            this.CONSUME2(t.DotDot);
            this.OR2([
              {
                GATE: () => !this.endsRange(),
                ALT: () => {
                  this.SUBRULE3(this.operators, { LABEL: 'to' });
                  this.OPTION2({
                    GATE: () => this.isNoKey(),
                    DEF: () => {
                      this.CONSUME(t.By);
                      this.SUBRULE4(this.operators, { LABEL: 'by' });
                    },
                  });
                },
              },
              { GATE: () => this.endsRange(), ALT: EMPTY_ALT() },
            ]);
          });
        },
      },
    ]);
  });

  private endsRange(): boolean {
    return this.isAt(1, t.RightBracket, t.RightParenthesis, t.Comma, t.RightBrace, t.As);
  }

  /** operators = operand { BinaryOperator operand | 'in' list }   «`and`, `or` only where they are no key; `in` only before `[`» */
  readonly operators = this.RULE('operators', () => {
    this.SUBRULE(this.operand);
    this.MANY({
      GATE: () => !this.isAt(1, t.AnyWord) || (this.isNoKey() && (!this.isAt(1, t.In) || this.isMembership())),
      DEF: () => {
        this.OR([{ ALT: () => this.CONSUME(t.BinaryOperator) }, { ALT: () => this.CONSUME(t.In) }]);
        this.SUBRULE2(this.operand);
      },
    });
  });

  /** `style in ["noto", "twemoji"]`, where `yaw in deg` names a unit. */
  private isMembership(): boolean {
    return this.isAt(1, t.In) && this.isAt(2, t.LeftBracket);
  }

  /** operand = { '-' | 'not' } postfix */
  readonly operand = this.RULE('operand', () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Minus, { LABEL: 'prefix' }) },
        { ALT: () => this.CONSUME(t.Not, { LABEL: 'prefix' }) },
      ]);
    });
    this.SUBRULE(this.postfix);
  });

  /** postfix = quantity | Str | list | map | 'from' postfix | atom { suffix }   «`of`, `on`, `at` only where they are no key» */
  readonly postfix = this.RULE('postfix', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.quantity) },
      { ALT: () => this.CONSUME(t.Str) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.map) },
      {
        ALT: () => {
          this.CONSUME(t.From);
          this.SUBRULE(this.postfix);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.atom);
          this.MANY({
            GATE: () => !this.isAt(1, t.AnyWord) || this.isNoKey(),
            DEF: () => this.SUBRULE(this.suffix),
          });
        },
      },
    ]);
  });

  /** atom = '(' expression { ',' expression } [ ',' ] ')' | Word   «for messages: noun Word '=' starts a statement» */
  readonly atom = this.RULE('atom', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LeftParenthesis);
          this.SUBRULE(this.expression);
          this.MANY({
            GATE: () => !this.isAt(2, t.RightParenthesis),
            DEF: () => {
              this.CONSUME(t.Comma);
              this.SUBRULE2(this.expression);
            },
          });
          this.OPTION(() => this.CONSUME2(t.Comma));
          this.CONSUME(t.RightParenthesis);
        },
      },
      {
        GATE: () => !(t.nounTypes.has(this.LA(1).image) && this.isAt(2, t.Word) && this.isAt(3, t.Equals)),
        ALT: () => this.CONSUME(t.Word),
      },
    ]);
  });

  /** suffix = '.' AnyWord | args | items | 'of' ( Word | Str ) | 'on' Word | 'at' Word [ '=' ( quantity | Str | Word ) ] */
  readonly suffix = this.RULE('suffix', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.AnyWord);
        },
      },
      { ALT: () => this.SUBRULE(this.args) },
      { ALT: () => this.SUBRULE(this.items) },
      {
        ALT: () => {
          this.CONSUME(t.Of);
          this.OR2([{ ALT: () => this.CONSUME(t.Word) }, { ALT: () => this.CONSUME(t.Str) }]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.On);
          this.CONSUME2(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.At);
          this.CONSUME3(t.Word);
          this.OPTION(() => {
            this.CONSUME(t.Equals);
            this.OR3([
              { ALT: () => this.SUBRULE(this.quantity) },
              { ALT: () => this.CONSUME2(t.Str, { LABEL: 'pointValue' }) },
              { ALT: () => this.CONSUME4(t.Word, { LABEL: 'pointValue' }) },
            ]);
          });
        },
      },
    ]);
  });

  /** list = items [ 'over' Word ]   «`over` only where it is no key» */
  readonly list = this.RULE('list', () => {
    this.SUBRULE(this.items);
    this.OPTION({
      GATE: () => this.isNoKey(),
      DEF: () => {
        this.CONSUME(t.Over);
        this.CONSUME(t.Word);
      },
    });
  });

  /**
   * quantity = Num [ 'x' Num | unit ]
   *   «`%` always; a unit word unless `:` `=` `(` `[` `.` follows; any other Name only where it touches the number»
   */
  readonly quantity = this.RULE('quantity', () => {
    this.CONSUME(t.Num);
    this.OPTION({
      GATE: () => this.isExtent() || this.isUnit(),
      DEF: () => {
        this.OR([
          {
            GATE: () => this.isExtent(),
            ALT: () => {
              this.CONSUME(t.Name, { LABEL: 'times' });
              this.CONSUME2(t.Num);
            },
            IGNORE_AMBIGUITIES: true,
          },
          { ALT: () => this.SUBRULE(this.unit) },
        ]);
      },
    });
  });

  private isExtent(): boolean {
    return this.LA(1).image === 'x' && this.isAt(2, t.Num);
  }

  private isUnit(): boolean {
    if (this.isAt(1, t.Percent)) return true;
    if (this.isAt(2, t.Colon, t.Equals, t.LeftParenthesis, t.LeftBracket, t.Dot)) return false;
    return this.isAt(1, t.UnitWord) || this.touches();
  }

  /** Whether the next token begins where the last one ended. */
  private touches(): boolean {
    return this.LA(1).startOffset === (this.LA(0).endOffset ?? Number.NaN) + 1;
  }

  /** unit = UnitWord | Name | '%' */
  readonly unit = this.RULE('unit', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.UnitWord) },
      { ALT: () => this.CONSUME(t.Name) },
      { ALT: () => this.CONSUME(t.Percent) },
    ]);
  });

  /** args = '(' [ argument { ',' argument } [ ',' ] ] ')' */
  readonly args = this.RULE('args', () => {
    this.CONSUME(t.LeftParenthesis);
    this.OPTION(() => {
      this.SUBRULE(this.argument);
      this.MANY({
        GATE: () => !this.isAt(2, t.RightParenthesis),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.SUBRULE2(this.argument);
        },
      });
      this.OPTION2(() => this.CONSUME2(t.Comma));
    });
    this.CONSUME(t.RightParenthesis);
  });

  /** argument = [ AnyWord ':' ] expression { '->' expression } [ 'for' Word 'in' expression ]   «`for` only where it is no key» */
  readonly argument = this.RULE('argument', () => {
    this.OPTION(() => {
      this.CONSUME(t.AnyWord);
      this.CONSUME(t.Colon);
    });
    this.AT_LEAST_ONE_SEP({ SEP: t.Arrow, DEF: () => this.SUBRULE(this.expression) });
    this.OPTION2({
      GATE: () => this.isNoKey(),
      DEF: () => {
        this.CONSUME(t.For);
        this.CONSUME(t.Word);
        this.CONSUME(t.In);
        this.SUBRULE2(this.expression, { LABEL: 'each' });
      },
    });
  });
}

let parser: ClipxParser | undefined;

/** The one parser of the process, built when first asked for: its self-analysis costs about a tenth of a second. */
export function clipxParser(): ClipxParser {
  parser ??= new ClipxParser();
  return parser;
}
