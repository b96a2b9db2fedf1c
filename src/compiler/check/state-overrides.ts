import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Expression, MapExpression, Path, Settings } from '../syntax/ast.ts';
import { pixels } from '../types/catalogue/encoders/image-fields.ts';
import { partSettings } from '../types/catalogue/statements/part-settings.ts';
import type { Checker } from './checker.ts';
import { expandPath } from './expand-path.ts';
import { numberOf } from './parts/whole-number.ts';
import type { StateOverride } from './typed.ts';

type Fields = Omit<StateOverride, 'paths' | 'flag' | 'span'>;

const settingNames = Object.keys(partSettings) as readonly (keyof typeof partSettings)[]; // the names of the catalogue

/** Settings of an encoder that change what it computes, read where its sizes are. */
export const shapeSettings: readonly string[] = Object.keys(pixels);

/** Exceptions in the braces after an encoder, module or param. The path of what holds for all of it is empty. */
export function stateOverrides(checker: Checker, settings: Settings): readonly StateOverride[] {
  const overrides: StateOverride[] = [];
  for (const item of settings.items) {
    switch (item.kind) {
      case 'flag-setting':
        for (const path of item.paths) {
          const paths = expandPath(checker, path);
          if (paths !== undefined)
            overrides.push({
              paths,
              flag: item.flag,
              span: path.span,
              ...(item.fields === undefined ? {} : stateFields(checker, item.fields)),
            });
        }
        break;
      case 'path-setting': {
        const paths = expandPath(checker, item.path);
        if (paths !== undefined) overrides.push({ paths, span: item.path.span, ...stateFields(checker, item.fields) });
        break;
      }
      case 'value-setting': {
        const override = valueSetting(checker, item.path, item.value);
        if (override !== undefined) overrides.push(override);
        break;
      }
      case 'wrap':
        // read where the encoder is made
        break;
    }
  }
  return overrides;
}

/** `lr: 1e-7`, `image.statistics: fixed`: the last name is the setting, the path before it what it holds for. */
function valueSetting(checker: Checker, path: Path, value: Expression): StateOverride | undefined {
  const last = path.steps.at(-1);
  const key = last === undefined ? path.head.text : last.kind === 'path-member' ? last.name.text : '';
  if (shapeSettings.includes(key)) return undefined;
  const holder: Path = { ...path, steps: path.steps.slice(0, -1) };
  const paths = last === undefined ? [''] : expandPath(checker, holder);
  const fields = stateField(checker, key, path.span, value);
  return paths === undefined || fields === undefined ? undefined : { paths, span: path.span, ...fields };
}

export function stateFields(checker: Checker, map: MapExpression): Fields {
  let fields: Fields = {};
  for (const field of map.fields) {
    const key = field.key.kind === 'dotted-key' ? field.key.parts.map((part) => part.text).join('.') : '';
    fields = { ...fields, ...stateField(checker, key, field.key.span, field.value) };
  }
  return fields;
}

function stateField(checker: Checker, key: string, at: Span, value: Expression): Fields | undefined {
  const { report } = checker;
  const name = settingNames.find((each) => each === key);
  switch (name) {
    case 'clamp': {
      const clamp = clampOf(checker, value);
      return clamp === undefined ? undefined : { clamp };
    }
    case 'statistics':
      if (value.kind === 'reference' && value.name === 'fixed') return { statistics: 'fixed' };
      return report.error('CX2010', value.span, '`statistics` of a part that trains can only be held', {
        expected: '`statistics: fixed`',
        help: 'without it they are those of the batch in training, and running ones in evaluation',
      });
    case 'lr':
    case 'lr_scale':
    case 'decay':
    case 'dropout': {
      const number = numberIn(checker, value);
      if (number === undefined) return undefined;
      if (number < 0 || (name === 'dropout' && number >= 1)) {
        const range = name === 'dropout' ? 'from 0 to 1' : 'of at least 0';
        return report.error('CX5006', value.span, `\`${key}\` is a number ${range}`);
      }
      if (name === 'dropout') return { dropout: number };
      if (name === 'lr_scale') return { learningRateScale: number };
      if (name === 'decay') return number === 0 ? { decay: false } : { decay: true, decayRate: number };
      // a share of the rate that the optimiser has
      const isShare = value.kind === 'quantity' && value.unit?.text === '%';
      return isShare ? { learningRateScale: number } : { learningRate: number };
    }
    case undefined: {
      const suggestion = nearestName(key, [...settingNames, ...shapeSettings]);
      return report.error('CX2010', at, `there is no setting \`${key}\` of a parameter`, {
        expected: settingNames.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

function numberIn(checker: Checker, value: Expression): number | undefined {
  const typed = checker.tensor(value, checker.fileScope(checker.root));
  const number = typed === undefined ? undefined : numberOf(typed);
  if (typed !== undefined && number === undefined)
    checker.report.error('CX3011', value.span, 'a setting is a number known while compiling');
  return number;
}

/** No float is larger. */
const unbounded = 3.4028234663852886e38;

/** `0..log(100)`, `..log(100)`, `0..` */
function clampOf(checker: Checker, value: Expression): readonly [number, number] | undefined {
  const wrong = (): undefined =>
    checker.report.error('CX5006', value.span, '`clamp` is a range of numbers', {
      expected: '`0..log(100)` or `..log(100)`',
    });
  if (value.kind !== 'range' || (value.from === undefined && value.to === undefined)) return wrong();
  const low = value.from === undefined ? -unbounded : numberIn(checker, value.from);
  const high = value.to === undefined ? unbounded : numberIn(checker, value.to);
  if (low === undefined || high === undefined) return undefined;
  return low > high ? wrong() : [low, high];
}
