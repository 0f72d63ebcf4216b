"""Numerics with too little, too flat or no numbers: the right answer, or an error that says what is wrong.

Sums and maps of one row at a time hand NaN on, and the record of a number says then that it is none.
"""

import math
import re

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.numerics.copies import authentic, rank_sum_z
from aeeval.numerics.gaussians import frechet, moments
from aeeval.numerics.intrinsic_dim import gride, mle, two_nn
from aeeval.numerics.latent_samplers import components_for, gaussian, mixture
from aeeval.numerics.local_pca import local_pca
from aeeval.numerics.neighbourhoods import balls, neighbourhood_scores
from aeeval.numerics.neighbours import k_nearest
from aeeval.numerics.pairs import energy_distance, mean_distance_within, median_distance, mmd
from aeeval.numerics.partition import equal_mass_cells, total_variation
from aeeval.numerics.plateau import gride_curve, plateau, refuse_near_duplicates, scales_for
from aeeval.numerics.secants import bounded_rank, secants
from aeeval.numerics.ssim import structural_similarity
from aeeval.numerics.two_sample import random_directions, sliced_wasserstein


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


NAN = torch.full((9, 2), math.nan, dtype=torch.float64)
EQUAL = torch.ones(9, 2, dtype=torch.float64)
ONE = draw(1, 2)
NEAR = torch.stack([torch.full((50,), 1e-6), torch.ones(50)], dim=1).double()

