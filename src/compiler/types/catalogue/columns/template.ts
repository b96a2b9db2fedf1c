import { type Construct } from '../construct.ts';

export const template: Construct = {
  name: 'template',
  doc: 'Text made of other fields of the sample, where a string begins with =.',
  source: '-',
  options: {},
  example: '"=a picture of {said}"',
};
