"""The range that a metric promises, read from its text, and numbers that lie outside of it."""

import math
import re

from aeeval.record import Record

_RANGE = re.compile(r"[\[(]([^,]+),([^,]+)[\])]")
_SIGMAS = 4.0  # an estimate may leave the range of what it estimates by its error
_ROUNDING = 1e-3  # models answer in single precision, and secants divide its rounding by their step


def bounds(text: str, latent_dim: float) -> tuple[float, float]:
    """Both ends of a range such as "[0, 1]", "(−∞, ∞)" or "[0, k]"; an end that the record does not tell is open.

    >>> bounds("[0, k]", 3)
    (0.0, 3.0)
    >>> bounds("[0, D − d]", 3)
    (0.0, inf)
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected a range like [0, ∞); got {text!r}; write it so in @metric(range=...)")
    low, high = (part.strip().replace("−", "-").replace("∞", "inf") for part in found.groups())
    known = {"k": float(latent_dim)}
    return known.get(low, _number(low, -math.inf)), known.get(high, _number(high, math.inf))


def outside(record: Record, text: str) -> str | None:
    """What was expected of a number that lies outside its range by more than its error and rounding, else None."""
    if record.value is None:
        return None
    low, high = bounds(text, math.inf if record.track == "reference" else record.latent_dim)  # codes of any length
    room = _SIGMAS * max(0.0, record.stderr or 0.0) + _ROUNDING * max(1.0, abs(record.value))
    if low - room <= record.value <= high + room:
        return None
    return f"{record.metric} in {text}"


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise
