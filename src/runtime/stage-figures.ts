import type { FigureSpec, StageFigure } from '../compiler/program/figure.ts';
import type { Program } from '../compiler/program/program.ts';
import type { Stage } from '../compiler/program/stage.ts';
import type { GatherRequest } from './evaluator.ts';
import { figureValues } from './figure-values.ts';
import type { FigureContent } from './records/figures/figure-content.ts';
import { durationInSteps } from './schedule.ts';

/** A figure that shows how it came about has no more drawings than this. */
const mostDrawings = 100;

interface Drawing {
  readonly figure: StageFigure;
  readonly spec: FigureSpec;
}

/** The figures of a stage: worked out at its end, and on the way where one asks for it (`every: 100`). */
export class StageFigures {
  readonly #drawings: readonly Drawing[];
  readonly #prepare: (figure: StageFigure) => Promise<GatherRequest>;
  readonly #save: (id: string, content: FigureContent) => Promise<void>;

  constructor({ program, stage, prepare, save }: {
    readonly program: Pick<Program, 'figures'>;
    readonly stage: Pick<Stage, 'figures'>;
    readonly prepare: (figure: StageFigure) => Promise<GatherRequest>;
    readonly save: (id: string, content: FigureContent) => Promise<void>;
  }) {
    this.#prepare = prepare;
    this.#save = save;
    this.#drawings = (stage.figures ?? []).flatMap((figure) => {
      const spec = program.figures.find(({ name }) => name === figure.figure);
      return spec === undefined ? [] : [{ figure, spec }];
    });
  } // prettier-ignore

  /** What is drawn at this step: at every so many as it asks for, or at the least multiple of them that gives a hundred at most. */
  due(step: number, { steps, samples, stepsPerEpoch }: StageLength): readonly Drawing[] {
    return this.#drawings.filter(({ spec: { every } }) => {
      if (every === undefined) return false;
      const asked = Math.max(1, durationInSteps(every, stepsPerEpoch));
      return step % (asked * Math.max(1, Math.ceil(steps / samples / (asked * mostDrawings)))) === 0;
    });
  }

  /** All of them at the end, or those that are due at a step. */
  async draw(drawings = this.#drawings, step?: number): Promise<void> {
    for (const { figure, spec } of drawings) {
      const { id } = figure.metrics;
      const content = await figureValues({ ...(await this.#prepare(figure)), evaluation: figure, spec });
      await (step === undefined ? this.#save(id, content) : this.#save(`${id} step ${step}`, { ...content, step }));
    }
  }
}

interface StageLength {
  readonly steps: number;
  readonly samples: number;
  readonly stepsPerEpoch: number;
}
