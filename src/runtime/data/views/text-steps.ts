import { unreachable } from '../../../compiler/common/invariant.ts';
import type { TextStep } from '../../../compiler/program/view.ts';
import type { Dice } from './dice.ts';

/** `other`: the text of another column of the sample. */
export function doTextStep(text: string, step: TextStep, dice: Dice, other: (column: string) => string): string {
  switch (step.kind) {
    case 'lower':
      return text.toLowerCase();
    case 'strip':
      return Array.from(text).filter((character) => !step.characters.includes(character)).join('').replace(/\s+/g, ' ').trim(); // prettier-ignore
    case 'words':
      return wordsOf(text).slice(0, step.most).join(' ');
    case 'drop_words': {
      const words = wordsOf(text);
      const kept = words.filter(() => !dice.happens(step.chance));
      // a text of nothing says nothing: then its first word stays
      return (kept.length === 0 ? words.slice(0, 1) : kept).join(' ');
    }
    case 'swap':
      return dice.happens(step.chance) ? other(step.column) : text;
    default:
      return unreachable(step);
  }
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
