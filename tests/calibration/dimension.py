"""Tests of intrinsic dimension: intervals of the estimators, and the plateau of GRIDE."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.metrics.estimated_dim import _from_radii
from aeeval.numerics.plateau import gride_curve, plateau, scales_for
from aeeval.seeds import generator
from tests.calibration.record import Study, Test

ROWS, DIMS = 300, (2, 5)
TWO_SIDED = 1.959964
WRONG = 1.25  # the d that is asked for is so many times the true one
NOISE_DIMS, NOISE = 3, 1 / 3  # of the spacing of the points, n^(−1/d) of the period
SCALES = scales_for(ROWS)
INTERVALS = ("twonn", "mle", "gride n1=4", "gride n1=16", "plateau")
PLATEAU = "plateau of GRIDE"


def radii(dim: int, draw: Generator, noise: bool = False) -> Tensor:
    """(n, k) distances to neighbours of uniform points on a periodic box: even density, no boundary, no curvature."""
    points = torch.rand(ROWS, dim, generator=draw, dtype=torch.float64)
    gaps = (points[:, None] - points[None]).abs()
    squares = torch.minimum(gaps, 1 - gaps).square().sum(dim=2)
    if noise:
        sigma = NOISE * ROWS ** (-1 / dim)
        squares += torch.cdist(*2 * [sigma * torch.randn(ROWS, NOISE_DIMS, generator=draw, dtype=torch.float64)]) ** 2
    near = ROWS // 8  # as many as the metric looks at
    return squares.fill_diagonal_(-1).topk(near + 1, largest=False).values[:, 1:].sqrt()


def intervals(found: Tensor, asked: float) -> dict[str, bool]:
    """By estimator, whether value ± 1.96 standard errors, as the metric states them, leaves out the d asked for."""
    alarms = {}
    for value in _from_radii(found):
        name = str(value.axes["estimator"]) + (f" n1={value.axes['n1']}" if "n1" in value.axes else "")
        if name in INTERVALS and value.value is not None:
            assert value.stderr is not None
            alarms[name] = abs(value.value - asked) > TWO_SIDED * value.stderr
    return alarms


def broken(found: Tensor) -> bool:
    """Whether the scales do not all agree on one d."""
    try:
        flat = plateau(gride_curve(found))
    except Skipped:
        return True
    return (flat.first, flat.last) != (SCALES[0], SCALES[-1])


def read(factor: float, seed: int) -> Mapping[str, bool]:
    """All intervals, for so many times d, and the plateau."""
    alarms = {}
    for dim in DIMS:
        found = radii(dim, generator(seed))
        named = {f"{name} ± 1.96 stderr": alarm for name, alarm in intervals(found, factor * dim).items()}
        alarms |= {f"{name}, d = {dim}": alarm for name, alarm in {**named, PLATEAU: broken(found)}.items()}
    return alarms


def noisy(seed: int) -> Mapping[str, bool]:
    """The plateau of points that have another dimension at small scales."""
    return {f"{PLATEAU}, d = {dim}": broken(radii(dim, generator(seed), noise=True)) for dim in DIMS}


LOW = "the d asked for is 25 % larger than the true one"
THICK = "noise in 3 more directions, of a third of the points' spacing"


def _tests(dim: int) -> list[Test]:
    each = [
        Test(f"{name} ± 1.96 stderr, d = {dim}", "estimated_dim", "the interval leaves out d", LOW)
        for name in INTERVALS
    ]
    return [*each, Test(f"{PLATEAU}, d = {dim}", "estimated_dim", "a curve that is not one run", THICK, level=0.01)]


STUDIES = (
    Study(
        "estimated dimension",
        f"{ROWS} uniform points on a periodic box of dimension {DIMS[0]} or {DIMS[1]}",
        partial(read, 1.0),
        {LOW: partial(read, WRONG), THICK: noisy},
        tuple(test for dim in DIMS for test in _tests(dim)),
        repetitions=1000,
        small=40,
    ),
)
