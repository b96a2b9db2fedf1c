import { p, transform } from './transform.ts';

export const noise = transform({
  name: 'noise',
  doc: 'Adds white noise.',
  source: '-',
  domains: ['sound'],
  parameters: [
    { name: 'snr', kind: 'bounds', named: true, unit: 'dB', doc: 'how much stronger the sound is than the noise' },
    p(1),
  ],
  example: 'noise(snr: 10 dB..121 dB, p: 25 %)',
});
