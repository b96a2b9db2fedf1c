import { inputType } from './input-type.ts';

export const id = inputType({
  name: 'id',
  doc: 'Any text or number: equal ones are equal.',
  source: '-',
  most: 0,
  axes: '',
  options: {},
  example: 'id',
});
