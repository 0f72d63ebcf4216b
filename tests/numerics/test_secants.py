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
    torch.testing.assert_close(bounded_rank(batch, 2), torch.tensor([2.0, 2.0, 0.0, 2.0], dtype=torch.float64))
    torch.testing.assert_close(bounded_rank(batch, 30), bounded_rank(batch))


class _Net(torch.nn.Module):
    """A smooth round trip in float64 through three codes."""

    def __init__(self, dim, generator):
        super().__init__()
        scale = dim**-0.5
        self.down = scale * torch.randn(3, dim, generator=generator, dtype=torch.float64)
        self.up = torch.randn(dim, 3, generator=generator, dtype=torch.float64)

    def decode(self, z):
        return torch.sin(z @ self.up.T)

    def forward(self, x):
        return self.decode(torch.tanh(x @ self.down.T))


def autograd(function, points):
    """(n, D, E), one row an input direction, as `secants` along the axes."""
    return torch.func.vmap(torch.func.jacrev(lambda x: function(x[None])[0]))(points).mT


@pytest.mark.parametrize("part", ["round trip", "decoder"])
def test_secants_agree_with_autograd_on_a_smooth_net(part, generator):
    """J_r and J_g, their bounded ranks, and J_r on tangents and normals: the difference falls as s²."""
    net = _Net(8, generator)
    function, dim = (net, 8) if part == "round trip" else (net.decode, 3)
    points = torch.randn(6, dim, generator=generator, dtype=torch.float64)
    exact = autograd(function, points)
    error = [
        (secants(function, points, torch.eye(dim, dtype=torch.float64), step) - exact).abs().max().item()
        for step in (2e-3, 1e-3)
    ]
    assert error[0] / error[1] == pytest.approx(4, rel=0.01)
    found = secants(function, points, torch.eye(dim, dtype=torch.float64), 1e-3)
    torch.testing.assert_close(bounded_rank(found), bounded_rank(exact), rtol=1e-5, atol=1e-5)
    frame = torch.linalg.qr(torch.randn(dim, dim, generator=generator, dtype=torch.float64)).Q
    for rows in (frame[:2], frame[2:]):  # a tangent frame and its normals
        along = secants(function, points, rows, 1e-3)
        torch.testing.assert_close(along, rows @ exact, rtol=1e-4, atol=1e-5)
        if part == "round trip":
            own = (bounded_rank(along @ rows.T), bounded_rank(rows @ exact @ rows.T))
            torch.testing.assert_close(*own, rtol=1e-5, atol=1e-5)


class _StraightThrough(torch.autograd.Function):
    """Rounds to a grid of unit 1; the gradient pretends that it did nothing."""

    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, grad):
        return grad


def test_a_straight_through_quantiser_has_no_dimension():
    """Autograd reads the identity, 20; the map is constant around every point that is inside a cell, and reads 0."""
    points = torch.linspace(-0.3, 0.3, 5, dtype=torch.float64)[:, None].repeat(1, 20)
    pretended = [torch.autograd.functional.jacobian(_StraightThrough.apply, point) for point in points]
    torch.testing.assert_close(bounded_rank(torch.stack(pretended)), torch.full((5,), 20.0, dtype=torch.float64))
    found = secants(_StraightThrough.apply, points, torch.eye(20, dtype=torch.float64), 0.01)
    assert (bounded_rank(found) == 0).all()


def test_a_secant_across_the_edge_of_a_cell_sees_the_jump():
    """At the edge the map has no derivative: the secant reads the jump over 2s, which counts as one direction."""
    edge = torch.full((1, 20), 0.1, dtype=torch.float64)
    edge[0, 0] = 0.5
    found = secants(_StraightThrough.apply, edge, torch.eye(20, dtype=torch.float64), 0.01)
    assert found[0, 0, 0].item() == pytest.approx(50)
    assert bounded_rank(found).item() == 1
