import { dirname } from 'node:path';
import type { Program } from '../../compiler/program/program.ts';
import { readCheckpoint } from '../checkpoint.ts';
import type { NamedTensor } from '../checkpoint.ts';
import { RunError } from '../run-error.ts';
import { recordedWeights } from '../weights/find-run.ts';
import { initialiseParameters } from '../weights/initialise.ts';
import { readPictures } from '../weights/read-pictures.ts';
import { readRunWeights } from '../weights/run-weights.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import { runPaths } from './run-folder.ts';

/**
 * The parameters that a run ended with: the selected ones where an evaluation selected, else the last ones; frozen ones from where they
 * came. In table order. Throws RunError CX8251 where the run has no checkpoint yet, CX8255 where each sample has its own.
 */
export async function readRunParameters(
  folder: string,
  program: Program,
  seed: number,
  projectRoot: string,
): Promise<NamedTensor[]> {
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  const apart = program.stages.find(({ each }) => each === true);
  if (apart !== undefined)
    throw new RunError('user', 'CX8255', `the run ${folder} has parameters of each sample of \`${apart.data}\`, and no one set of them`, { help: `take those of a sample: ${runPaths(folder).samples}` }); // prettier-ignore
  if (checkpoint === undefined) throw new RunError('user', 'CX8251', `${folder} has no checkpoint yet`);
  const place = { projectRoot, runsFolder: dirname(folder) };
  const { values: ofRuns } = await readRunWeights(program.parameters, { ...place, recorded: recordedWeights(folder) });
  const given = new Map([...ofRuns, ...(await readPictures(program.parameters, projectRoot))]);
  const start = initialiseParameters(
    program.parameters,
    seed,
    projectRoot,
    program.tokenizers,
    given,
    '',
    program.encoders,
  );
  const { best, finished } = checkpoint.state;
  const trained = best !== undefined && finished !== true ? floatsIn(runPaths(folder).best) : checkpoint.parameters;
  return program.parameters.map(({ name, shape }) => ({
    name,
    shape,
    data: trained.get(name) ?? start.get(name) ?? new Float32Array(),
  }));
}

/** The float tensors of a file by name. */
export function floatsIn(path: string): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, { data }] of readSafetensors(path)) if (data instanceof Float32Array) values.set(name, data);
  return values;
}
