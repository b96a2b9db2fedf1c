/** How each case of the PyTorch fixtures is said in the language: what its tensors are, and the formula of the library it is held to. */

export type Options = Readonly<Record<string, unknown>>;

/** How a fixture's tensor enters the experiment. */
export type Role = 'param' | 'frozen' | 'vector' | 'scalar' | 'labels' | 'index' | 'open index' | 'id' | 'random';

export interface Recipe {
  readonly use: readonly string[];
  /** Fixture input → its role and axes; `batch` first where it has one. */
  readonly inputs: Readonly<Record<string, readonly [Role, ...string[]]>>;
  readonly loss: (options: Options) => string;
  /** Declarations before the loss. */
  readonly lets?: string;
  /** Losses of their own, weighted in `loss`'s place. */
  readonly objective?: (options: Options) => string;
  /** The input whose gradient the formula stops; the language itself refuses it as trainable, and PyTorch's gradient is zero. */
  readonly stopped?: (options: Options) => string | undefined;
}

const f = ['param', 'batch', 'd'] as const;
const constant = ['frozen', 'batch', 'd'] as const;
const gaze = ['vector', 'batch', 'xyz'] as const;
const texts = ['frozen', 'factor', 'd'] as const;
const scale = ['param'] as const;
const id = ['id'] as const;
const logits = ['param', 'batch', 'class'] as const;
const label = ['index', 'class'] as const;
const perClass = ['vector', 'batch', 'class'] as const;

/** Options of a case as named arguments: those that it gives, under the library's names. */
function named(options: Options, names: Readonly<Record<string, string>>): string {
  return Object.entries(names)
    .flatMap(([option, name]) => (typeof options[option] === 'number' ? [`, ${name}: ${options[option]}`] : []))
    .join('');
}

const forms: Readonly<Record<string, string>> = {
  signed: 'repulsion', abs: 'repulsion_absolute', square: 'repulsion_square', relu: 'repulsion_relu',
}; // prettier-ignore

const irrelevant: Recipe = {
  use: Object.values(forms),
  inputs: { f, f_re: f, f_ir: texts },
  loss: ({ tau = 1, flow = false, form = 'signed' }) => {
    const weights = `softmax(cos(f, f_ir) / ${String(tau)}, over: factor)`;
    return `${forms[String(form)] ?? ''}(f_re, f_ir, ${flow === true ? weights : `stop(${weights})`}, over: factor)`;
  },
  stopped: ({ flow = false }) => (flow === true ? undefined : 'f'),
};
const rank: Recipe = {
  use: ['rank_loss', 'rank_loss_sorted', 'rank_loss_full'],
  inputs: { f_re: f, gaze, perm: ['random', 'pair'] },
  loss: ({ pairing = 'permutation' }) => {
    const name = pairing === 'sorted' ? 'rank_loss_sorted' : pairing === 'full' ? 'rank_loss_full' : 'rank_loss';
    return `${name}(f_re, gaze)`;
  },
};
const angular: Recipe = {
  use: ['angular_error'],
  inputs: { pred: ['param', 'batch', 'xyz'], gaze },
  loss: (options) => `angular_error(pred, gaze${named(options, { eps: 'ε' })})`,
};
const pco: Recipe = {
  use: ['true_text'],
  inputs: {
    f_v: f,
    text_pos: ['param', 'factor', 'd'],
    text_neg: ['param', 'factor', 'd'],
    present: ['vector', 'batch', 'factor'],
  },
  loss: ({ tau = 0.01 }) =>
    `true_text(cos(f_v, text_pos) / ${String(tau)}, cos(f_v, text_neg) / ${String(tau)}, present, over: factor)`,
};

const angles = ['param', 'batch', 'angle'] as const;
const trueAngles = ['vector', 'batch', 'angle'] as const;
const persons = { image: f, text: f, logit_scale: scale, person: id };
const scores = 'similarities(image, text, capped(exp(logit_scale)))';
const tbps = ['similarities', 'capped', 'of_one'];
const nItc: Recipe = {
  use: [...tbps, 'n_itc'],
  inputs: persons,
  loss: (options) => `n_itc(${scores}, of_one(person)${named(options, { alpha: 'α' })})`,
};
const cItc: Recipe = {
  use: ['c_itc'],
  inputs: { image: f, text: f },
  loss: (options) => `c_itc(image, text${named(options, { w_in: 'within', w_cross: 'across' })})`,
};
const ofView = scores.replace('image', 'image_mvs');
const nearest: Recipe = {
  use: ['nearest_error'],
  inputs: { x: f, p: f, exact: ['scalar'], rounded: ['scalar'] },
  loss: (options) => `nearest_error(x, p, exact, rounded, k: ${typeof options['k'] === 'number' ? options['k'] : 'batch / 2'}${named(options, { tau: 'τ' })})`,
}; // prettier-ignore

