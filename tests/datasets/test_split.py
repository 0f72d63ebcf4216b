"""Splits of a source: what belongs to which part, and that nothing but the training rows standardises."""

from dataclasses import replace

import pytest
import torch

from aeeval.datasets.base import Source
from aeeval.datasets.spec import Sizes
from aeeval.datasets.split import split_source, standardised
from aeeval.errors import DataError


def source(rows, **more):
    return Source(rows, origin="", licence="", preprocessing="", sha256="", **more)


def numbered(count, first=0):
    return torch.arange(first, first + count, dtype=torch.float64)[:, None].expand(-1, 2).clone()


def test_parts_are_disjoint_and_whole():
    parts = split_source(source(numbered(100)), Sizes(50, 20, 30), "task", 0)
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 50, "val": 20, "test": 30}
    assert torch.equal(torch.cat(list(parts.values()))[:, 0].sort().values, numbered(100)[:, 0])


def test_own_test_rows_stay_test_rows():
    parts = split_source(source(numbered(100), test=numbered(40, 1000)), Sizes(60, 40, 30), "task", 0)
    assert torch.equal(torch.cat([parts["train"], parts["val"]])[:, 0].sort().values, numbered(100)[:, 0])
    assert len(set(parts["test"][:, 0].tolist())) == 30
    assert parts["test"].min() >= 1000
    other = split_source(source(numbered(100), test=numbered(40, 1000)), Sizes(60, 40, 30), "task", 1)
    assert not torch.equal(parts["test"], other["test"])


def test_the_default_sizes_give_way_on_a_small_set_and_written_ones_do_not():
    sizes = [len(rows) for rows in split_source(source(numbered(100)), Sizes(), "task", 0).values()]
    assert sizes == [60, 10, 30]
    own = split_source(source(numbered(100), test=numbered(40)), Sizes(), "task", 0)
    assert [len(rows) for rows in own.values()] == [90, 10, 40]
    for more in ({}, {"test": numbered(40)}):
        with pytest.raises(DataError, match=r"at least 1[01]. rows for task; got 100"):
            split_source(source(numbered(100), **more), Sizes(91, 10, 10), "task", 0)


def of_three_classes(**more):
    """Row i is filled with i and of class i mod 3."""
    return source(numbered(90), labels=torch.arange(90) % 3, label="rest", **more)


def test_rows_of_a_class_that_is_held_out_are_in_a_part_of_their_own():
    parts = split_source(of_three_classes(), Sizes(30, 10, 20, beyond=25), "task", 0, [1])
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 30, "val": 10, "test": 20, "held_out": 25}
    assert set((torch.cat(list(parts.values())[:3])[:, 0] % 3).tolist()) == {0, 2}
    assert set((parts["held_out"][:, 0] % 3).tolist()) == {1}
    assert len(set(parts["held_out"][:, 0].tolist())) == 25
    whole = split_source(of_three_classes(), Sizes(90 - 20, 10, 10), "task", 0)["train"][:, 0]
    order = [row for row in whole.tolist() if row % 3 != 1]
    assert parts["train"][:, 0].tolist() == order[:30], "the others keep their order"


def test_held_out_rows_are_of_the_sets_own_test_rows_and_scaled_as_all_others():
    made = of_three_classes(test=numbered(60, 1000), test_labels=torch.arange(60) % 3, standardise=True)
    parts = split_source(made, Sizes(20, 10, 40), "task", 0, [0, 1])
    plain = split_source(replace(made, standardise=False), Sizes(20, 10, 40), "task", 0, [0, 1])
    assert plain["held_out"].min() >= 1000
    assert (len(plain["held_out"]), len(plain["test"])) == (40, 20)
    mean, deviation = plain["train"].mean(dim=0), plain["train"].std(dim=0, correction=0)
    torch.testing.assert_close(parts["held_out"], (plain["held_out"] - mean) / deviation)


@pytest.mark.parametrize(
    ("made", "held_out", "reason"),
    [
        (of_three_classes(), [5], r"some of the classes \[0, 1, 2\] \(rest\)"),
        (of_three_classes(), [0, 1, 2], "and not all"),
        (source(numbered(90)), [1], "rows without labels; drop held_out"),
    ],
)
def test_classes_that_cannot_be_held_out(made, held_out, reason):
    with pytest.raises(DataError, match=reason):
        split_source(made, Sizes(30, 10, 20), "task", 0, held_out)


def test_bytes_become_numbers_in_units():
    rows = torch.tensor([[0, 51], [255, 204]] * 50, dtype=torch.uint8)
    parts = split_source(source(rows, unit=255), Sizes(50, 20, 30), "task", 0)
    assert parts["train"].dtype == torch.float64
    assert parts["train"].unique().tolist() == [0.0, 0.2, 0.8, 1.0]


def test_the_training_rows_alone_standardise(generator):
    """Mean 0 and mean square 1 of the training rows to rounding; outliers in the test rows change nothing."""
    rows = torch.randn(100, 3, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 1e3, 1e-6]) + 7
    own, wild = (source(rows, test=rows * factor, standardise=True) for factor in (1.0, 1e6))
    first, second = (split_source(made, Sizes(60, 10, 100), "task", 0) for made in (own, wild))
    torch.testing.assert_close(first["train"].mean(dim=0), torch.zeros(3).double(), rtol=0, atol=1e-8)
    torch.testing.assert_close(first["train"].square().mean(dim=0), torch.ones(3).double())
    assert torch.equal(first["train"], second["train"])
    assert torch.equal(first["val"], second["val"])
    assert not torch.equal(first["test"], second["test"])
    plain = split_source(source(rows, test=rows), Sizes(60, 10, 100), "task", 0)
    mean, deviation = plain["train"].mean(dim=0), plain["train"].std(dim=0, correction=0)
    torch.testing.assert_close(first["test"], (plain["test"] - mean) / deviation)


def test_a_constant_column_is_centred_and_not_blown_up():
    parts = {"train": torch.tensor([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]], dtype=torch.float64)}
    parts["test"] = torch.tensor([[0.3, 3.0]], dtype=torch.float64)
    ready = standardised(parts)
    torch.testing.assert_close(ready["train"][:, 0], torch.zeros(3).double(), rtol=0, atol=1e-15)
    torch.testing.assert_close(ready["test"], torch.tensor([[0.2, 0.0]]).double())


def test_the_source_is_left_as_it_was():
    rows = numbered(100)
    split_source(source(rows, unit=2.0, standardise=True, test=rows), Sizes(50, 20, 30), "task", 0)
    assert torch.equal(rows, numbered(100))
