"""Checks of what callers pass in: every refusal says what was expected, what came, and the way out."""

import math
from typing import Any

import torch
from torch import Tensor

from aeeval.errors import GeometryError, message

ON = 1e-6
"""How near counts as on 𝓜 or in S, relative to the size of the shape: what rows rounded to float32 can resolve."""


def integer(name: str, value: Any, least: int) -> int:
    """The value itself if it is an integer of at least `least`; booleans and 2.0 are refused."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise GeometryError(message(f"{name} an integer >= {least}", repr(value), f"pass {name}={least} or more"))
    return value


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """The value as a float if it is finite and low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise GeometryError(message(f"{name} a finite number", repr(value), f"pass a number for {name}"))
    if not low <= value <= high:
        raise GeometryError(message(f"{name} in [{low:g}, {high:g}]", f"{value:g}", f"choose {name} in this range"))
    return float(value)


def positive(name: str, value: Any, high: float = math.inf) -> float:
    """The value as a float if it is finite and 0 < value <= high."""
    number = real(name, value, high=high)
    if number <= 0:
        raise GeometryError(message(f"{name} > 0", f"{number:g}", f"choose a positive {name}"))
    return number


def rows(x: Tensor, ambient_dim: int) -> Tensor:
    """(n, D) rows as float64 on the CPU; another width or an entry that is not finite is refused."""
    if x.ndim != 2 or x.shape[1] != ambient_dim:
        raise GeometryError(
            message(
                f"rows of shape (n, {ambient_dim})", str(tuple(x.shape)), "flatten each row to the ambient dimension"
            )
        )
    y = x.detach().to("cpu", torch.float64)
    finite = torch.isfinite(y).all(dim=1)
    if not bool(finite.all()):
        bad = int((~finite).sum())
        raise GeometryError(message("finite rows", f"{bad} of {len(y)} rows with nan or inf", "drop these rows first"))
    return y
