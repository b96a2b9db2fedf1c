/** What a body of a stage's functions stands in: constants by name, all else from the batch and the model. */
import type { Surroundings } from './body-surroundings.ts';
import { fromOutside } from './calls.ts';
import { ownCall } from './own-call.ts';
import { atom, text } from './python-code.ts';
import type { StageSource } from './stage-source.ts';
import type { Place } from './tower-call.ts';

export function surroundings(source: StageSource, place: Place, drawsViews = place === 'step'): Surroundings {
  return {
    keys: source.keys,
    sizes: source.sizes,
    words: source.words,
    refuse: (refused) => void source.refused.push(refused),
    given: (body, typed) => {
      const constant = place === 'constants' ? undefined : source.constants.get(source.keys.of(typed));
      if (constant !== undefined) return { code: atom(`constants[${text(constant.key)}]`), axes: typed.type.axes };
      const whole = source.dataValues.get(typed);
      if (whole !== undefined) return { code: atom(`constants[${text(whole)}]`), axes: typed.type.axes };
      const call = source.own?.callOf(source, typed);
      if (call !== undefined) return ownCall(body, typed, call, place);
      return fromOutside(body, typed, { source, place, drawsViews });
    },
    word: (typed) => source.wordOf(typed),
    draw: (_body, _typed, stream) => atom(`batch[${text(`random ${stream}`)}]`),
  };
}
