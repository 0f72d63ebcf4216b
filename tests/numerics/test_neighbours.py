"""Neighbours against the naive table of all distances, where matrix products lose their digits too."""

import pytest
import torch

from aeeval.numerics import neighbours
from aeeval.numerics.neighbours import k_nearest, nearest, nearest_distance
from aeeval.numerics.shortlist import _least, frame, shortlist, slack


def naive(x, y, k=1, own=None):
    """Differences of all pairs in float64, sorted by distance and then by index."""
    gaps = torch.linalg.vector_norm(x[:, None].double() - y[None].double(), dim=2)
    if own is not None:
        gaps[torch.arange(len(x)), own] = torch.inf
    order = gaps.sort(dim=1, stable=True)
    return order.values[:, :k], order.indices[:, :k]


def agrees(x, y, k, own=None):
    distance, index = naive(x, y, k, own)
    found = k_nearest(x, y, k, own)
    assert torch.equal(found.index, index)
    torch.testing.assert_close(found.distance, distance, rtol=1e-13, atol=0)


def gaussian(generator, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=generator, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "m", "dim", "k"), [(50, 40, 3, 5), (7, 1, 1, 1), (300, 2000, 30, 7), (9, 20, 1, 20)])
def test_agrees_with_all_pairs(n, m, dim, k, dtype, generator):
    x, y = gaussian(generator, n, dim, dtype=dtype), gaussian(generator, m, dim, dtype=dtype)
    agrees(x, y, k)
    distance, index = nearest(x, y)
    assert torch.equal(index, naive(x, y)[1][:, 0])
    assert distance.dtype == dtype
    assert torch.equal(nearest_distance(x, y), distance)


@pytest.mark.parametrize("across", [0.0, 1e-9, 1e-6, 0.3])
def test_rows_in_a_plane_are_searched_there(across, generator):
    """Half of the coordinates find the candidates; queries off the plane, and rows a little off it, lose nothing."""
    axes = torch.linalg.qr(gaussian(generator, 12, 4)).Q
    y = 3 + gaussian(generator, 500, 4) @ axes.T + across * gaussian(generator, 500, 12)
    assert (frame(y, y).axes is not None) == (across < 1e-7)
    agrees(y, y, 3, torch.arange(500))
    agrees(y + gaussian(generator, 500, 12), y, 3)
    agrees(y[:1].expand(500, -1), y, 3)
    agrees(y, y[:1].expand(500, -1), 1)


@pytest.mark.parametrize("k", [1, 10, 199])
def test_a_row_is_no_neighbour_of_itself(k, generator):
    x = gaussian(generator, 200, 4)
    anchors = torch.tensor([0, 17, 199])
    agrees(x, x, k, torch.arange(200))
    agrees(x[anchors], x, k, anchors)


@pytest.mark.parametrize("offset", [0.0, 100.0, 1e6])
@pytest.mark.parametrize("gap", [1e-9, 1e-6, 1e-3])
def test_near_copies_keep_their_digits_far_from_the_origin(gap, offset, generator):
    """|x|² + |y|² − 2⟨x, y⟩ reads 0 or noise here; differences of the pair do not."""
    y = offset + gaussian(generator, 100, 20)
    x = y + gap * torch.eye(20, dtype=torch.float64)[0]
    exact = torch.linalg.vector_norm(x - y, dim=1)
    torch.testing.assert_close(nearest_distance(x, y), exact, rtol=1e-9, atol=0)


@pytest.mark.parametrize("apart", [10.0, 1e3, 1e6, 1e9])
def test_far_clusters_are_searched_again(apart, generator):
    """Within a cluster all float32 scores differ by their rounding alone; at 1e9 those in float64 do too."""
    sides = apart * torch.randint(0, 2, (400, 1), generator=generator, dtype=torch.float64)
    x = sides + gaussian(generator, 400, 6)
    agrees(x, x, 3, torch.arange(400))


def test_one_far_row_costs_the_others_nothing(generator):
    """Every score has the bound of its own row's norm: float32 proves the neighbours of all rows but the far one."""
    x = gaussian(generator, 500, 6)
    x[3] = 1e6
    rows, place = torch.arange(500), frame(x, x)
    agrees(x, x, 3, rows)
    near = shortlist(x, x, rows, 11, place, torch.float32)
    third = naive(x, x, 3, rows)[0][:, -1] * place.unit
    assert (near.bound < third.square()).nonzero().tolist() == [[3]]


@pytest.mark.parametrize("unit", [1e-30, 1e-150, 1e30, 1e150])
def test_units_change_nothing(unit, generator):
    """Squares of these would under- or overflow."""
    x = gaussian(generator, 100, 3)
    assert torch.equal(k_nearest(unit * x, unit * x, 4, torch.arange(100)).index, naive(x, x, 4, torch.arange(100))[1])


def test_copies_are_at_distance_zero_and_counted(generator):
    """Twenty copies of one row: no shortlist of 12 can be proven to hold the nearest."""
    x = gaussian(generator, 100, 20)
    x[:20] = x[0]
    found = k_nearest(x, x, 4, torch.arange(100))
    assert found.zeros == 20
    assert (found.distance[:20] == 0).all()
    assert (found.index[:20] < 20).all()
    assert (found.index != torch.arange(100)[:, None]).all()
    agrees(x[20:], x, 1)
    assert k_nearest(torch.ones(50, 3), torch.ones(50, 3), 2, torch.arange(50)).zeros == 50


