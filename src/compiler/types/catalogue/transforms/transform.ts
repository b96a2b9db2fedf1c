import { value, type Construct, type Told, type WideFields } from '../construct.ts';

/** What a view is of. `labels` are numbers of pixels: moved like a picture, never mixed. */
export type Domain = 'picture' | 'labels' | 'text' | 'points' | 'sound' | 'other';

/** How a parameter is written. An amount `a` of a factor is the range `1 − a..1 + a`. */
export type ParameterKind =
  | 'share' | 'bounds' | 'factor' | 'angles' | 'turns' | 'number' | 'whole' | 'size' | 'time' | 'words' | 'axis' | 'axes' | 'list' | 'string'
  | 'column' | 'chain' | 'chains' | 'flag'; // prettier-ignore

export interface StepParameter extends Pick<Told, 'doc' | 'unit' | 'source'> {
  readonly name: string;
  readonly kind: ParameterKind;
  /** Without one it has to be given, unless it is `optional`. */
  readonly fallback?: number | string | boolean | readonly [number, number];
  readonly optional?: true;
  readonly words?: readonly string[];
  /** Bounds of what makes sense. */
  readonly least?: number;
  readonly most?: number;
  /** Given by its name alone. */
  readonly named?: true;
}

/** A step of a view. */
export interface Transform extends Construct {
  readonly domains: readonly Domain[];
  /** In order: those that are not `named` may be given without their name. */
  readonly parameters: readonly StepParameter[];
}

const domainWords: Readonly<Record<Domain, string>> = {
  picture: 'pictures and films',
  labels: 'masks and maps',
  text: 'texts',
  points: 'points',
  sound: 'sounds',
  other: 'values along an axis',
};

export const transform = (given: Omit<Transform, 'options' | 'given' | 'notes'>): Transform => ({
  ...given,
  options: fieldsOf(given.parameters),
  notes: [
    `of ${given.domains.length === anything.length ? 'anything' : given.domains.map((domain) => domainWords[domain]).join(', ')}`,
  ],
});

function fieldsOf(parameters: readonly StepParameter[]): WideFields {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const { name, doc, unit, source, fallback, optional } = parameter;
      const isRequired = fallback === undefined && optional !== true;
      const told = {
        doc,
        ...(unit === undefined ? {} : { unit }),
        ...(source === undefined ? {} : { source }),
        ...(isRequired ? { required: true as const } : {}),
      };
      return [name, { ...value(takes(parameter), fallback === undefined ? undefined : written(parameter.kind, fallback)), ...told }];
    }),
  );
} // prettier-ignore

const kinds: Readonly<Record<ParameterKind, string>> = {
  share: 'share, as 50 %', bounds: 'range, as 0.5..2', factor: 'amount, or a range', angles: 'angle, or a range of angles', turns: 'angle, or a range of angles',
  number: 'number', whole: 'whole number', size: 'whole number, or a time of a sound', time: 'time', words: '', axis: 'axis', axes: 'axis, or a list', list: 'list of numbers',
  string: 'string', column: 'column', chain: 'steps', chains: 'list of steps', flag: 'on | off',
}; // prettier-ignore

const takes = ({ kind, words }: StepParameter): string => words?.join(' | ') ?? kinds[kind];

function written(kind: ParameterKind, fallback: NonNullable<StepParameter['fallback']>): string {
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  if (typeof fallback === 'number') return kind === 'share' ? `${100 * fallback} %` : String(fallback);
  if (typeof fallback === 'string') return fallback;
  return fallback.map((end) => String(Number(end.toPrecision(3)))).join('..');
}

// ── parameters that several take ─────────────────────────────────────

const fills = ['black', 'white', 'mean', 'random'] as const;

export const picture: readonly Domain[] = ['picture', 'labels'];
export const anything: readonly Domain[] = ['picture', 'labels', 'text', 'points', 'sound', 'other'];
export const fill: StepParameter = {
  name: 'fill',
  kind: 'words',
  words: fills,
  fallback: 'black',
  named: true,
  doc: 'what stands where the picture has nothing',
};
export const p = (fallback: number): StepParameter => ({
  name: 'p',
  kind: 'share',
  fallback,
  doc: 'how often it is done',
});
export const aspect = (low: number, high: number): StepParameter => ({ name: 'aspect', kind: 'bounds', fallback: [low, high], least: 0.01, named: true, doc: 'width over height of the window' }); // prettier-ignore
export const area: StepParameter = {
  name: 'area',
  kind: 'bounds',
  least: 0,
  most: 1,
  doc: 'part of the picture that the window has',
};
