"""Means, shares and chance errors that the second computations have in common."""

import math
from dataclasses import replace

import numpy as np
from torch import Tensor

from tests.known_answers.expect import Expectation, again, exact
from tests.known_answers.ground import WIDE


def rms(rows: Tensor | np.ndarray) -> float:
    return float(np.sqrt(np.square(np.asarray(rows)).sum(axis=1).mean()))


def squares(rows: Tensor | np.ndarray) -> np.ndarray:
    return np.square(np.asarray(rows)).sum(axis=1)


def from_chance(mean: float, sd: float, rows: int, own: int, words: str) -> Expectation:
    """The root of a mean of `rows` squares, known from `own` other draws of the same law, within 4.5 sd of both."""
    slack = WIDE * sd * math.sqrt(1 / rows + 1 / own) + 1e-12
    low, high = (math.sqrt(max(0.0, mean + sign * slack)) for sign in (-1, 1))
    return replace(exact((low + high) / 2, (high - low) / 2 + 1e-6, words), again=True)


def share_above(above: np.ndarray, below: np.ndarray) -> Expectation:
    """P(above > below), ties ½, over all pairs; where two numbers are equal up to rounding either may be larger."""
    more, same = above[:, None] > below, above[:, None] == below
    close = ~same & np.isclose(above[:, None], below, rtol=1e-9, atol=0)
    return again((more + 0.5 * same).mean(), "all pairs, by numpy", 1e-9 + close.mean())
