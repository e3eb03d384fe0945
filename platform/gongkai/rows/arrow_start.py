"""What a process does once before it uses pyarrow."""

import sys
import types
import warnings

import pyarrow as pa


def spare_pandas() -> None:
    """Keep pyarrow from importing pandas, where that is installed, at its first conversion.

    It costs 0.4 s and 60 MB a file and serves nobody here: pyarrow's pandas-shim.pxi only looks
    whether a value is a DataFrame. Whoever does import pandas later can use both together.
    """
    old = types.ModuleType("pandas")
    old.__dict__["__version__"] = "0"
    sys.modules["pandas"] = old
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pa.array([0])
    del sys.modules["pandas"]
