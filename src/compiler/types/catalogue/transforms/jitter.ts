import { p, picture, transform } from './transform.ts';

export const jitter = transform({
  name: 'jitter',
  doc: 'Changes brightness, contrast, saturation and hue, in a random order.',
  source: 'the factors of torchvision',
  domains: picture,
  parameters: [
    { name: 'brightness', kind: 'factor', fallback: [1, 1], doc: 'factor of all values' },
    { name: 'contrast', kind: 'factor', fallback: [1, 1], doc: 'factor of what differs from the mean' },
    { name: 'saturation', kind: 'factor', fallback: [1, 1], doc: 'factor of what differs from grey' },
    { name: 'hue', kind: 'turns', fallback: [0, 0], doc: 'how far colours turn' },
    { ...p(1), named: true },
  ],
  example: 'jitter(brightness: 0.4, hue: 18 deg, p: 80 %)',
});