const asymmetric: Recipe = {
  use: ['asymmetric', 'asymmetric_unclamped'],
  inputs: { z_neg: logits, z_pos: logits, y: ['labels', 'batch', 'class'] },
  loss: ({ eps = 1e-6, weight = 0.03, mean = false, ...rest }) => {
    const numbers = named(rest, { gamma_pos: 'γ_yes', gamma_neg: 'γ_no', margin: 'm' });
    const name = eps === 0 ? 'asymmetric_unclamped' : 'asymmetric';
    return `${String(weight)} * ${mean === true ? 'mean' : 'sum'}(${name}(z_pos - z_neg, y${numbers}))`;
  },
};
const intclip: Recipe = {
  use: ['asymmetric'],
  inputs: {
    regions: ['param', 'batch', 'region', 'd'],
    t_pos: ['param', 'class', 'd'],
    t_neg: ['param', 'class', 'd'],
    y: ['labels', 'batch', 'class'],
  },
  lets: `let s_pos = 20 * cos(regions, t_pos)
let s_neg = 20 * cos(regions, t_neg)
let w = softmax(s_pos, over: region)
let z = 5 * sum(w * s_pos, over: region) - 5 * sum(w * s_neg, over: region)`,
  loss: () => '0.03 * sum(asymmetric(z, y))',
};
/** Sight-assisted aggregation is attention, not a loss: written out, with the mean square that the fixture ends in. */
const saa: Recipe = {
  use: ['mse'],
  inputs: {
    m_sem: ['param', 'batch', 'd', 'place'], m_sig: ['param', 'batch', 'd', 'place'], target: ['frozen', 'batch', 'd', 'place'],
    wq: ['param', 'inner', 'd'], bq: ['param', 'inner'], wk: ['param', 'inner', 'd'], bk: ['param', 'inner'],
    wv: ['param', 'e', 'd'], bv: ['param', 'e'], alpha: scale,
  },
  lets: `let q = dot(wq, m_sem, along: d) + bq
let k = dot(wk, m_sem, along: d) + bk
let v = dot(wv, m_sig, along: d) + bv
let a = softmax(dot(q, k[place as source], along: inner), over: source)
let out = alpha * dot(a, v[place as source, e as d], along: source) + (m_sig + m_sem) / 2`,
  loss: () => 'mse(out, target)',
}; // prettier-ignore

const crColumn = (index: number): string => ['pitch', 'yaw'][index] ?? '';

