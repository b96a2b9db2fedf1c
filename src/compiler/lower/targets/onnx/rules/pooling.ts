import type { OpAttributes } from '../../../../ir/ops.ts';
import type { Shape } from '../../../../types/dtype.ts';
import type { Lowering, LoweringRules } from '../lowering.ts';
import type { OnnxName } from '../onnx-writer.ts';
import { windowsAlong } from '../../../window-axis.ts';
import { counted, gatherPhases, shifted, tapsOf, tilesExactly, windowsOf, type Windows } from '../windows.ts';

export const poolingRules: LoweringRules<'max_pool' | 'max_pool_grad' | 'avg_pool' | 'avg_pool_grad'> = {
  max_pool: (node, lowering) =>
    lowering.reshape(maxPool(lowering, node.inputs[0] ?? 0, node.attributes), [], node.type.shape),

  // The first tap that equals the maximum takes what is left of dy, all of it; the later ones find nothing.
  max_pool_grad: (node, lowering) => {
    const { writer } = lowering;
    const [xId = 0, dyId] = node.inputs;
    const windows = poolWindows(lowering.shape(xId), node.attributes);
    const maximum = maxPool(lowering, xId, node.attributes);
    const taps = tapsOf(lowering, lowering.value(xId), windows, writer.scalar('f32', -Infinity));
    const { batch, channels, height, width } = windows;
    const perWindow = [batch, windowsAlong(height) * windowsAlong(width), channels];
    let rest = lowering.reshape(lowering.value(dyId), lowering.shape(dyId), perWindow);
    const shares = taps.map((tap, at) => {
      const isMaximum = lowering.cast(writer.node('Equal', [tap, maximum]), 'f32');
      const share = lowering.mul(isMaximum, rest);
      if (at + 1 < taps.length) rest = writer.node('Sub', [rest, share]);
      return share;
    });
    return sumPhases(lowering, windows, (tap) => shares[tap] ?? '');
  },

  avg_pool: (node, lowering) => {
    const { writer } = lowering;
    const xShape = lowering.shape(node.inputs[0]);
    const x = lowering.value(node.inputs[0]);
    const windows = poolWindows(xShape, node.attributes);
    if (tilesExactly(windows)) {
      const cells = lowering.reshape(x, [], tiled(windows));
      return lowering.reduce('ReduceMean', cells, tiled(windows), [2, 4], false);
    }
    const taps = tapsOf(lowering, x, windows, writer.scalar('f32', 0));
    const mean = lowering.mul(writer.node('Sum', taps), reciprocalCounts(lowering, windows));
    return lowering.reshape(mean, [], node.type.shape);
  },

  avg_pool_grad: (node, lowering) => {
    const windows = poolWindows(node.attributes.inputShape, node.attributes);
    const dy = lowering.value(node.inputs[0]);
    const { batch, channels, height, width } = windows;
    const perWindow = [batch, windowsAlong(height) * windowsAlong(width), channels];
    const share = lowering.mul(lowering.reshape(dy, [], perWindow), reciprocalCounts(lowering, windows));
    if (tilesExactly(windows)) {
      const one = [batch, windowsAlong(height), 1, windowsAlong(width), 1, channels];
      const spread = lowering.expand(lowering.reshape(share, [], one), one, tiled(windows));
      return lowering.reshape(spread, [], node.type.shape);
    }
    return sumPhases(lowering, windows, () => share);
  },
};

function poolWindows(shape: Shape, { window, stride, padding }: OpAttributes['max_pool']): Windows {
  return windowsOf(shape, window, stride, padding);
}

/** NHWC with each window as two axes of its own, where windows tile the image. */
function tiled({ batch, channels, height, width }: Windows): Shape {
  return [batch, windowsAlong(height), height.taps, windowsAlong(width), width.taps, channels];
}

function maxPool(lowering: Lowering, xId: number, attributes: OpAttributes['max_pool']): OnnxName {
  const windows = poolWindows(lowering.shape(xId), attributes);
  const taps = tapsOf(lowering, lowering.value(xId), windows, lowering.writer.scalar('f32', -Infinity));
  const [only] = taps;
  return taps.length === 1 && only !== undefined ? only : lowering.writer.node('Max', taps);
}

/** Every tap's share goes back to where it came from; shares that meet add. */
function sumPhases(lowering: Lowering, windows: Windows, share: (tap: number) => OnnxName): OnnxName {
  return gatherPhases(lowering, windows, (phase) => {
    const parts = phase.taps.map((tap) => shifted(lowering, share(tap.tap), windows, tap, phase));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : lowering.writer.node('Sum', parts);
  });
}

/** 1 / the number of real elements in each window, `[1, windows, 1]`, or a scalar where all are full. */
function reciprocalCounts(lowering: Lowering, { height, width }: Windows): OnnxName {
  const rows = inside(height);
  const columns = inside(width);
  const values = rows.flatMap((row) => columns.map((column) => 1 / (row * column)));
  const [first = 1] = values;
  return values.every((value) => value === first)
    ? lowering.writer.scalar('f32', first)
    : lowering.writer.constant('f32', [1, values.length, 1], values);
}

/** For each window along an axis, how many of its taps lie on the image. */
function inside(axis: Windows['height']): number[] {
  return counted(windowsAlong(axis)).map(
    (window) =>
      counted(axis.taps).filter((tap) => {
        const position = window * axis.stride - axis.before + tap * axis.dilation;
        return position >= 0 && position < axis.extent;
      }).length,
  );
}
