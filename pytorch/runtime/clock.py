"""How far a stage is."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class StageClock:
    """Steps of the stage, of the sample at hand and of the restart at hand. Without samples or restarts of their own all three are one."""

    def __init__(self, stage: Json, steps_per_epoch: int, per_restart: int, samples: int) -> None:
        self._restarts: int = stage.get("restarts", 1)
        self.is_apart = stage.get("each") is True or "restarts" in stage
        self.steps_per_epoch, self.per_restart, self.samples = steps_per_epoch, per_restart, samples
        #: at most: of all samples and restarts together
        self.steps = per_restart * self._restarts * samples
        self.step = 0
        #: steps of the stage that were done when the sample began, and when the restart did
        self.begun_at = self.restarted_at = 0
        self.restart = 0

    @property
    def per_sample(self) -> int:
        """Steps of all restarts of one sample."""
        return self.per_restart * self._restarts

    @property
    def sample_step(self) -> int:
        """Steps of the sample at hand, or of the stage."""
        return self.step - self.begun_at

    @property
    def local_step(self) -> int:
        """Steps of the present restart."""
        return self.step - self.restarted_at

    @property
    def is_restart_over(self) -> bool:
        """Whether it has had all its steps."""
        return self.local_step >= self.per_restart

    @property
    def is_last_restart(self) -> bool:
        """Whether the sample, or the stage, ends with it."""
        return self.restart + 1 >= self._restarts

    def begin_sample(self) -> None:
        """A sample begins here."""
        self.begun_at = self.restarted_at = self.step
        self.restart = 0

    def restore(self, state: Json) -> None:
        """As a checkpoint left it."""
        turn = state.get("turn", {})
        self.step = state["step"]
        self.begun_at, self.restarted_at = turn.get("begunAt", 0), turn.get("restartedAt", 0)
        self.restart = turn.get("restart", 0)

    def turn(self, moved: set[str]) -> Json:
        """Its part of a checkpoint. `moved`: tensors that moved for some sample before this one."""
        place = {"begunAt": self.begun_at, "restart": self.restart, "restartedAt": self.restarted_at}
        return {"turn": {**place, "moved": sorted(moved)}} if self.is_apart else {}
