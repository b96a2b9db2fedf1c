import { type Construct } from '../construct.ts';

export const extendsStatement: Construct = {
  name: 'extends',
  doc: 'Puts this file over another one: what has the name of something below takes its place, the rest comes along.',
  source: '-',
  given: '"file"',
  options: {},
  example: 'extends "base.clipx"',
};
