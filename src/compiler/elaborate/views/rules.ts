/**
 * What each operation of a view of a computed value does in the graph: a total table. `drawn` reads numbers that are inputs, drawn at every
 * step; `still` is its one form in an evaluation, and the value itself where it is absent.
 */
import type { ComputedStep } from '../../check/computed-steps.ts';
import { isDrawn } from '../../program/view.ts';
import type { Axis } from '../../types/axis.ts';
import type { Located } from '../located.ts';
import { chosen, maskSpans, middleWindow, reversedAlong, shuffledAlong, speed, window } from './along.ts';
import { blur, gray, jitter } from './colours.ts';
import { crop, multiScaleCrop } from './crop.ts';
import { perspective } from './perspective.ts';
import { cutout, erase, rotate } from './regions.ts';
import type { ViewSite } from './view-site.ts';

type Kind = ComputedStep['kind'];
type StepOf<K extends Kind> = Extract<ComputedStep, { readonly kind: K }>;

interface Rule<K extends Kind> {
  readonly drawn: (site: ViewSite, value: Located, step: StepOf<K>) => Located;
  readonly still?: (site: ViewSite, value: Located, step: StepOf<K>) => Located;
}

const rules: { readonly [K in Kind]: Rule<K> } = {
  perspective: { drawn: perspective },
  crop: { drawn: crop },
  multi_scale_crop: { drawn: multiScaleCrop },
  // what is not drawn stays in an evaluation
  jitter: { drawn: jitter, still: (site, value, step) => (isDrawn(step) ? value : jitter(site, value, step)) },
  gray: { drawn: gray, still: (site, value, step) => (isDrawn(step) ? value : gray(site, value, step)) },
  blur: { drawn: blur, still: (site, value, step) => (isDrawn(step) ? value : blur(site, value, step)) },
  rotate: { drawn: rotate, still: (site, value, step) => (isDrawn(step) ? value : rotate(site, value, step)) },
  erase: { drawn: erase },
  cutout: { drawn: cutout },
  speed: { drawn: speed },
  window: { drawn: window, still: middleWindow },
  reverse: {
    drawn: (site, value, { over, chance }) => {
      const opposite = reversedAlong(site, value, over);
      return chance === 1 ? opposite : site.where(site.happens('reverse', chance), opposite, value);
    },
    still: (site, value, { over, chance }) => (chance === 1 ? reversedAlong(site, value, over) : value),
  },
  shuffle: { drawn: shuffledAlong },
  mask_spans: { drawn: maskSpans },
  choose: {
    drawn: (site, value, step) =>
      chosen(site, value, step, (inner, before, steps) => steps.reduce((so, each, at) => drawnStep(inner.inside(String(at)), so, each), before)), // prettier-ignore
  },
  flip: {
    drawn: (site, value, { along, chance }) => {
      const flipped = reversed(site, value, along);
      return chance === 1 ? flipped : site.where(site.happens('flip', chance), flipped, value);
    },
    // what is always done is not drawn
    still: (site, value, { along, chance }) => (chance === 1 ? reversed(site, value, along) : value),
  },
  maybe: {
    drawn: (site, value, { chance, of }) => {
      if (of.length === 0 || chance === 0) return value;
      const done = of.reduce((so, step, at) => drawnStep(site.inside(String(at)), so, step), value);
      return chance === 1 ? done : site.where(site.happens('maybe', chance), done, value);
    },
  },
};

export function drawnStep(site: ViewSite, value: Located, step: ComputedStep): Located {
  const rule = rules[step.kind] as Rule<Kind>; // kind and rule agree by construction
  return rule.drawn(site, value, step);
}

export function stillStep(site: ViewSite, value: Located, step: ComputedStep): Located {
  const rule = rules[step.kind] as Rule<Kind>; // as above
  return rule.still?.(site, value, step) ?? value;
}

function reversed({ elaborator }: ViewSite, value: Located, name: string): Located {
  const axes = value.axes.flatMap((axis: Axis, at) => (axis.name === name ? [at] : []));
  return { node: elaborator.builder.add('reverse', [value.node], { axes }), axes: value.axes };
}
