/**
 * What a device is timed on: small experiments of their own, each bound by another kind of work. Nothing is read; what their data would
 * hold is fed by the measurement.
 */
export const devicePrograms: readonly string[] = [
  // matrix products
  program('products', 'trainable module m = mlp(a -> hidden(1024) -> hidden(1024) -> a)\nloss L = mean((m(x) - x) ^ 2)', {
    axes: 'axis a = 512',
    input: 'x : vector(a)',
    batch: 256,
  }),
  // convolutions
  program('pictures', 'trainable encoder E = resnet18(width: 32)\nloss L = mean(E(x) ^ 2)', { input: 'x : image(64)', batch: 8 }),
  program('narrow_pictures', 'trainable encoder E = resnet18(width: 16)\nloss L = mean(E(x) ^ 2)', { input: 'x : image(48)', batch: 32 }),
  // what moves much for each product: attention, norms
  program('patches', 'trainable encoder E = vit(size: 64, patch: 8, width: 128, layers: 3, heads: 4)\nloss L = mean(E(x) ^ 2)', {
    input: 'x : image(64)',
    batch: 32,
  }),
  // values alone
  program('values', 'trainable param w : [a] = normal(1)\nloss L = mean(exp(tanh(x * w)) + sqrt(abs(x * w) + 1) + sin(x * w))', {
    axes: 'axis a = 4096',
    input: 'x : vector(a)',
    batch: 256,
  }),
  // many ops of little work
  program('ops', `trainable encoder E = vit(size: 16, patch: 8, width: 32, layers: 12, heads: 2)\nloss L = mean(E(x) ^ 2)`, {
    input: 'x : image(16)',
    batch: 2,
  }),
]; // prettier-ignore

function program(
  name: string,
  body: string,
  { axes = '', input, batch }: { readonly axes?: string; readonly input: string; readonly batch: number },
): string {
  return `clipx 1
experiment ${name} "${name}"
${axes}
input ${input}
data d = shards("nothing.tar") { x: "x" }
${body}
minimize L
train on d { steps: 1  batch: ${batch}  optimizer: adamw(lr: 1e-4) }
`;
}
