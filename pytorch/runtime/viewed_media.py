"""What one sample has of a column of files, or of views of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .decoding import Draw
from .media_decoder import MediaDecoder
from .moves import Picture
from .picture_steps import PictureSite, picture_step
from .points import Cloud
from .rows import Row
from .sample_draws import noise, thrown
from .sound_steps import SoundSite, point_step, sound_step
from .sounds import Ear
from .views import through_chain


class ViewedMedia(MediaDecoder):
    """Decodes files, and does to them what views say."""

    def _moved(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> list[Picture]:
        """What a column gives of one sample as pictures: a film has several, anything else one."""
        view = column.get("view")
        if view is None:
            if column["kind"] == "frames":
                return self._frames(column, row, at, draw)
            if column["kind"] == "image":
                return [self._picture(column, row)]
            plane = self._plane(column, row)
            return [np.where(self._known(column, plane, row), plane, -1).astype(np.int32)]
        frames = self._moved(self._context.column(view["of"]), row, at, place, draw)
        # what a draw depends on goes through the same steps
        others = [self._context.column(other) for other in view.get("along", []) if other != view["of"]]
        along = [frame for other in others for frame in self._moved(other, row, at, place, draw)]
        dice, steps = thrown(view, at, place, draw)
        pixels = noise(view, at, place, draw)
        site = PictureSite(dice, lambda count: pixels(0, count), draw.epoch is None)
        moved = through_chain([*frames, *along], steps, dice, lambda value, step: picture_step(value, step, site))
        return moved[: len(moved) - len(along)]

    def _points(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> Cloud:
        view = column.get("view")
        if view is None:
            return self._cloud(column, row)
        cloud = self._points(self._context.column(view["of"]), row, at, place, draw)
        dice, steps = thrown(view, at, place, draw)
        return through_chain(cloud, steps, dice, lambda value, step: point_step(value, step, dice))

    def _heard(self, column: dict[str, Any], row: Row, at: int, place: int, draw: Draw) -> list[Ear]:
        view = column.get("view")
        if view is None:
            return self._ears(column, row)
        ears = self._heard(self._context.column(view["of"]), row, at, place, draw)
        dice, steps = thrown(view, at, place, draw)
        site = SoundSite(dice, noise(view, at, place, draw), column["rate"], draw.epoch is None)
        return through_chain(ears, steps, dice, lambda value, step: sound_step(value, step, site))