REFUSED = {
    "k_nearest, more neighbours than rows": (ValueError, lambda: k_nearest(ONE, draw(3, 2), 4)),
    "k_nearest, no other row": (ValueError, lambda: k_nearest(ONE, ONE, 1, own=torch.zeros(1, dtype=torch.long))),
    "k_nearest, NaN": (ValueError, lambda: k_nearest(NAN, draw(9, 2), 2)),
    "k_nearest, base of NaN": (ValueError, lambda: k_nearest(draw(9, 2), NAN, 2)),
    "balls, k = n": (ValueError, lambda: balls(draw(5, 2), 5)),
    "authentic, one training row": (ValueError, lambda: authentic(draw(5, 2), ONE)),
    "moments, one row": (ValueError, lambda: moments(ONE)),
    "mean distance, one row": (ValueError, lambda: mean_distance_within(ONE)),
    "median distance, one row": (ValueError, lambda: median_distance(ONE)),
    "energy, one row": (ValueError, lambda: energy_distance(ONE, draw(5, 2))),
    "mmd, one row": (ValueError, lambda: mmd(ONE, draw(5, 2), 1.0)),
    "mmd, no bandwidth": (ValueError, lambda: mmd(EQUAL, EQUAL, 0.0)),
    "sliced, other sizes": (ValueError, lambda: sliced_wasserstein(ONE, draw(5, 2), random_directions(3, 2, seeded()))),
    "cells, fewer points": (ValueError, lambda: equal_mass_cells(draw(3, 2), 2)),
    "total variation of nothing": (ValueError, lambda: total_variation(torch.zeros(2), torch.tensor([0.5, 0.5]))),
    "ssim, small pictures": (
        ValueError,
        lambda: structural_similarity(torch.zeros(1, 1, 5, 5), torch.zeros(1, 1, 5, 5)),
    ),
    "gaussian, one code": (ValueError, lambda: gaussian(ONE, 5, seeded())),
    "mixture, one code": (ValueError, lambda: mixture(ONE, 5, seeded())),
    "mixture, equal codes": (ValueError, lambda: mixture(EQUAL, 5, seeded())),
    "two_nn, two rows": (Skipped, lambda: two_nn(torch.tensor([[1.0, 2.0]] * 2))),
    "two_nn, equal rows": (Skipped, lambda: two_nn(torch.zeros(9, 2))),
    "two_nn, a lattice": (Skipped, lambda: two_nn(torch.ones(9, 2))),
    "mle, equal rows": (Skipped, lambda: mle(torch.zeros(9, 4), 4)),
    "mle, a lattice": (Skipped, lambda: mle(torch.ones(9, 4), 4)),
    "gride, equal rows": (Skipped, lambda: gride(torch.zeros(9, 4), 2)),
    "gride, a lattice": (Skipped, lambda: gride(torch.ones(9, 4), 2)),
    "plateau, no scales": (Skipped, lambda: plateau(gride_curve(torch.zeros(9, 1)))),
    "near-duplicates": (Skipped, lambda: refuse_near_duplicates(NEAR)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_says_so(case):
    error, call = REFUSED[case]
    with pytest.raises(error) as raised:
        call()
    assert error is Skipped or re.search("expected .*; got .*; .", str(raised.value))


def share(real: torch.Tensor, fake: torch.Tensor) -> tuple[float, ...]:
    scores = neighbourhood_scores(balls(real, 2), balls(fake, 2))
    return scores.precision, scores.recall, scores.density, scores.coverage


ANSWERED = {
    "equal rows are no neighbourhoods": (lambda: share(EQUAL, EQUAL), (0, 0, 0, 0)),
    "equal rows are at distance 0": (lambda: k_nearest(EQUAL, EQUAL, 3).distance.max().item(), 0),
    "D = 1": (lambda: k_nearest(torch.tensor([[0.0]]), torch.tensor([[2.0], [-1.0]]), 2).distance.tolist(), [[1, 2]]),
    "far away in float32": (
        lambda: k_nearest(torch.tensor([[100.0]]), torch.tensor([[100.25], [99.0]]), 2).distance.tolist(),
        [[0.25, 1]],
    ),
    "equal distances have no rank": (lambda: rank_sum_z(torch.ones(5), torch.ones(7)), 0),
    "a constant column has no moments": (lambda: frechet(moments(EQUAL), moments(EQUAL)), 0),
    "fréchet, more columns than rows": (lambda: round(frechet(moments(draw(3, 9)), moments(draw(3, 9))), 9), 0),
    "energy of equal rows": (lambda: energy_distance(EQUAL, EQUAL), 0),
    "local_pca of one point": (
        lambda: [part.tolist() for part in local_pca(EQUAL, torch.arange(4)[None])],
        [[0], [0]],
    ),
    "gaussian of equal codes": (lambda: gaussian(EQUAL, 4, seeded()).tolist(), [[1, 1]] * 4),
    "one code dimension": (lambda: tuple(mixture(draw(60, 1), 4, seeded()).shape), (4, 1)),
    "few rows carry one component": (lambda: components_for(0, 3), 1),
    "few rows carry no scale": (lambda: scales_for(5), ()),
    "no near-duplicates in nothing": (lambda: refuse_near_duplicates(torch.zeros(0, 2)), None),
    "no points have no secants": (
        lambda: tuple(secants(torch.sin, draw(0, 2), torch.eye(2).double(), 0.1).shape),
        (0, 2, 2),
    ),
    "a rank is at most D": (lambda: round(bounded_rank(5 * draw(1, 2, 7)).item(), 9), 2),
    "black pictures are alike": (
        lambda: structural_similarity(torch.zeros(1, 1, 7, 7), torch.zeros(1, 1, 7, 7)).tolist(),
        [1],
    ),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_what_has_an_answer_gives_it(case):
    call, expected = ANSWERED[case]
    assert call() == pytest.approx(expected, abs=1e-12) if not isinstance(expected, list) else call() == expected


def test_nan_is_handed_on_and_never_a_number():
    for value in (
        energy_distance(NAN, draw(9, 2)),
        mmd(NAN, draw(9, 2), 1.0),
        sliced_wasserstein(NAN, draw(9, 2), random_directions(3, 2, seeded())).item(),
        structural_similarity(torch.full((1, 1, 7, 7), math.nan), torch.zeros(1, 1, 7, 7)).item(),
    ):
        assert math.isnan(value)
