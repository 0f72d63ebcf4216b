"""Every metric keeps to one copy of the data set: its memory does not grow with the rows."""

import os

import pytest

from benchmarks.memory import MB, in_a_process

SHAPE, DIM = (1, 16, 16), 256
FEW, MANY = 2_000, 6_000
BATCH = 2**16  # numbers: what is held of a batch is small beside a copy of the rows
SMALL = 0.25  # codes, distances and the like are a few numbers of 256 a row: .03 for codes alone; and 1 MB of chance
FIXED = {"chart_tv": 60 * MB}  # 4,096 points of S at once for its main axes, whatever the rows
COPIES = {"real": 5, "manifold": 5}
"""Noisy and clean training and test rows, and those outside."""


@pytest.fixture(scope="module")
def measured():
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the peak of a process is counted where there is /proc/self/clear_refs")
    asked = [(world, n, SHAPE) for world in COPIES for n in (FEW, MANY)]
    found = in_a_process(asked, BATCH)
    return {world: found[2 * place : 2 * place + 2] for place, world in enumerate(COPIES)}


@pytest.fixture(params=COPIES)
def peaks(request, measured):
    """World, and (peak at few rows, peak at many rows) of everything that was asked."""
    few, many = measured[request.param]
    assert few.keys() == many.keys()
    return request.param, {name: (few[name], many[name]) for name in few}


def test_no_metric_takes_more_for_more_rows(peaks):
    """A quarter of a copy of the training rows, where one difference of answers and rows would be a whole one."""
    _, found = peaks
    copy = 8 * DIM * (MANY - FEW)
    grown = {name: (many - few) / copy for name, (few, many) in found.items() if name != "the data set"}
    assert {name: share for name, share in grown.items() if share > SMALL} == {}


def test_what_does_not_grow_is_small(peaks):
    """40 MB: a few batches, and blocks of pairs of rows that are fitted to the cache."""
    _, found = peaks
    large = {name: many / MB for name, (_, many) in found.items() if many > FIXED.get(name, 40 * MB)}
    assert {name for name in large if name != "the data set"} == set()


def test_a_data_set_is_held_once(peaks):
    """While it is made a part of it may be held twice: what is drawn, before it is noised."""
    world, (few, many) = peaks[0], peaks[1]["the data set"]
    assert (many - few) / (8 * DIM * (MANY - FEW)) <= COPIES[world] + 0.5


def test_only_metrics_of_another_kind_of_data_are_skipped(peaks):
    world, found = peaks
    reasons = {name for name in found if name.startswith("skipped")}
    foreign = {
        "real": ("known manifold", "known distances"),
        "manifold": ("images", "held-out", "real rows", "decades"),
    }
    assert {name for name in reasons if not any(word in name for word in foreign[world])} == set()