export const recipes: Readonly<Record<string, Readonly<Record<string, Recipe>>>> = {
  core: {
    infonce: { use: ['info_nce'], inputs: { image: f, text: f, logit_scale: scale }, loss: () => 'info_nce(image, text, exp(logit_scale))' },
    infonce_image_to_text: { use: ['one_sided'], inputs: { image: f, text: f, logit_scale: scale }, loss: () => 'one_sided(image, text, exp(logit_scale))' },
    siglip: {
      use: ['siglip'],
      inputs: { image: f, text: f, logit_scale: scale, logit_bias: scale },
      loss: () => 'siglip(image, text, exp(logit_scale), logit_bias)',
    },
    class_ce: {
      use: ['cross_entropy'],
      inputs: { image: f, classes: ['param', 'class', 'd'], logit_scale: scale, label },
      loss: () => 'cross_entropy(exp(logit_scale) * cos(image, classes), label, over: class)',
    },
    tbps_itc: { use: [...tbps, 'itc'], inputs: persons, loss: () => `itc(${scores}, of_one(person))` },
    tbps_nitc_hard: nItc, tbps_nitc_soft: nItc, tbps_nitc_capped_scale: nItc,
    tbps_nitc_mvs: {
      use: [...tbps, 'n_itc'],
      inputs: { ...persons, image_mvs: f },
      loss: (options) => {
        const rest = `of_one(person)${named(options, { alpha: 'α' })}`;
        return `(n_itc(${scores}, ${rest}) + n_itc(${ofView}, ${rest})) / 2`;
      },
    },
    tbps_ritc: { use: [...tbps, 'r_itc'], inputs: persons, loss: (options) => `r_itc(${scores}, of_one(person)${named(options, { eps: 'ε' })})` },
    tbps_citc: cItc, tbps_citc_inner_only: cItc,
    ntxent: { use: ['nt_xent'], inputs: { a: f, b: f }, loss: (options) => `nt_xent(a, b${named(options, { temperature: 'τ' })})` },
    tbps_simplified: {
      use: [...tbps, 'n_itc', 'r_itc'], inputs: persons,
      loss: (options) => `n_itc(${scores}, of_one(person)${named(options, { alpha: 'α' })}) + r_itc(${scores}, of_one(person))`,
    },
    tbps_full: {
      use: [...tbps, 'n_itc', 'r_itc', 'c_itc', 'nt_xent'],
      inputs: { ...persons, image_mvs: f, ss_a: f, ss_b: f },
      loss: () => '',
      lets: `let s = ${scores}\nlet s_view = ${ofView}\nlet q = of_one(person)`,
      objective: (options) => {
        const α = named(options, { alpha: 'α' });
        return `loss L_N = (n_itc(s, q${α}) + n_itc(s_view, q${α})) / 2
loss L_R = r_itc(s, q)
loss L_C = c_itc(image, text)
loss L_S = nt_xent(ss_a, ss_b)
minimize L_N + L_R + 0.1 * L_C + 0.4 * L_S`;
      },
    },
    actionclip_kl: {
      use: ['similarities', 'of_one', 'similarity_kl'],
      inputs: { video: f, text: f, logit_scale: scale, label: id },
      loss: () => 'similarity_kl(similarities(video, text, exp(logit_scale)), of_one(label))',
    },
  },
  gaze: {
    angular, 'angular_eps1e-7': angular, angular_parallel_clamped: angular,
    angular_from_angles: {
      use: ['angular_error', 'gaze_vector'],
      inputs: { pred_angles: angles, gaze_angles: trueAngles },
      lets: 'axis xyz = 3',
      loss: () => `angular_error(${['pred', 'gaze'].map((side) => `gaze_vector(${side}_angles[angle: 0], ${side}_angles[angle: 1], over: xyz)`).join(', ')})`,
    },
    gaze_l1: { use: ['l1'], inputs: { pred_angles: angles, gaze_angles: trueAngles }, loss: () => 'l1(pred_angles, gaze_angles)' },
    distill: { use: ['cosine_distance'], inputs: { f, f_v: constant }, loss: () => 'cosine_distance(f, f_v)' },
    irrelevant_default: irrelevant, 'irrelevant_tau0.07': irrelevant, irrelevant_weights_with_gradient: irrelevant,
    irrelevant_abs: irrelevant, irrelevant_square: irrelevant, irrelevant_relu: irrelevant,
    rank_permutation: rank, rank_with_ties: rank, rank_sorted: rank, rank_full: rank,
    pco, 'pco_tau0.01': pco,
    clip_gaze_total: {
      use: ['angular_error', 'cosine_distance', 'repulsion', 'rank_loss'],
      inputs: { pred: ['param', 'batch', 'xyz'], gaze, f, f_v: constant, f_re: f, f_ir: texts, perm: ['random', 'pair'] },
      loss: () => '',
      objective: ({ lambdas }) => {
        const [l1, l2, l3] = Array.isArray(lambdas) ? lambdas.map(String) : [];
        return `let w = stop(softmax(cos(f, f_ir), over: factor))
loss L_g  = angular_error(pred, gaze)
loss L_d  = cosine_distance(f, f_v)
loss L_ir = repulsion(f_re, f_ir, w, over: factor)
loss L_re = rank_loss(f_re, gaze)
minimize L_g + ${l1} * L_d + ${l2} * L_ir + ${l3} * L_re`;
      },
    },
    cr_cls: { use: ['info_nce'], inputs: { x: f, p: f, log_scale: scale }, loss: () => 'info_nce(x, p, min(exp(log_scale), 100))' },
    cr_cls_multi_positive: {
      use: ['similarities', 'of_one', 'n_itc'],
      inputs: { x: f, p: f, log_scale: scale, bin_of: id },
      loss: () => 'n_itc(similarities(x, p, min(exp(log_scale), 100)), of_one(bin_of))',
    },
    cr_reg: nearest, 'cr_reg_k3_tau0.07': nearest,
    cr_total: {
      use: ['info_nce', 'nearest_error'],
      inputs: { x_pitch: f, x_yaw: f, p_pitch: f, p_yaw: f, log_scale: scale, exact: trueAngles, rounded: trueAngles },
      loss: () => '',
      objective: () => {
        const terms = [0, 1].map((at) => {
          const [x, p] = [`x_${crColumn(at)}`, `p_${crColumn(at)}`];
          return `loss L_c${at} = info_nce(${x}, ${p}, min(exp(log_scale), 100))
loss L_r${at} = nearest_error(${x}, ${p}, exact[angle: ${at}], rounded[angle: ${at}], k: batch / 2)`;
        });
        return `${terms.join('\n')}\nminimize L_c0 + L_c1 + L_r0 + L_r1`;
      },
    },
  },
  general: {
    cross_entropy: { use: ['cross_entropy'], inputs: { logits, label }, loss: () => 'cross_entropy(logits, label, over: class)' },
    cross_entropy_smoothed: {
      use: ['smoothed_cross_entropy'], inputs: { logits, label },
      loss: (options) => `smoothed_cross_entropy(logits, label, over: class${named(options, { smoothing: 'ε' })})`,
    },
    cross_entropy_weighted: {
      use: ['weighted_cross_entropy'], inputs: { logits, label: ['open index', 'class'], class_weight: ['frozen', 'class'] },
      loss: () => 'weighted_cross_entropy(logits, label, class_weight, over: class)',
    },
    cross_entropy_soft: { use: ['soft_cross_entropy'], inputs: { logits, target: perClass }, loss: () => 'soft_cross_entropy(logits, target, over: class)' },
    kl_batchmean: { use: ['kl_divergence'], inputs: { logits, target: perClass }, loss: () => 'kl_divergence(logits, target, over: class)' },
    kl_batchmean_zeros: { use: ['kl_divergence'], inputs: { logits, target: perClass }, loss: () => 'kl_divergence(logits, target, over: class)' },
    bce_logits: {
      use: ['binary_cross_entropy'], inputs: { logits, target: perClass, pos_weight: ['frozen', 'class'] },
      loss: () => 'binary_cross_entropy(logits, target, w: pos_weight)',
    },
    focal_softmax: { use: ['focal_cross_entropy'], inputs: { logits, label }, loss: (options) => `focal_cross_entropy(logits, label, over: class${named(options, { gamma: 'γ' })})` },
    focal_sigmoid: { use: ['focal'], inputs: { logits, target: perClass }, loss: (options) => `focal(logits, target${named(options, { alpha: 'α', gamma: 'γ' })})` },
    triplet: { use: ['triplet'], inputs: { anchor: f, positive: f, negative: f }, loss: (options) => `triplet(anchor, positive, negative${named(options, { margin: 'margin' })})` },
    triplet_cosine: { use: ['triplet_cosine'], inputs: { anchor: f, positive: f, negative: f }, loss: (options) => `triplet_cosine(anchor, positive, negative${named(options, { margin: 'margin' })})` },
    hardest_negative_margin: { use: ['hardest_negative'], inputs: { image: f, text: f }, loss: (options) => `hardest_negative(image, text${named(options, { margin: 'margin' })})` },
    cosine_distance: { use: ['cosine_gap'], inputs: { a: f, b: f }, loss: () => 'cosine_gap(a, b)' },
    cosine_embedding: { use: ['cosine_embedding'], inputs: { a: f, b: f, sign: ['scalar'] }, loss: ({ margin = 0.1 }) => `cosine_embedding(a, b, sign, margin: ${String(margin)})` },
    mse: { use: ['mse'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: () => 'mse(a, b)' },
    l1: { use: ['l1'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: () => 'l1(a, b)' },
    smooth_l1: { use: ['smooth_l1'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: ({ beta = 0.5 }) => `smooth_l1(a, b, β: ${String(beta)})` },
    huber: { use: ['huber'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: ({ delta = 0.7 }) => `huber(a, b, δ: ${String(delta)})` },
    margin_ranking: { use: ['margin_ranking'], inputs: { a: f, b: f, sign: ['scalar'] }, loss: ({ margin = 0.1 }) => `margin_ranking(a[d: 0], b[d: 0], sign, margin: ${String(margin)})` },
  },
  systems: {
    clip4clip_meanp: {
      use: ['info_nce'],
      inputs: { text: f, frames: ['param', 'batch', 'moment', 'd'], mask: ['vector', 'batch', 'moment'], logit_scale: scale },
      lets: 'let film = mean(normalize(only(frames, mask > 0.5)), over: moment)',
      loss: () => 'info_nce(text, film, exp(logit_scale))',
    },
    clip4clip_mil_nce: {
      use: ['similarities', 'mil_nce_rows'],
      inputs: { text: f, video: f, logit_scale: scale },
      lets: 'let group = floor(index(batch) / 2)',
      loss: ({ n_pair = 2 }) =>
        `mean(mil_nce_rows(similarities(text, video, exp(logit_scale)), group == group[batch as other]), where: index(batch) - ${String(n_pair)} * group == ${Math.floor(Number(n_pair) / 2)})`,
    },
    intclip, intclip_unknown_labels: intclip,
    asymmetric, asymmetric_mean_g0_g4: asymmetric, asymmetric_log_sigmoid: asymmetric, asymmetric_clamped_logs: asymmetric,
    saa, saa_start: saa,
  },
}; // prettier-ignore
