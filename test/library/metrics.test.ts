/**
 * The metrics of `library/metrics.clipx` against scikit-learn's, SciPy's and hand-worked numbers: each is measured by a run over a data
 * file, on every engine. Sizes come from the fixture (`CLIPX_ORACLES` may name another folder).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clipx, newFolder } from '../cli/support.ts';
import { engineColumns } from '../conformance/engines.ts';
import { oracle } from '../support/oracles.ts';

type Row = Readonly<Record<string, readonly number[] | number | string>>;

interface Case {
  readonly rows: readonly Row[];
  /** Axes and inputs. */
  readonly declare: string;
  readonly use: string;
  /** Metric → formula and what it should be; several numbers of a metric that keeps an axis. */
  readonly metrics: Readonly<Record<string, readonly [formula: string, expected: number]>>;
  readonly lets?: string;
}

interface Entry {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
}

const backends = engineColumns.filter((each) => !each.isSkipped).map((each) => each.name);

async function measure(given: Case, backend: string): Promise<Record<string, number>> {
  const cwd = newFolder('metrics');
  writeFileSync(join(cwd, 'clipx.json'), JSON.stringify({ backend }));
  writeFileSync(join(cwd, 'rows.jsonl'), given.rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const columns = Object.keys(given.rows[0] ?? {});
  const metrics = Object.entries(given.metrics).map(([name, [formula]]) => `  metric ${name} = ${formula}`);
  writeFileSync(
    join(cwd, 'measured.clipx'),
    `clipx 1
experiment measured
use "library/metrics.clipx" { ${given.use} }
${given.declare}
data rows = jsonl("rows.jsonl") { ${columns.map((name) => `${name}: "${name}"`).join(' ')} } |> mark(test)
${given.lets ?? ''}
evaluate on rows {
${metrics.join('\n')}
}
`,
  );
  const called = await clipx(['run', 'measured.clipx', '--progress', 'none', '--json'], { cwd });
  expect(called.code, called.stderr + called.stdout).toBe(0);
  const answer = JSON.parse(called.stdout) as {
    readonly runs: readonly { readonly results: readonly { readonly metrics: readonly { readonly name: string; readonly value: number }[] }[] }[];
  }; // prettier-ignore
  const found = answer.runs[0]?.results[0]?.metrics ?? [];
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

const fixture = oracle('backbones').json('metrics.json') as Readonly<Record<string, Entry>>; // made by test/oracles/make
const inputOf = (name: string, key: string): unknown => fixture[name]?.inputs[key];
const matrix = (name: string, key: string): number[][] => inputOf(name, key) as number[][];
const list = (name: string, key: string): number[] => inputOf(name, key) as number[];
const expected = (name: string): Record<string, number> => fixture[name]?.expected as Record<string, number>;
const per = (numbers: Record<string, number>, key: string): number => (numbers[key] ?? Number.NaN) / 100;
const flags = (values: readonly number[], own: number): number[] => values.map((each) => (each === own ? 1 : 0));

function retrieval(name: string): Case {
  const sim = matrix(name, 'sim');
  const target = list(name, 'target');
  const want = expected(name);
  const places = (sim[0] ?? []).map((_, at) => at);
  const ranks = sim.map((row, at) => {
    const own = row[target[at] ?? 0] ?? Number.NaN;
    return 1 + row.filter((each) => each > own).length + (row.filter((each) => each === own).length - 1) / 2;
  });
  const reciprocal = ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length;
  return {
    rows: sim.map((s, at) => ({ s, q: flags(places, target[at] ?? 0) })),
    declare: `axis shown: item = ${places.length}\ninput s: vector(shown)\ninput q: vector(shown)`,
    use: 'recall_at, median_place, mean_place, mean_reciprocal_rank',
    lets: 'let own = q > 0.5',
    metrics: {
      R1: ['recall_at(s, own, 1, over: shown)', per(want, 'R@1')],
      R5: ['recall_at(s, own, 5, over: shown)', per(want, 'R@5')],
      R10: ['recall_at(s, own, 10, over: shown)', per(want, 'R@10')],
      MdR: ['median_place(s, own, over: shown)', want['MdR'] ?? Number.NaN],
      MnR: ['mean_place(s, own, over: shown)', want['MnR'] ?? Number.NaN],
      MRR: ['mean_reciprocal_rank(s, own, over: shown)', reciprocal],
    },
  };
}

function personRetrieval(): Case {
  const name = 'person_retrieval';
  const gallery = list(name, 'gallery_id');
  const want = expected(name);
  return {
    rows: matrix(name, 'sim').map((s, at) => ({ s, q: flags(gallery, list(name, 'query_id')[at] ?? 0) })),
    declare: `axis shown: item = ${gallery.length}\ninput s: vector(shown)\ninput q: vector(shown)`,
    use: 'hit_at, average_precision, inverse_negative_penalty',
    lets: 'let right = q > 0.5',
    metrics: {
      R1: ['hit_at(s, right, 1, over: shown)', per(want, 'R@1')],
      R5: ['hit_at(s, right, 5, over: shown)', per(want, 'R@5')],
      R10: ['hit_at(s, right, 10, over: shown)', per(want, 'R@10')],
      mAP: ['mean(average_precision(s, right, over: shown))', per(want, 'mAP')],
      mINP: ['mean(inverse_negative_penalty(s, right, over: shown))', per(want, 'mINP')],
    },
  };
}

/** The words of a vocabulary are its places, as text. */
const words = (count: number): string => Array.from({ length: count }, (_, at) => `"${at}"`).join(', ');

function accuracy(): Case {
  const logits = matrix('accuracy', 'logits');
  const labels = list('accuracy', 'label');
  const want = expected('accuracy');
  const classes = logits[0]?.length ?? 0;
  const guesses = logits.map((row) => row.indexOf(Math.max(...row)));
  const shares = Array.from({ length: classes }, (_, own) => {
    const rows = guesses.filter((_, at) => labels[at] === own);
    return rows.length === 0 ? undefined : rows.filter((guess) => guess === own).length / rows.length;
  }).filter((share) => share !== undefined);
  const perplexity = Math.exp(
    logits.reduce((sum, row, at) => {
      const total = Math.log(row.reduce((all, each) => all + Math.exp(each), 0));
      return sum + total - (row[labels[at] ?? 0] ?? 0);
    }, 0) / logits.length,
  );
  return {
    rows: logits.map((s, at) => ({ s, y: String(labels[at] ?? 0) })),
    declare: `vocabulary class = [${words(classes)}]\ninput s: vector(class)\ninput y: class(class)`,
    use: 'top_k_accuracy, balanced_accuracy, perplexity',
    metrics: {
      top1: ['top_k_accuracy(s, y, 1, over: class)', want['top1'] ?? Number.NaN],
      top5: ['top_k_accuracy(s, y, 5, over: class)', want['top5'] ?? Number.NaN],
      balanced: ['balanced_accuracy(argmax(s, over: class), y)', shares.reduce((a, b) => a + b, 0) / shares.length],
      wavers: ['perplexity(s, y, over: class)', perplexity],
    },
  };
}

function angles(): Case {
  const [pred, gaze] = [matrix('angular_error', 'pred'), matrix('angular_error', 'gaze')];
  return {
    rows: pred.map((p, at) => ({ p, g: gaze[at] ?? [] })),
    declare: `axis xyz = 3\naxis side: item = [pitch, yaw]\ninput p: vector(side)\ninput g: vector(side)
use "library/losses.clipx" { gaze_vector }`,
    use: 'mean_angle',
    lets: `let a = gaze_vector(p[side: pitch], p[side: yaw], over: xyz)
let b = gaze_vector(g[side: pitch], g[side: yaw], over: xyz)`,
    metrics: { error: ['mean_angle(a, b) in deg', fixture['angular_error']?.expected as number] },
  };
}

function segmentation(): Case {
  const [pred, truth] = ['pred', 'truth'].map((key) => inputOf('segmentation', key) as number[][][]);
  const want = expected('segmentation');
  const classes = inputOf('segmentation', 'classes') as number;
  const rows = (pred ?? []).map((picture, at) => ({ guess: picture.flat(), truth: (truth?.[at] ?? []).flat() }));
  return {
    rows,
    declare: `vocabulary class = [${words(classes)}]\naxis place: item = ${rows[0]?.guess.length ?? 0}
input guess: vector(place)\ninput truth: vector(place)`,
    use: 'mean_iou, pixel_accuracy, balanced_accuracy',
    lets: 'let ŷ = as_index(guess, class)\nlet y = as_index(truth, class)',
    metrics: {
      mIoU: ['mean_iou(ŷ, y)', want['mIoU'] ?? Number.NaN],
      pixels: ['pixel_accuracy(ŷ, y)', want['pixelAccuracy'] ?? Number.NaN],
      classes: ['balanced_accuracy(ŷ, y)', want['meanAccuracy'] ?? Number.NaN],
    },
  };
}

function multilabel(name: string): Case {
  const want = expected(name);
  const y = matrix(name, 'y');
  return {
    rows: matrix(name, 'score').map((s, at) => ({ s, y: y[at] ?? [] })),
    declare: `axis class: item = ${y[0]?.length ?? 0}\ninput s: vector(class)\ninput y: vector(class)`,
    use: 'f1, mean_average_precision',
    lets: 'let hit = s >= 0.5\nlet yes = y > 0.5',
    metrics: {
      macro: ['mean(f1(hit, yes, over: batch))', per(want, 'macroF1')],
      micro: ['f1(hit, yes, over: [batch, class])', per(want, 'microF1')],
      samples: ['mean(f1(hit, yes, over: class))', per(want, 'samplesF1')],
      mAP: ['mean_average_precision(s, y)', per(want, 'mAP')],
    },
  };
}

function correlation(): Case {
  const want = expected('correlation');
  const b = list('correlation', 'b');
  const squares = list('correlation', 'a').map((a, at) => (a - (b[at] ?? 0)) ** 2);
  return {
    rows: list('correlation', 'a').map((a, at) => ({ a, b: b[at] ?? 0 })),
    declare: 'input a: scalar\ninput b: scalar',
    use: 'pearson, kendall, rmse, harmonic_mean',
    metrics: {
      r: ['pearson(a, b, over: batch)', want['pearson'] ?? Number.NaN],
      ρ: ['spearman(a, b, over: batch)', want['spearman'] ?? Number.NaN],
      τ: ['kendall(a, b, over: batch)', want['kendallTauB'] ?? Number.NaN],
      rms: ['rmse(a, b)', Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / squares.length)],
      H: [
        `harmonic_mean(${String(inputOf('harmonic_mean', 'base'))}, ${String(inputOf('harmonic_mean', 'new'))})`,
        fixture['harmonic_mean']?.expected as number,
      ],
    },
  };
}

/** Two pictures of two places, worked by hand: the second has one place that is unknown (0). */
const depth: Case = {
  rows: [
    { guess: [2, 4], truth: [1, 4] },
    { guess: [3, 9], truth: [2, 0] },
  ],
  declare: `axis width: position = 2\naxis row: item = 1\ninput guess: vector(width)\ninput truth: vector(width)`,
  use: 'absolute_relative, squared_relative, depth_rmse, depth_rmse_log, depth_log10, within_ratio',
  lets: `let d = expand(truth, over: row)[row as height]\nlet g = expand(guess, over: row)[row as height]\nlet ok = d > 0`,
  metrics: {
    rel: ['absolute_relative(g, d, ok)', ((1 + 0) / 2 + 0.5) / 2],
    squared: ['squared_relative(g, d, ok)', ((1 + 0) / 2 + 0.5) / 2],
    rms: ['depth_rmse(g, d, ok)', (Math.sqrt(1 / 2) + 1) / 2],
    logs: ['depth_rmse_log(g, d, ok)', (Math.sqrt(Math.log(2) ** 2 / 2) + Math.log(1.5)) / 2],
    tens: ['depth_log10(g, d, ok)', (Math.log10(2) / 2 + Math.log10(1.5)) / 2],
    δ1: ['within_ratio(g, d, ok)', (1 / 2 + 0) / 2],
    δ2: ['within_ratio(g, d, ok, 1.25 ^ 2)', (1 / 2 + 1) / 2],
  },
};

const cases: Readonly<Record<string, Case>> = {
  'recall, median and mean rank, texts to films': retrieval('retrieval_t2v'),
  'recall, median and mean rank, films to texts': retrieval('retrieval_v2t'),
  'recall, median and mean rank of equal scores': retrieval('retrieval_with_ties'),
  'person search: recall, mAP, mINP': personRetrieval(),
  'accuracy and perplexity': accuracy(),
  'angular error': angles(),
  'segmentation with unknown pixels': segmentation(),
  'several labels': multilabel('multilabel'),
  'several labels, one class is never there': multilabel('multilabel_empty_class'),
  'correlation and harmonic mean': correlation(),
  'depth, worked by hand': depth,
};

/** On the engines the cases whose ops are most unlike those of losses. */
const elsewhere = ['person search: recall, mAP, mINP', 'segmentation with unknown pixels', 'several labels'];

describe.each(['reference', ...backends])('metrics of the library on %s', (backend) => {
  const chosen = Object.entries(cases).filter(([name]) => backend === 'reference' || elsewhere.includes(name));
  it.each(chosen)('%s', async (_, given) => {
    const found = await measure(given, backend);
    for (const [name, [formula, value]] of Object.entries(given.metrics)) {
      const off = Math.abs((found[name] ?? Number.NaN) - value);
      expect(off, `${formula} is ${found[name]}, not ${value}`).toBeLessThanOrEqual(
        2e-5 * Math.max(1, Math.abs(value)),
      );
    }
  });
});
