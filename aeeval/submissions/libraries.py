"""Libraries that a kind of submission needs and the package does not."""

from importlib import import_module
from types import ModuleType

from aeeval.errors import UsageError, message

EXTRA = "submissions"


def required(module: str, library: str) -> ModuleType:
    """The module of an optional library; without it an error that says how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(message(f"{library} to be installed", f"{error}", f'pip install "aeeval[{EXTRA}]"')) from error
