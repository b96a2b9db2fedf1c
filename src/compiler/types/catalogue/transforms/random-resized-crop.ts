import { area, aspect, picture, transform } from './transform.ts';

export const randomResizedCrop = transform({
  name: 'random_resized_crop',
  doc: 'A window of random size and place, at the size of the input.',
  source: 'Szegedy et al. 2015, defaults of torchvision',
  domains: picture,
  parameters: [{ ...area, fallback: [0.08, 1] }, aspect(3 / 4, 4 / 3)],
  example: 'random_resized_crop(0.5..1.0)',
});
