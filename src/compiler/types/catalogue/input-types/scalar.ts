import { inputType, units } from './input-type.ts';

export const scalar = inputType({
  name: 'scalar',
  doc: 'One number.',
  source: '-',
  most: 0,
  units,
  axes: '',
  options: {},
  example: 'scalar',
});
