"""library-losses/library.json: losses of library/losses.clipx that losses/ has no case of, written out in PyTorch.

A case has its options, value, inputs and gradients; float64 from float32 inputs. `noise`: what a float32 run is off by.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

N, D, C = 7, 10, 5
torch.manual_seed(11)
CASES = {}


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().double().reshape(-1).tolist()}


def case(name, fn, inputs, constant=(), **options):
    def run(dtype):
        x = {k: v.to(dtype).clone().requires_grad_(k not in constant) if v.is_floating_point() else v
             for k, v in inputs.items()}
        value = fn(**x, **options)
        value.backward()
        grads = {k: v.grad for k, v in x.items() if v.is_floating_point() and v.requires_grad}
        return value, {k: torch.zeros_like(inputs[k]) if g is None else g for k, g in grads.items()}
    (value, grads), (_, single) = run(torch.float64), run(torch.float32)
    CASES[name] = {
        "value": value.item(), "inputs": list(inputs), "gradients": list(grads), "options": options,
        "equation": " ".join(fn.__doc__.split()),
        "in": {k: numbers(v) for k, v in inputs.items()}, "grad": {k: numbers(v) for k, v in grads.items()},
        "noise": {k: (g - single[k].double()).abs().max().item() for k, g in grads.items()},
    }


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def supervised_contrastive(z, label, tau=0.1):
    """Khosla et al. 2020, equation 2, row by row as printed; rows without another of their class are left out."""
    s = unit(z) @ unit(z).T / tau
    rows = []
    for i in range(len(z)):
        others = [a for a in range(len(z)) if a != i]
        same = [p for p in others if label[p] == label[i]]
        if same:
            total = torch.stack([s[i, a].exp() for a in others]).sum()
            rows.append(-torch.stack([(s[i, p].exp() / total).log() for p in same]).mean())
    return torch.stack(rows).mean()


def masked_tokens(logits, label, asked):
    """Devlin et al. 2019: cross-entropy at the tokens that are asked for, by boolean indexing."""
    keep = asked > 0.5
    return F.cross_entropy(logits[keep], label[keep])


def dice(logits, y):
    """1 - (2 sum p y + 1) / (sum p + sum y + 1), per row, mean."""
    p = logits.sigmoid()
    return (1 - (2 * (p * y).sum(1) + 1) / (p.sum(1) + y.sum(1) + 1)).mean()


def logit_distillation(logits, teacher, tau=3.0):
    """Hinton et al. 2015: tau^2 KL(teacher || student) at temperature tau, batchmean."""
    return tau ** 2 * F.kl_div((logits / tau).log_softmax(1), (teacher.detach() / tau).softmax(1), reduction="batchmean")


def feature_distillation(a, teacher):
    """mean (a - teacher)^2, no gradient into the teacher."""
    return F.mse_loss(a, teacher.detach())


def n_itc_two_passes(image, text, image2, text2, person, alpha=0.4):
    """N-ITC whose pseudo-labels come from another pass: t = alpha softmax(s2) + (1 - alpha) q / |q|, both directions."""
    s, s2 = 14 * unit(image) @ unit(text).T, (14 * unit(image2) @ unit(text2).T).detach()
    q = (person[:, None] == person[None, :]).to(s.dtype)
    total = 0
    for a, b, own in ((s, s2, q), (s.T, s2.T, q.T)):
        t = alpha * b.softmax(1) + (1 - alpha) * own / own.sum(1, keepdim=True)
        total = total - (t * a.log_softmax(1)).sum(1).mean()
    return total / 2


def rank_margin(z, label, perm, margin=0.1):
    """CLIP-Gaze loss 4 with a margin: |S| max(0, margin - S (s_1 - s_2)); pairs i < j, each against perm."""
    i, j = torch.triu_indices(len(z), len(z), 1)
    s, g = (unit(z)[i] * unit(z)[j]).sum(1), (unit(label)[i] * unit(label)[j]).sum(1)
    sign = (g - g[perm]).detach().sign()
    return (sign.abs() * (margin - sign * (s - s[perm])).relu()).mean()


def main():
    normal = lambda *shape: torch.randn(*shape)
    label, person = torch.randint(0, C, (N,)), torch.tensor([3, 5, 3, 9, 5, 3, 8])
    z, y = normal(N, D), (torch.rand(N, C) < 0.4).float()
    asked = torch.tensor([1.0, 0, 1, 1, 0, 0, 1])
    logits, teacher = 2 * normal(N, C), 2 * normal(N, C)
    case("supervised_contrastive", supervised_contrastive, dict(z=z, label=person))
    case("supervised_contrastive_tau0.5", supervised_contrastive, dict(z=z, label=person), tau=0.5)
    case("masked_tokens", masked_tokens, dict(logits=logits, label=label, asked=asked), ["asked"])
    case("dice", dice, dict(logits=logits, y=y), ["y"])
    case("logit_distillation", logit_distillation, dict(logits=logits, teacher=teacher), ["teacher"])
    case("feature_distillation", feature_distillation, dict(a=z, teacher=normal(N, D)), ["teacher"])
    case("n_itc_two_passes", n_itc_two_passes, dict(image=z, text=z + normal(N, D), image2=normal(N, D), text2=normal(N, D),
                                                    person=person), ["image2", "text2"])
    case("rank_margin", rank_margin, dict(z=z, label=normal(N, 3), perm=torch.randperm(N * (N - 1) // 2)), ["label"])
    folder = pathlib.Path(sys.argv[1]) / "library-losses"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "library.json").write_text(json.dumps(CASES, indent=1) + "\n", encoding="utf-8")


main()
