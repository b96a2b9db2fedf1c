"""Trains a package and sends itself a signal after so many steps: stop_at.py PACKAGE SIGNAL STEP OPTIONS..."""

import importlib
import os
import signal
import sys

package, name, step, *options = sys.argv[1:]
sys.argv = [package, *options]
# the package lies in the working folder
sys.path.insert(0, os.getcwd())
train = importlib.import_module(f"{package}.train")
folder = importlib.import_module(f"{package}.runtime.folder")
emit, seen = folder.RunFolder.emit, 0


def counted(self, event: str, **body: object) -> None:
    """Says the event, and stops at the wanted one."""
    global seen
    emit(self, event, **body)
    if event == "step" and not self._silent:
        seen += 1
        if seen == int(step):
            os.kill(os.getpid(), getattr(signal, name))


folder.RunFolder.emit = counted
train.distributed.leave(train.main())
