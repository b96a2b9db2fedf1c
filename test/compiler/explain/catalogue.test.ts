/** The catalogue: its page is what it says, its examples are legal, and its defaults are what a file without them means. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { cataloguePage, withCatalogue } from '../../../src/compiler/explain/catalogue-page.ts';
import {
  explainConstruct,
  nearestConstruct,
  renderConstructText,
} from '../../../src/compiler/explain/explain-construct.ts';
import { catalogue } from '../../../src/compiler/types/catalogue/catalogue.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

test('the page is made of the catalogue', async () => {
  await expect(cataloguePage()).toMatchFileSnapshot('../../../grammar/catalogue.md');
});

test('the tables of the language page are made of the catalogue', async () => {
  await expect(withCatalogue(repositoryText('grammar/README.md'))).toMatchFileSnapshot('../../../grammar/README.md');
});

/** A file in which one construct of each kind stands as its example says. */
const around: Readonly<Record<string, (example: string) => string>> = {
  encoder: (example) => `frozen encoder E = ${example}\n${training('optimizer: sgd(lr: 1)')}`,
  module: (example) => `trainable module m = ${example}\n${training('optimizer: sgd(lr: 1)')}`,
  optimiser: (example) => training(`optimizer: ${example}`),
  schedule: (example) => training(`optimizer: sgd(lr: 1)  schedule: ${example}`),
};

const training = (fields: string): string => `loss L = 0
minimize L
train { steps: 4  ${fields} }`;

function faults(kind: string, example: string): string[] {
  const text = `clipx 1
experiment t
axis joint: feature = 16
axis width = 8
vocabulary class = ["a", "b"]
vocabulary word = ["c", "d"]
frozen encoder clip = clip(joint: 8, image: vit(size: 16, patch: 8, width: 64, layers: 1), text: text_transformer(width: 64, layers: 1))
${around[kind]?.(example) ?? 'nothing holds it'}
`;
  const { diagnostics } = compile({ path: 't.clipx', text, host: repositoryHost, until: 'check' });
  const unread = /CX4\d\d\d/;
  return diagnostics.filter(({ severity, code }) => severity === 'error' && !unread.test(code)).map(({ code, message }) => `${code}: ${message}`); // prettier-ignore
}

describe.each(catalogue)('$plural', ({ name: kind, constructs }) => {
  test.each(constructs)('$name: its example is legal', ({ example }) => {
    expect(faults(kind, example)).toEqual([]);
  });

  test.each(constructs)('$name: says what it is in one sentence, and what each field means', ({ doc, source, options }) => {
    expect(doc).toMatch(/^\S.*\.$/);
    expect(source).not.toBe('');
    for (const [name, field] of Object.entries(options)) expect(field.doc, name).toMatch(/^\S.*[^.]$/);
  }); // prettier-ignore
});

test('explains a name, and offers the nearest one', () => {
  expect(renderConstructText(explainConstruct('resnet18'))).toMatchInlineSnapshot(`
    "resnet18, an encoder: The residual network of 18 layers: two convolutions a block, [2, 2, 2, 2] blocks, mean over the last map.
    He et al. 2016, as torchvision has it.

      field      default  takes
      width      64      whole number                  channels of the first stage; each next one has twice as many
      normalize  own     own | imagenet | clip | none  which mean and deviation its pixels are brought to
      to         -       axis                          an axis that a last linear map projects the feature to (all but \`clip\`)
      init       random  random                        \`random\` takes the sizes of a weights folder and not its tensors

      frozen encoder E = resnet18(width: 16)
    "
  `);
  expect(explainConstruct('adamw')[0]?.fields.find(({ name }) => name === 'decay')).toMatchObject({ default: '0.01' });
  expect(explainConstruct('resnet17')).toEqual([]);
  expect(nearestConstruct('resnet17')).toMatch(/^resnet/);
});
