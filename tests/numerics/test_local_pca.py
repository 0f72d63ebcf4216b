"""Local principal values where the neighbourhoods are known."""

import pytest
import torch

from aeeval.numerics.local_pca import local_pca
from aeeval.numerics.neighbours import k_nearest


def neighbourhoods(rows, k=40, anchors=20):
    own = torch.arange(anchors)
    return rows, k_nearest(rows[:anchors], rows, k, own).index


def plane(n, dim, ambient, generator, offset=0.0):
    flat = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    frame = torch.linalg.qr(torch.randn(ambient, dim, generator=generator, dtype=torch.float64)).Q
    return flat @ frame.T + offset


@pytest.mark.parametrize(("dim", "ambient"), [(1, 1), (1, 3), (2, 3), (3, 3), (3, 100), (5, 60)])
def test_the_gap_of_a_plane_is_its_dimension(dim, ambient, generator):
    gap, participation = local_pca(*neighbourhoods(plane(1000, dim, ambient, generator, offset=100.0)))
    assert (gap == dim).all()
    assert (participation <= dim + 1e-9).all()
    assert participation.mean().item() > 0.8 * dim


def test_closed_forms(generator):
    """Four points at ±a, ±b on two axes: λ = 2a², 2b²; participation (a² + b²)²/(a⁴ + b⁴); a gap is a ratio of 4."""
    for b, gap in ((1.0, 2), (0.6, 2), (0.4, 1), (0.0, 1)):
        rows = torch.tensor([[1, 0], [-1, 0], [0, b], [0, -b]], dtype=torch.float64)
        found = local_pca(rows, torch.arange(4)[None])
        assert found[0].item() == gap
        assert found[1].item() == pytest.approx((1 + b**2) ** 2 / (1 + b**4))


def test_one_point_has_no_dimension():
    gap, participation = local_pca(torch.ones(9, 4), torch.arange(8)[None])
    assert (gap.item(), participation.item()) == (0, 0)


def test_chunks_change_nothing(monkeypatch, generator):
    rows, index = neighbourhoods(plane(200, 2, 5, generator), k=10)
    whole = local_pca(rows, index)
    monkeypatch.setattr("aeeval.numerics.local_pca._NUMBERS", 1)
    for one, other in zip(whole, local_pca(rows, index), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
