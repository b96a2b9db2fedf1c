/** How a program is minimised, in the words of the file. */
import { formatFactor } from '../common/format-number.ts';
import type { OptimiserMethod, Schedule } from './program.ts';

export function methodWords(method: OptimiserMethod): string {
  switch (method.kind) {
    case 'sgd':
      return `sgd(momentum: ${formatFactor(method.momentum)}${method.nesterov ? ', nesterov: on' : ''})`;
    case 'adam':
    case 'adamw':
      return `${method.kind}(beta1: ${method.beta1}, beta2: ${method.beta2}, eps: ${formatFactor(method.epsilon)})`;
    case 'rmsprop':
      return `rmsprop(alpha: ${method.alpha}, eps: ${formatFactor(method.epsilon)}, momentum: ${formatFactor(method.momentum)})`;
    case 'lion':
      return `lion(beta1: ${method.beta1}, beta2: ${method.beta2})`;
  }
}

export function scheduleWords({ kind, warmup, floor }: Schedule): string {
  const time = warmup.value === 0 ? '' : `warmup: ${warmup.value} ${warmup.unit}${warmup.value === 1 ? '' : 's'}`;
  const rest = kind === 'constant' || floor === 0 ? '' : `floor: ${formatFactor(floor)}`;
  const options = [time, rest].filter((option) => option !== '').join(', ');
  return options === '' ? kind : `${kind}(${options})`;
}
