import { nearestName } from '../common/suggest.ts';
import type { MapExpression, Settings } from '../syntax/ast.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import { expandPath } from './expand-path.ts';
import type { StateOverride } from './typed.ts';

type Fields = Omit<StateOverride, 'paths' | 'flag' | 'span'>;

/** Exceptions in the braces after an encoder, module or param. */
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
      case 'value-setting':
        checker.notImplemented(item.path.span, `the setting \`${item.path.head.text}\``);
        break;
      case 'wrap':
        checker.notImplemented(item.span, '`wrap`');
        break;
    }
  }
  return overrides;
}

export function stateFields(checker: Checker, map: MapExpression): Fields {
  const scope = checker.fileScope(checker.root);
  let fields: Fields = {};
  for (const field of map.fields) {
    const key = field.key.kind === 'dotted-key' ? field.key.parts.map((part) => part.text).join('.') : '';
    if (key === 'clamp') {
      const { value } = field;
      const bounds = value.kind === 'range' ? [value.from, value.to] : [];
      const [low, high] = bounds.map((bound) => {
        const typed = bound === undefined ? undefined : checker.tensor(bound, scope);
        return typed === undefined ? undefined : constantOf(typed);
      });
      if (low === undefined || high === undefined || low > high) {
        checker.report.error('CX5006', value.span, '`clamp` is a range of numbers', { expected: '`0..log(100)`' });
      } else fields = { ...fields, clamp: [low, high] };
      continue;
    }
    if (key !== 'lr' && key !== 'decay' && key !== 'lr_scale') {
      const suggestion = nearestName(key, ['lr', 'lr_scale', 'decay', 'clamp']);
      checker.report.error('CX2010', field.key.span, `there is no setting \`${key}\` of a parameter`, {
        expected: 'lr, lr_scale, decay, clamp',
        ...(suggestion === undefined ? {} : { suggestion }),
      });
      continue;
    }
    const typed = checker.tensor(field.value, scope);
    const value = typed === undefined ? undefined : constantOf(typed);
    if (value === undefined || value < 0) {
      if (typed !== undefined) checker.report.error('CX5006', field.value.span, `\`${key}\` is a number of at least 0`);
      continue;
    }
    if (key === 'lr') fields = { ...fields, learningRate: value };
    else if (key === 'lr_scale') fields = { ...fields, learningRateScale: value };
    else if (value === 0) fields = { ...fields, decay: false };
    else checker.notImplemented(field.value.span, 'a weight decay of its own for one parameter (only `decay: 0`)');
  }
  return fields;
}