def test_equally_far_rows_come_by_their_index():
    grid = torch.cartesian_prod(torch.arange(4.0), torch.arange(4.0))
    agrees(grid, grid, 15, torch.arange(16))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [1, 50, 1000])
def test_scores_err_by_less_than_their_bound(dim, dtype, generator):
    """Against the same sums in twice the digits; all terms of one sign, so that rounding adds up."""
    x = torch.rand(100, dim, generator=generator, dtype=torch.float64) + 0.5
    y = torch.rand(100, dim, generator=generator, dtype=torch.float64) + 0.5
    rounded = torch.addmm(y.square().sum(dim=1).to(dtype) / 2, x.to(dtype), y.to(dtype).T, alpha=-1).numpy()
    long = [numbers.numpy().astype("longdouble") for numbers in (x, y)]
    error = abs(rounded - ((long[1] ** 2).sum(axis=1) / 2 - long[0] @ long[1].T)).astype("float64")
    squares = [rows.square().sum(dim=1).numpy() for rows in (x, y)]
    share = error / (slack(dim, dtype) * (squares[0][:, None] / 2 + squares[1]))
    assert share.max() < 1
    assert share.max() > 1e-3  # nor is the bound so wide that nothing could be proven


def test_no_row_left_out_is_nearer_than_the_bound(generator):
    x, y = gaussian(generator, 60, 5), gaussian(generator, 700, 5)
    for dtype in (torch.float32, torch.float64):
        near = shortlist(x, y, None, 12, frame(x, y), dtype)
        left = torch.ones(60, 700, dtype=torch.bool).scatter(1, near.candidates, False)
        squares = (frame(x, y).unit * torch.cdist(x, y)).square().masked_fill(~left, torch.inf).amin(dim=1)
        assert (near.bound <= squares).all()
        twelfth = (frame(x, y).unit * naive(x, y, 12)[0][:, -1]).square()
        torch.testing.assert_close(near.bound, twelfth, rtol=1e-4, atol=1e-4)  # nor far below the last that is in


def test_norms_that_float32_cannot_tell_apart_prove_nothing(generator):
    """From the centre of a sphere, whose score is |y|²/2 alone: all round to one number, any row may be nearest."""
    y = torch.nn.functional.normalize(gaussian(generator, 200, 5), dim=1) * (1 + 1e-9 * gaussian(generator, 200, 1))
    x = torch.zeros(1, 5, dtype=torch.float64)
    near = shortlist(x, y, None, 12, frame(x, y)._replace(centre=x[0], unit=1.0), torch.float32)
    assert near.bound.item() <= y.square().sum(dim=1).min().item()


def test_the_least_of_groups_are_the_least_of_all(generator):
    scores = torch.randn(5, 640, generator=generator)
    value, column = _least(scores, 4)
    assert torch.equal(value.sort(dim=1).values, scores.sort(dim=1).values[:, :4])
    assert torch.equal(scores.gather(1, column), value)


def test_products_of_fewer_digits_are_not_trusted(monkeypatch, generator):
    """TF32 keeps 10 bits: the bound for float32 would not hold."""
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "high")
    assert neighbours._dtypes() == (torch.float64,)
    x = gaussian(generator, 30, 3)
    agrees(x, x, 2, torch.arange(30))


def test_chunks_change_nothing(monkeypatch, generator):
    x, y = gaussian(generator, 100, 5), gaussian(generator, 60, 5)
    whole = k_nearest(x, y, 6)
    monkeypatch.setattr("aeeval.numerics.shortlist._PAIRS", 60 * 7)
    monkeypatch.setattr("aeeval.numerics.shortlist._BASE", 32)
    monkeypatch.setattr("aeeval.numerics.shortlist._LEAST_BASE", 32)
    monkeypatch.setattr("aeeval.numerics.neighbours._NUMBERS", 100)
    for again in (k_nearest(x, y, 6), k_nearest(x[:50], x, 3, torch.arange(50))):
        assert len(again.index) in (100, 50)
    assert torch.equal(k_nearest(x, y, 6).index, whole.index)
    assert torch.equal(k_nearest(x, y, 6).distance, whole.distance)


@pytest.mark.parametrize(("rows", "k"), [(0, 1), (3, 4), (3, 0)])
def test_more_neighbours_than_rows_are_an_error(rows, k):
    with pytest.raises(ValueError, match="at least one row"):
        k_nearest(torch.zeros(3, 2), torch.zeros(rows, 2), k)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_rows_that_are_not_finite_are_an_error(bad):
    rows = torch.zeros(3, 2)
    rows[1, 1] = bad
    with pytest.raises(ValueError, match="finite rows"):
        k_nearest(rows, torch.zeros(3, 2), 1)
    with pytest.raises(ValueError, match="finite rows"):
        k_nearest(torch.zeros(3, 2), rows, 1)


@pytest.mark.gpu
def test_a_gpu_finds_the_same_neighbours(generator):
    """Every tier: spread rows, far clusters, and more copies of one row than a shortlist holds."""
    x = torch.cat([gaussian(generator, 300, 6), 1e6 + gaussian(generator, 300, 6)])
    x[:20] = x[0]
    rows = torch.arange(600)
    here, there = k_nearest(x, x, 5, rows), k_nearest(x.cuda(), x.cuda(), 5, rows.cuda())
    assert there.index.device.type == "cuda"
    torch.testing.assert_close(there.distance.cpu(), here.distance, rtol=1e-12, atol=0)
    assert torch.equal(there.index[20:].cpu(), here.index[20:])
