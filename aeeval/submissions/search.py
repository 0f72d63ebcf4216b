"""What may be tried of a submission: its search space, and configurations drawn from it at random."""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator

from aeeval.errors import UsageError, message

PLAIN = (bool, int, float, str, type(None))
FORM = 'SEARCH = {"width": [64, 128], "beta": {"low": 1e-4, "high": 1e-2, "log": True}}'
MOST = 100  # names of one space

Space = Mapping[str, Any]
"""Argument of `build` -> a list of choices, or a range {"low", "high"} with "log" for a range in its logarithm."""
Configuration = Mapping[str, Any]
"""Argument of `build` -> value; without any, the submission is what it is."""


def check_space(space: Any, build: Callable[..., Any], where: str) -> dict[str, Any]:
    """A space as it is written in a submission, if it is one and `build` takes its arguments; else `UsageError`.

    >>> check_space({"width": [64, 128]}, lambda *, shape, latent_dim, seed, width=64: None, "SEARCH")
    {'width': [64, 128]}
    """
    if not isinstance(space, Mapping) or not all(isinstance(name, str) for name in space) or len(space) > MOST:
        raise UsageError(message(f"a mapping as {where}", f"{space!r}"[:200], f"for example {FORM}"))
    for name, values in space.items():
        if not (_is_choice(values) or _is_range(values)):
            expected = f"a list of plain values or a range low < high as {name!r} in {where}"
            raise UsageError(message(expected, f"{values!r}"[:200], f"for example {FORM}"))
    try:
        inspect.signature(build).bind(shape=(2,), latent_dim=1, seed=0, **space)
    except TypeError as error:
        way_out = "add them to build, with the defaults of the submission"
        raise UsageError(message(f"build to take the arguments in {where}", str(error), way_out)) from error
    return {name: list(values) if _is_choice(values) else dict(values) for name, values in space.items()}


def configurations(space: Space, count: int, generator: Generator) -> list[Configuration]:
    """So many configurations: the submission as it is, then random ones, each argument drawn for itself.

    Ranges of whole numbers have both ends and give whole numbers. Equal spaces and generators give equal ones.
    """
    return [{}, *({name: _drawn(space[name], generator) for name in sorted(space)} for _ in range(count - 1))]


def _is_choice(values: Any) -> bool:
    return isinstance(values, list | tuple) and len(values) > 0 and all(isinstance(one, PLAIN) for one in values)


def _is_range(values: Any) -> bool:
    if not isinstance(values, Mapping) or not {"low", "high"} <= set(values) <= {"low", "high", "log"}:
        return False
    low, high = ends = values["low"], values["high"]
    numbers = all(type(end) in (int, float) and math.isfinite(end) for end in ends)
    return numbers and low < high and type(values.get("log", False)) is bool and (low > 0 or not values.get("log"))


def _drawn(values: Any, generator: Generator) -> Any:
    share = torch.rand((), generator=generator, dtype=torch.float64).item()  # below 1
    if not isinstance(values, Mapping):
        return values[int(share * len(values))]
    low, high = values["low"], values["high"]
    whole = type(low) is int and type(high) is int
    if whole:
        low, high = low - 0.5, high + 0.5
    if values.get("log"):
        number = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        number = low + share * (high - low)
    return min(max(round(number), values["low"]), values["high"]) if whole else number
