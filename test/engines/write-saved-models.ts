/**
 * Writes the conformance cases that TensorFlow takes as SavedModel folders, each with its feeds and what the reference says, for
 * `check_saved_model.py` to run in Python: `npx tsx test/engines/write-saved-models.ts FOLDER [PATTERN]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import { emitTensorflow } from '../../src/compiler/lower/targets/tensorflow/emit-tensorflow.ts';
import { inputNodeName, outputNodeName } from '../../src/compiler/program/tensorflow-names.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { allCases } from '../conformance/all-cases.ts';
import { caseGraph } from '../conformance/case-graph.ts';
import { runGraph } from '../conformance/run-graph.ts';
import { describeTensor } from './describe-tensor.ts';

const [folder, pattern = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('the folder to write to is missing');

const reference = openReference();
const described: object[] = [];
const chosen = allCases.filter(({ name }) => new RegExp(pattern).test(name));
for (const [at, given] of chosen.entries()) {
  const { graph, feeds } = caseGraph(given);
  const [expected = {}] = await runGraph(reference, graph, undefined, feeds);
  const own = join(folder, String(at));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'saved_model.pb'), emitTensorflow(graph));
  const inputs = graphInputs(graph).map(({ name }, place) => describe(inputNodeName(place), feeds[name]));
  const outputs = graph.outputs.map(({ name }, place) => describe(outputNodeName(place), expected[name]));
  described.push({
    name: given.name,
    folder: String(at),
    exact: given.exact,
    tolerance: given.tolerance,
    inputs,
    outputs,
  });
}
writeFileSync(join(folder, 'cases.json'), JSON.stringify(described));
console.log(`${described.length} models in ${folder}`);

function describe(name: string, value: TensorValue | undefined): object {
  if (value === undefined) throw new Error(`${name} has no value`);
  return describeTensor(name, value);
}
