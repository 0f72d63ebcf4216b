"""Optional libraries in tests: skipped where they are absent, unless AEEVAL_REQUIRE_EXTRAS=1 asks for all of them."""

import os
import warnings
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import pytest

REQUIRED = os.environ.get("AEEVAL_REQUIRE_EXTRAS") == "1"
PINS = dict(
    line.split("==")
    for line in (Path(__file__).parents[1] / "constraints.txt").read_text().splitlines()
    if "==" in line and not line.startswith("#")
)


def extra(module: str, library: str | None = None) -> ModuleType:
    """A module of an optional library, for the top of a test file; in a required run it has to have its pinned version.

    What the libraries warn of while they are imported is theirs.
    """
    library = library or module.partition(".")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = import_module(module)
        except ImportError:
            if REQUIRED:
                raise
            pytest.skip(f"needs {library}", allow_module_level=True)
    if REQUIRED:
        assert metadata.version(library) == PINS[library], f"{library} is not the version of constraints.txt"
    return found
