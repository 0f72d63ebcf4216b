"""Secants against derivatives known in closed form, and their order of error as a rate."""

import pytest
import torch

from aeeval.numerics.secants import bounded_rank, secants


def test_a_linear_map_is_exact(generator):
    matrix = torch.randn(4, 6, generator=generator, dtype=torch.float64)
    points = torch.randn(5, 6, generator=generator, dtype=torch.float64)
    got = secants(lambda x: x @ matrix.T, points, torch.eye(6, dtype=torch.float64), 0.1)
    torch.testing.assert_close(got, matrix.T.expand(5, 6, 4), rtol=1e-12, atol=1e-12)


def test_directions_of_each_point_are_its_own(generator):
    points = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    directions = torch.randn(5, 2, 3, generator=generator, dtype=torch.float64)
    got = secants(lambda x: 2 * x, points, directions, 0.01)
    torch.testing.assert_close(got, 2 * directions)


def test_even_errors_cancel():
    """x² + x at 0: the square is even about 0, so the derivative 1 is exact at any step."""
    point = torch.zeros(1, 1, dtype=torch.float64)
    assert secants(lambda x: x**2 + x, point, torch.ones(1, 1, dtype=torch.float64), 0.5).item() == 1


def test_the_error_is_of_second_order(generator):
    """Halving the step divides the error by 4: slope of log error over log step is 2."""
    points = torch.rand(50, 1, generator=generator, dtype=torch.float64)
    errors = []
    for step in (0.1, 0.05, 0.025):
        got = secants(torch.sin, points, torch.ones(1, 1, dtype=torch.float64), step)[:, 0]
        errors.append((got - torch.cos(points)).abs().max().item())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.01)


def test_bounded_rank_is_the_rank_of_projections_oblique_too(generator):
    a, b = (torch.randn(8, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    oblique = a @ torch.linalg.inv(b.T @ a) @ b.T
    batch = torch.stack(
        [oblique, 2 * oblique, torch.zeros(8, 8, dtype=torch.float64), torch.eye(8, dtype=torch.float64)]
    )
    torch.testing.assert_close(bounded_rank(batch), torch.tensor([3.0, 3.0, 0.0, 8.0], dtype=torch.float64))
