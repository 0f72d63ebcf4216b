"""Principal axes: those of the spread, settled where the spread leaves them open."""

import pytest
import torch

from aeeval.numerics.axes import _settled, principal_view


def test_the_view_keeps_the_most_variance_that_any_three_axes_can():
    drawn = torch.Generator().manual_seed(0)
    rows = torch.randn(200, 6, generator=drawn, dtype=torch.float64) * torch.tensor([5.0, 1, 4, 1, 3, 1]) + 7
    view = principal_view(rows, 3)
    values = torch.linalg.eigvalsh(torch.cov(rows.T)).flip(0)
    assert view.share == pytest.approx((values[:3].sum() / values.sum()).item(), rel=1e-9)
    seen = view.of(rows)
    assert torch.allclose(torch.cov(seen.T), torch.diag(values[:3]), atol=1e-9)
    assert seen.mean(dim=0).abs().max() < 1e-12
    assert principal_view(rows, 9).axes.shape == (6, 6)


def test_axes_of_equal_spread_are_settled():
    """Three of five axes spread alike: whatever basis of their span comes in, up to rounding the same goes out."""
    generator = torch.Generator().manual_seed(1)
    turn, _ = torch.linalg.qr(torch.randn(5, 5, generator=generator, dtype=torch.float64))
    mix, _ = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))
    spread = torch.tensor([4.0, 2.0, 2.0, 2.0, 1.0], dtype=torch.float64)
    other = torch.block_diag(-torch.eye(1), mix, -torch.eye(1)) @ turn
    settled = _settled(spread, turn, 5)
    assert torch.allclose(settled, _settled(spread, other, 5), atol=1e-12)
    assert torch.allclose(settled @ settled.T, torch.eye(5, dtype=torch.float64), atol=1e-12)
    assert (settled[0] @ turn[0]).abs().item() == pytest.approx(1, abs=1e-12)
    assert torch.equal(settled[:2], _settled(spread, turn, 2))  # in the middle of what is open, the same two
    assert not torch.allclose(turn, other, atol=0.1)
