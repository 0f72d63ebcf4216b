"""Libraries of executors that the package does without."""

from importlib import import_module
from types import ModuleType

from aeeval.errors import UsageError, message


def required(module: str, library: str, extra: str) -> ModuleType:
    """The module of an optional library; without it an error that says how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(message(f"{library} to be installed", f"{error}", f'pip install "aeeval[{extra}]"')) from error
