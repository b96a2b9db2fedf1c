/** The statements, one a file. */
import type { Construct } from './construct.ts';
import { ablate } from './statements/ablate.ts';
import { augment } from './statements/augment.ts';
import { axis } from './statements/axis.ts';
import { constStatement } from './statements/const.ts';
import { data } from './statements/data.ts';
import { encoder } from './statements/encoder.ts';
import { evaluate } from './statements/evaluate.ts';
import { expect } from './statements/expect.ts';
import { experiment } from './statements/experiment.ts';
import { extendsStatement } from './statements/extends.ts';
import { figure } from './statements/figure.ts';
import { fn } from './statements/fn.ts';
import { input } from './statements/input.ts';
import { layer } from './statements/layer.ts';
import { letStatement } from './statements/let.ts';
import { loss } from './statements/loss.ts';
import { maximize } from './statements/maximize.ts';
import { metric } from './statements/metric.ts';
import { minimize } from './statements/minimize.ts';
import { module } from './statements/module.ts';
import { param } from './statements/param.ts';
import { pipe } from './statements/pipe.ts';
import { prompt } from './statements/prompt.ts';
import { remove } from './statements/remove.ts';
import { seeds } from './statements/seeds.ts';
import { setStatement } from './statements/set.ts';
import { stage } from './statements/stage.ts';
import { sweep } from './statements/sweep.ts';
import { tokenizer } from './statements/tokenizer.ts';
import { train } from './statements/train.ts';
import { use } from './statements/use.ts';
import { vocabulary } from './statements/vocabulary.ts';
import { weight } from './statements/weight.ts';
import { wrap } from './statements/wrap.ts';

export const statements = {
  experiment,
  use,
  extends: extendsStatement,
  remove,
  set: setStatement,
  const: constStatement,
  axis,
  input,
  data,
  augment,
  pipe,
  vocabulary,
  tokenizer,
  prompt,
  encoder,
  module,
  param,
  layer,
  wrap,
  fn,
  let: letStatement,
  loss,
  weight,
  minimize,
  maximize,
  train,
  stage,
  evaluate,
  metric,
  figure,
  ablate,
  sweep,
  seeds,
  expect,
} as const satisfies Readonly<Record<string, Construct>>;
