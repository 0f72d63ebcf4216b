"""Cells of equal mass, and the total variation over them."""

import pytest
import torch

from aeeval.numerics.partition import equal_mass_cells, total_variation, total_variation_null


def test_every_cell_holds_as_many_points(generator):
    points = torch.randn(64 * 10, 3, generator=generator, dtype=torch.float64).exp()
    cells = equal_mass_cells(points, 6)
    assert torch.bincount(cells.of(points), minlength=64).tolist() == [10] * 64


def test_on_a_line_the_cells_are_the_quantiles(generator):
    points = torch.rand(4096, 1, generator=generator, dtype=torch.float64)
    cells = equal_mass_cells(points, 2)
    order = cells.of(points.sort(dim=0).values).reshape(4, 1024)
    assert (order == order[:, :1]).all()
    assert sorted(order[:, 0].tolist()) == [0, 1, 2, 3]


def test_a_cut_lies_between_the_middle_points_whichever_way_its_axis_points():
    points = torch.tensor([[0.0], [1.0], [2.0], [10.0]], dtype=torch.float64)
    assert equal_mass_cells(points, 1).cuts.abs().tolist() == [1.5]


def test_the_null_of_total_variation(generator):
    """((K − 1)/2πn)^½ = .1001 for K = 64, n = 1000; sd .0098 a sample, 100 samples. Cells from 64 · 1024 points of the
    law add (1 + 1/64)^½ to it: less than 1 %."""
    cells = equal_mass_cells(torch.rand(65536, 2, generator=generator, dtype=torch.float64), 6)
    mass = torch.full((64,), 1 / 64, dtype=torch.float64)

    def once():
        points = torch.rand(1000, 2, generator=generator, dtype=torch.float64)
        return total_variation(torch.bincount(cells.of(points), minlength=64), mass)

    mean = sum(once() for _ in range(100)) / 100
    assert mean == pytest.approx(total_variation_null(64, 1000), abs=0.001 + 4 * 0.0098 / 10)


def test_one_point_reads_one_less_its_cell():
    mass = torch.full((8,), 1 / 8, dtype=torch.float64)
    assert total_variation(torch.tensor([50, 0, 0, 0, 0, 0, 0, 0]), mass) == pytest.approx(7 / 8)


def test_fewer_points_than_cells_are_refused():
    with pytest.raises(ValueError, match="4 or more"):
        equal_mass_cells(torch.zeros(3, 2), 2)
