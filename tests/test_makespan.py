"""The makespan against schedules made by hand, and against its two bounds on grids of any size."""

import math

import pytest

from aeeval.cells import Cell, Unit
from aeeval.makespan import makespan


def unit(number, timed=False):
    return Unit((0,), (Cell(timed, "task", 0, number, "mine"),))


def grid(count, timed=0):
    return [unit(n) for n in range(count)] + [unit(n, timed=True) for n in range(timed)]


def test_a_schedule_made_by_hand():
    """3, 3, 2, 2, 2 on two workers: 3+2 | 3+2, then 2 more: 7; timed ones of 4 and 1 follow alone."""
    found = makespan(grid(5, timed=2), [3, 3, 2, 2, 2, 4, 1], 2, start_s=1)
    assert (found.seconds, found.critical, found.busy) == (1 + 7 + 5, 1 + 3 + 5, 17)


@pytest.mark.parametrize("cores", [1, 2, 7, 100, 10_000])
@pytest.mark.parametrize("count", [0, 1, 50, 3000])
def test_it_lies_between_grahams_bounds(cores, count):
    """Graham 1966: a list schedule takes at least max(sum / m, longest) and at most sum / m + (1 - 1/m) longest."""
    seconds = [1 + (7 * n) % 11 for n in range(count)]
    found = makespan(grid(count), seconds, cores, start_s=0)
    longest = max(seconds, default=0)
    least = max(sum(seconds) / cores, longest)
    assert least - 1e-9 <= found.seconds <= sum(seconds) / cores + (1 - 1 / cores) * longest + 1e-9
    assert found.critical == longest
    assert 0 < found.efficiency <= 1


def test_more_cores_than_units_take_the_critical_path():
    found = makespan(grid(10), [float(n) for n in range(10)], 10_000)
    assert math.isclose(found.seconds, found.critical)
