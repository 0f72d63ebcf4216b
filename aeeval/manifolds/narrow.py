"""Certified lower bounds of the reach of sets that have no closed form for it, from finitely many pairs of points."""

import math

from torch import Tensor


def reach_bound(bend: float, chord: Tensor, path: Tensor, slack: Tensor) -> float:
    """A lower bound of the reach of a set in which shortest paths have curvature at most `bend`.

    `chord` (...,) are distances between pairs of points in space, `path` (...,) upper bounds of those along the set.
    Every pair of points of the set has a pair among them that is reached by moving both ends along the set by at most
    `slack` (...,) together.

    A path of curvature <= κ that is no longer than π/κ stays out of the balls of radius 1/κ that touch the set where it
    starts, so that |y - x|² / (2 dist(y - x, T_x)) >= 1/κ; all other pairs have a quotient of |y - x|/2 or more. By
    Federer's formula the reach is the least quotient.
    Source: H. Federer, Curvature measures, 1959, theorem 4.18; L. Dubins, On curves of minimal length, 1957.
    """
    far = path > math.pi / bend - slack
    apart = (chord - slack)[far]
    return min(1 / bend, apart.min().item() / 2) if len(apart) > 0 else 1 / bend
