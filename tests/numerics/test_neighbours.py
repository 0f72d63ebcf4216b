"""Neighbours against the naive table of all distances, where matrix products lose their digits too."""

import pytest
import torch

from aeeval.numerics.neighbours import nearest, nearest_distance


def naive(x, y):
    gaps = torch.linalg.vector_norm(x[:, None] - y[None], dim=2)
    return gaps.min(dim=1)


@pytest.mark.parametrize(("n", "m", "dim"), [(50, 40, 3), (7, 1, 1), (300, 200, 30)])
def test_agrees_with_all_pairs(n, m, dim, generator):
    x, y = (torch.randn(rows, dim, generator=generator, dtype=torch.float64) for rows in (n, m))
    expected = naive(x, y)
    distance, index = nearest(x, y)
    assert torch.equal(index, expected.indices)
    torch.testing.assert_close(distance, expected.values, rtol=1e-13, atol=0)
    torch.testing.assert_close(nearest_distance(x, y), expected.values, rtol=1e-10, atol=0)


@pytest.mark.parametrize("offset", [0.0, 100.0, 1e6])
@pytest.mark.parametrize("gap", [1e-9, 1e-6, 1e-3])
def test_near_copies_keep_their_digits_far_from_the_origin(gap, offset, generator):
    """|x|² + |y|² − 2⟨x, y⟩ reads 0 or noise here; differences of the pair do not."""
    y = offset + torch.randn(100, 20, generator=generator, dtype=torch.float64)
    x = y + gap * torch.eye(20, dtype=torch.float64)[0]
    exact = torch.linalg.vector_norm(x - y, dim=1)
    for answer in (nearest(x, y)[0], nearest_distance(x, y)):
        torch.testing.assert_close(answer, exact, rtol=1e-9, atol=0)


def test_exact_copies_are_at_distance_zero(generator):
    y = torch.randn(100, 20, generator=generator, dtype=torch.float64)
    assert (nearest_distance(y, y) == 0).all()
    assert torch.equal(nearest(y, y)[1], torch.arange(100))


def test_chunks_change_nothing(monkeypatch, generator):
    x, y = (torch.randn(rows, 5, generator=generator, dtype=torch.float64) for rows in (100, 60))
    whole = nearest(x, y)
    monkeypatch.setattr("aeeval.numerics.neighbours._PAIRS", 60 * 7)
    assert torch.equal(nearest(x, y)[1], whole[1])
    torch.testing.assert_close(nearest_distance(x, y), whole[0], rtol=1e-10, atol=0)


def test_nothing_to_search_is_an_error():
    with pytest.raises(ValueError, match="at least one row"):
        nearest(torch.zeros(3, 2), torch.zeros(0, 2))
