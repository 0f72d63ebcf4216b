"""The closest point of a set that has a certificate within its reach, and landmarks for what lies beyond."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from aeeval.manifolds.landmarks import Landmarks
from aeeval.manifolds.search import first_least


class Slopes(Protocol):
    """Half the squared distances of points x (n, D) from the point of 𝓜 at u (n, m) in its chart."""

    @property
    def landmarks(self) -> Landmarks:
        """Where to start."""

    def descended(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, D), (n, m) -> (n, m): local minima downhill from u."""

    def value(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, D), (n, m) -> (n,)."""

    def proven(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, D), (n, m) -> (n,) bool: whether u is the closest."""

    def slack(self, x: Tensor) -> Tensor:
        """(n, D) -> (n,): no closest point is lower by more than the landmark next to it."""

    def flat(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, D), (n, m) -> (n,) bool: whether ½ distance² bends so little at a minimum u that another may be near."""


class Best(NamedTuple):
    """The lowest minima found, u (n, m), and half the squared distances there (n,); inf where none is."""

    u: Tensor
    value: Tensor


def closest(slopes: Slopes, x: Tensor, start: Tensor, promising: Tensor) -> Tensor:
    """(n, D), (n, m), (n,) bool -> (n, m): downhill from a promising start; where that proves nothing, from landmarks.

    Two minima that are about to meet can share a landmark, but both are flat: from there, more landmarks are tried.
    Without a proof the answer is the best minimum found: a good one, not a proven one. Of about 2000 points where two
    minima differ by less than 1e-2 of the scale, for d <= 3, descents from elsewhere found a lower one for 2.
    """
    best = Best(start.clone(), torch.full((len(x),), torch.inf, dtype=x.dtype))
    tried, far = promising.nonzero().squeeze(1), ~promising
    best.u[tried] = slopes.descended(x[tried], start[tried])
    far[tried] = ~slopes.proven(x[tried], best.u[tried])
    again = tried[far[tried]]
    best.value[again] = slopes.value(x[again], best.u[again])
    for every in (False, True):
        left = far.nonzero().squeeze(1)
        if len(left) > 0:
            found = _from_landmarks(slopes, x[left], Best(best.u[left], best.value[left]), every)
            best.u[left], best.value[left] = found
            far[left] = slopes.flat(x[left], found.u)
    return best.u


def _from_landmarks(slopes: Slopes, x: Tensor, best: Best, every: bool) -> Best:
    """The best so far or from landmarks: after the nearest of each row, those from which the way can lead lower."""
    slack = slopes.slack(x)
    rows, marks = slopes.landmarks.starts(x, slack, every)
    start, later = slopes.landmarks.chart[marks], torch.nn.functional.pad(rows.diff() == 0, (1, 0))
    best = _better(slopes, x, best, rows[~later], start[~later])
    rows, start = rows[later], start[later]
    lower = slopes.value(x[rows], start) - slack[rows] < best.value[rows]
    return _better(slopes, x, best, rows[lower], start[lower])


def _better(slopes: Slopes, x: Tensor, best: Best, rows: Tensor, start: Tensor) -> Best:
    """The best so far or by descents of rows (c,) of x from start (c, m)."""
    found = slopes.descended(x[rows], start)
    u, value = torch.cat([best.u, found]), torch.cat([best.value, slopes.value(x[rows], found)])
    first = first_least(torch.cat([torch.arange(len(x)), rows]), value, len(x))
    return Best(u[first], value[first])


def bends_less(hessian: Tensor, least: Tensor) -> Tensor:
    """(n, d, d), (n,) -> (n,) bool: whether some eigenvalue is below the least."""
    shifted = hessian - torch.diag_embed(least[:, None].expand(-1, hessian.shape[2]))
    return torch.linalg.cholesky_ex(shifted).info > 0
