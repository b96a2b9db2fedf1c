"""What training leaves out (Srivastava et al., 2014), as clipx draws it: the draws of a step come with its batch."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


class Dropout:
    """What a call of the part `name` leaves out: `batch` has 1 for what stays and 0 for what goes, by places in the part.

    `share`: what is left out, or how much at each place and below it. `call`: how often the part was called before. Where nothing was
    drawn all stays.
    """

    def __init__(
        self, batch: Mapping[str, Tensor], name: str, share: float | Mapping[str, float] = 0.0, call: int = 0
    ) -> None:
        self.batch = batch
        self.name = name
        self.shares = {"": share} if isinstance(share, float) else share
        self.call = call
        self.place = ""

    def below(self, place: str) -> Dropout:
        """The same for what stands at a place of the part."""
        inner = Dropout(self.batch, self.name, self.shares, self.call)
        inner.place = self.inside(place)
        return inner

    def inside(self, place: str) -> str:
        """A place by its path in the whole part."""
        return ".".join(word for word in (self.place, place) if word)

    def kept(self, place: str = "") -> Tensor | None:
        """What stays at a place, as it was drawn."""
        words = ("random dropout:" + self.name, self.inside(place), str(self.call or ""))
        return self.batch.get(".".join(word for word in words if word))

    def share(self, place: str = "") -> float:
        """How much is left out at a place."""
        here = self.inside(place)
        around = [at for at in self.shares if not at or f"{here}.".startswith(f"{at}.")]
        return self.shares[max(around, key=len)]

    def __call__(self, x: Tensor, place: str = "") -> Tensor:
        """What stays of `x`, scaled up by the share of it; of whole slices one number each is drawn."""
        kept = self.kept(place)
        if kept is None:
            return x
        stays = kept.view(x.shape) if kept.numel() == x.numel() else kept
        return x * stays / (1 - self.share(place))

    def branch(self, x: Tensor, place: str, share: float) -> Tensor:
        """What stays of a branch `x [..., token, width]`, then of the samples that have it (Huang et al., 2016): `share` of them have not."""
        stays = self(x, place)
        kept = self.kept(f"{place}.depth")
        return stays if kept is None else stays * kept.view(*x.shape[:-2], 1, 1) / (1 - share)


NOTHING = Dropout({}, "")
"""Leaves out nothing."""
