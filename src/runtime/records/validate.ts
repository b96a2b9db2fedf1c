/** Every JSON that comes in or goes out is checked against its schema. Ajv and the schemas load on first use. */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { RunError } from '../run-error.ts';

const schemas = {
  run: () => import('../../../schemas/run.json', { with: { type: 'json' } }),
  event: () => import('../../../schemas/event.json', { with: { type: 'json' } }),
  checkpoint: () => import('../../../schemas/checkpoint.json', { with: { type: 'json' } }),
  metrics: () => import('../../../schemas/metrics.json', { with: { type: 'json' } }),
  program: () => import('../../../schemas/program.json', { with: { type: 'json' } }),
  model: () => import('../../../schemas/model.json', { with: { type: 'json' } }),
  device: () => import('../../../schemas/device.json', { with: { type: 'json' } }),
  doctor: () => import('../../../schemas/doctor.json', { with: { type: 'json' } }),
  engine: () => import('../../../schemas/engine.json', { with: { type: 'json' } }),
  engines: () => import('../../../schemas/engines.json', { with: { type: 'json' } }),
  'engine-record': () => import('../../../schemas/engine-record.json', { with: { type: 'json' } }),
  'engine-removed': () => import('../../../schemas/engine-removed.json', { with: { type: 'json' } }),
  environment: () => import('../../../schemas/environment.json', { with: { type: 'json' } }),
  weights: () => import('../../../schemas/weights.json', { with: { type: 'json' } }),
  'weights-converted': () => import('../../../schemas/weights-converted.json', { with: { type: 'json' } }),
  launch: () => import('../../../schemas/launch.json', { with: { type: 'json' } }),
} as const;

export type SchemaName = keyof typeof schemas;

const compiled = new Map<SchemaName, Promise<ValidateFunction>>();

async function compile(name: SchemaName): Promise<ValidateFunction> {
  const { Ajv } = await import('./ajv.ts');
  const { default: schema } = await schemas[name]();
  return new Ajv({ allErrors: true, allowUnionTypes: true, strict: true }).compile(schema);
}

/** A checker of one schema: the faults in words, none where the value fits. */
export async function schemaChecker(name: SchemaName): Promise<(value: unknown) => string[]> {
  const validate = await (compiled.get(name) ?? compiled.set(name, compile(name)).get(name) ?? compile(name));
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(describe));
}

/** Throws RunError CX8261 naming `what` and every place that does not fit the schema. */
export async function validateJson(name: SchemaName, value: unknown, what: string): Promise<void> {
  const faults = (await schemaChecker(name))(value);
  if (faults.length === 0) return;
  throw new RunError(
    'world',
    'CX8261',
    `${what} does not fit schemas/${name}.json:\n  ${faults.slice(0, 12).join('\n  ')}`,
  );
}

function describe({ instancePath, message, params, keyword }: ErrorObject): string {
  const place = instancePath === '' ? 'at the top' : instancePath.slice(1).replaceAll('/', '.');
  const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const unknown = additionalProperty === undefined ? '' : ` (\`${additionalProperty}\`)`;
  const allowed = allowedValues === undefined ? '' : `: ${allowedValues.join(', ')}`;
  return `${place}: ${message ?? keyword}${unknown}${allowed}`;
}
