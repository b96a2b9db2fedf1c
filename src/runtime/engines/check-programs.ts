/**
 * What a process of its own runs to try an engine: programs for `node -e`, in plain JavaScript because no loader of ours is there. Small
 * numbers, so that every right answer is exact in float32.
 */

/**
 * A SavedModel of the things that a clipx program is made of: a uint8 feed `x` [3, 3], `linear` = cast(x) · [[1, 0], [0, 1], [1, 1]] + v
 * with a resource variable v that `init` sets to [10, 20], and `conv` = sums of the four windows of 2 x 2.
 */
const tensorflowModel = [
  'CAES8AYKByIFc2VydmUS5AYKMgoBeBILUGxhY2Vob2xkZXIqCwoFZHR5cGUSAjAEKhMKBXNoYXBlEgo6CBICCAMSAggDCicKBGNhc3QSBENhc3QaAXgqCgoE',
  'U3JjVBICMAQqCgoERHN0VBICMAEKSgoBdxIFQ29uc3QqCwoFZHR5cGUSAjABKjEKBXZhbHVlEihCJggBEggSAggDEgIIAiIYAACAPwAAAAAAAAAAAACAPwAA',
  'gD8AAIA/CiMKB3Byb2R1Y3QSBk1hdE11bBoEY2FzdBoBdyoHCgFUEgIwAQpTCgF2EgtWYXJIYW5kbGVPcCoLCgVkdHlwZRICMAEqDwoFc2hhcGUSBjoEEgII',
  'AioSCgtzaGFyZWRfbmFtZRIDEgF2Kg8KCWNvbnRhaW5lchICEgAKNwoCdjASBUNvbnN0KgsKBWR0eXBlEgIwASodCgV2YWx1ZRIUQhIIARIEEgIIAiIIAAAg',
  'QQAAoEEKLgoGYXNzaWduEhBBc3NpZ25WYXJpYWJsZU9wGgF2GgJ2MCoLCgVkdHlwZRICMAEKPgoEaW5pdBIFQ29uc3QaB15hc3NpZ24qCwoFZHR5cGUSAjAB',
  'KhkKBXZhbHVlEhBCDggBEgQSAggBIgQAAIA/CiYKBHJlYWQSDlJlYWRWYXJpYWJsZU9wGgF2KgsKBWR0eXBlEgIwAQonCgZsaW5lYXISBUFkZFYyGgdwcm9k',
  'dWN0GgRyZWFkKgcKAVQSAjABCkEKBG5od2MSBUNvbnN0KgsKBWR0eXBlEgIwAyolCgV2YWx1ZRIcQhoIAxIEEgIIBCIQAQAAAAMAAAADAAAAAQAAAAozCgVp',
  'bWFnZRIHUmVzaGFwZRoEY2FzdBoEbmh3YyoHCgFUEgIwASoMCgZUc2hhcGUSAjADCkoKAWsSBUNvbnN0KgsKBWR0eXBlEgIwASoxCgV2YWx1ZRIoQiYIARIQ',
  'EgIIAhICCAISAggBEgIIASIQAACAPwAAgD8AAIA/AACAPwp8CgRjb252EgZDb252MkQaBWltYWdlGgFrKgcKAVQSAjABKhIKB3BhZGRpbmcSBxIFVkFMSUQq',
  'FQoHc3RyaWRlcxIKCggYARgBGAEYASoVCgtkYXRhX2Zvcm1hdBIGEgROSFdDKhcKCWRpbGF0aW9ucxIKCggYARgBGAEYASIDCMoL',
].join('');

/** ONNX: y = x [3, 3] · [[1, 0], [0, 1], [1, 1]] + [10, 20]. */
const onnxModel = [
  'CAg6jAEKEQoBeAoBdxIBcCIGTWF0TXVsCg4KAXAKAWISAXkiA0FkZBIFY2hlY2sqIwgDCAIQAUIBd0oYAACAPwAAAAAAAAAAAACAPwAAgD8AAIA/KhEIAhAB',
  'QgFiSggAACBBAACgQVoTCgF4Eg4KDAgBEggKAggDCgIIA2ITCgF5Eg4KDAgBEggKAggDCgIIAkICEBE=',
].join('');

const report = `
const checks = [];
const compare = (name, values, right) => {
  const error = values.length === right.length ? Math.max(...right.map((it, at) => Math.abs(values[at] - it))) : NaN;
  if (!(error < 1e-4)) throw new Error(name + ' gives ' + values.join(' ') + ', expected ' + right.join(' '));
  checks.push({ name, error });
};
const answer = (version, device) => process.stdout.write(JSON.stringify({ version, device, checks }));
`;

/** The program for the addon at this path. */
export function checkTensorflow(addon: string): string {
  return `${report}
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const tf = require(${JSON.stringify(addon)});
const folder = mkdtempSync(join(require('node:os').tmpdir(), 'clipx-check-'));
try {
  writeFileSync(join(folder, 'saved_model.pb'), Buffer.from(${JSON.stringify(tensorflowModel)}, 'base64'));
  const model = tf.loadSavedModel(folder, 'serve');
  const x = tf.createTensor([3, 3], tf.TF_UINT8, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  tf.runSavedModel(model, [], '', 'init:0');
  const [linear, conv] = tf.runSavedModel(model, [x], 'x:0', 'linear:0,conv:0').map(({ id }) => tf.tensorDataSync(id));
  compare('matrix product, uint8 input and variable', [...linear], [14, 25, 20, 31, 26, 37]);
  compare('convolution', [...conv], [12, 16, 24, 28]);
  tf.deleteSavedModel(model);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
answer(tf.TF_Version, tf.isUsingGpuDevice() ? 'gpu' : 'cpu');
`;
}

export const checkOnnxRuntime = `${report}
const ort = require('onnxruntime-node');
const model = Buffer.from(${JSON.stringify(onnxModel)}, 'base64');
ort.InferenceSession.create(model, { executionProviders: ['cpu'] })
  .then((session) => session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), [3, 3]) }))
  .then(({ y }) => {
    compare('matrix product', [...y.data], [14, 25, 20, 31, 26, 37]);
    answer(ort.env.versions.node, 'cpu');
  });
`;
