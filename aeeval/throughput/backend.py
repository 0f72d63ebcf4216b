"""How a function is run: as it is, or compiled for one shape."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.errors import AeevalError, Skipped

Function = Callable[[Tensor], Tensor]


@dataclass
class Prepared:
    """A function that is ready to be timed; `notes` fill with its first call."""

    function: Function
    compiles: bool = False


def eager(function: Function) -> Prepared:
    """The function itself."""
    return Prepared(function)


def compiled(function: Function) -> Prepared:
    """By `torch.compile`, for the shape of its first call alone, as if nothing had been compiled before.

    torch gives up compiling after eight shapes of one function and goes on in eager mode, silently: every batch size
    therefore starts from nothing. Raises `Skipped` at the first call where nothing could be compiled.
    """
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    with quiet():
        ready = torch.compile(function, dynamic=False)
    first = True

    def call(rows: Tensor) -> Tensor:
        nonlocal first
        if not first:
            return ready(rows)
        first = False
        return _first(ready, rows)

    return Prepared(call, compiles=True)


def _first(ready: Function, rows: Tensor) -> Tensor:
    with quiet():
        try:
            answer = ready(rows)
        except (AeevalError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # of the compiler: it has no common class of errors
            said = next(iter(str(error).strip().splitlines()), "")
            raise Skipped(f"not measured: torch.compile: {type(error).__name__}: {said}") from error
    if not torch._dynamo.utils.counters["stats"]["unique_graphs"]:
        raise Skipped("not measured: torch.compile found nothing that it could compile")
    return answer


@contextmanager
def quiet() -> Iterator[None]:
    """Without what torch warns its own modules of, while they compile or are copied."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield


BACKENDS: Mapping[str, Callable[[Function], Prepared]] = {"eager": eager, "compile": compiled}
