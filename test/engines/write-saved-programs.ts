/**
 * Writes the shipped experiments, shrunk, as whole programs for TensorFlow, each with its start, the feeds of a few training steps, and
 * what the reference makes of them, for `check_saved_model.py`: `npx tsx test/engines/write-saved-programs.ts FOLDER`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { emitTensorflowProgram } from '../../src/compiler/lower/targets/tensorflow/emit-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { stepNodes } from '../../src/compiler/program/tensorflow-program.ts';
import { updateClasses, updateScalars } from '../../src/compiler/program/update-scalars.ts';
import { openHostSession } from '../../src/runtime/backends/host-session.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { experiments, feedsOf, knownOf, programOf, startOf } from '../conformance/shrunk-experiments.ts';
import { describeTensor, describeTensors } from './describe-tensor.ts';

const steps = 5;
/** Of the experiments' own learning rate, so that rounding does not grow. */
const rate = 0.1;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder to write to is missing');

const described: object[] = [];
for (const [name, shrunk] of Object.entries(experiments)) {
  const program = programOf(shrunk);
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'saved_model.pb'), emitTensorflowProgram(program));
  described.push({ name, folder: name, ...(await trained(program)) });
}
writeFileSync(join(folder, 'programs.json'), JSON.stringify(described));
console.log(`${described.length} programs in ${folder}`);

/** The first stage's first steps by the reference. */
async function trained(program: Program): Promise<object> {
  const [stage] = program.stages;
  if (stage === undefined) throw new Error(`${program.name} has no stage`);
  const known = await knownOf(program);
  const start = startOf(program);
  const parametersOf = (values: ReadonlyMap<string, Float32Array>): object[] =>
    program.parameters.map(({ name, shape }) =>
      describeTensor(name, { dtype: 'f32', shape, data: values.get(name) ?? new Float32Array() }),
    );
  const init = parametersOf(start);
  const session = await openHostSession(openReference(), { program, artefacts: new Map(), parameters: start });
  const all: object[] = [];
  for (let update = 1; update <= steps; update++) {
    const feeds = Object.fromEntries(
      Object.entries(feedsOf(program, stage.step, known, update)).filter(
        ([name]) => stage.step.inputs[name]?.kind !== 'parameter',
      ),
    );
    const { outputs } = await session.step(stage.name, feeds, { update, rate });
    const data = updateScalars(updateClasses(program, stage), { update, rate });
    const scalars = describeTensor(stepNodes(0).scalars, { dtype: 'f32', shape: [data.length], data });
    all.push({ inputs: [...describeTensors(feeds), scalars], outputs: describeTensors(outputs) });
  }
  const parameters = parametersOf(await session.readParameters());
  await session.dispose();
  return { init, signature: stage.step.id, steps: all, parameters };
}
