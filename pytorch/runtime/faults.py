"""Errors that a person can cause: a sentence, whose fault it is, and a code of clipx."""

from __future__ import annotations

from typing import Any

EXIT_CODES = {"user": 3, "world": 5, "internal": 70, "numerical": 4, "proof": 1}


class RunFault(Exception):
    """Why a run ended. `fault` is one of `EXIT_CODES`."""

    def __init__(self, fault: str, code: str, message: str, help_text: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.code = code
        self.message = message
        self.help_text = help_text

    def __reduce__(self) -> tuple[Any, ...]:
        """Other processes are told of it."""
        return RunFault, (self.fault, self.code, self.message, self.help_text)
