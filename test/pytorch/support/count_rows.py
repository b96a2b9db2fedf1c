"""Trains a package and says how many rows each call of a part was given in the first process: count_rows.py PACKAGE PART OPTIONS..."""

import importlib
import json
import os
import sys

package, part, *options = sys.argv[1:]
sys.argv = [package, *options]
# the package lies in the working folder
sys.path.insert(0, os.getcwd())
train = importlib.import_module(f"{package}.train")
model = importlib.import_module(f"{package}.model")
rows: list[int] = []
begin = model.Model.__init__


def counted(self) -> None:
    """A model that counts."""
    begin(self)
    self.get_submodule(part).register_forward_hook(lambda module, given, made: rows.append(given[0].shape[0]))


model.Model.__init__ = counted
status = train.main()
# lines of several processes would run into each other
if os.environ.get("RANK", "0") == "0":
    print(json.dumps(rows))
train.distributed.leave(status)
