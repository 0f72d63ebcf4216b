"""The cost of a grid, against machines whose every second is known."""

import pytest

from aeeval.cells import Cell, Choice
from aeeval.cost import FEW, estimate
from aeeval.executors.work import Finished, Work
from aeeval.suite import parse_suite

SIZE = {"wide": 3.0, "small": 1.0, "far": 0.5}
CELL = {"quick": 0.2, "slow": 2.0}
STEP = {"quick": 0.0, "slow": 0.01}
DATA = 0.7


@pytest.fixture
def work():
    task = {"manifold": "sphere", "params": {"dim": 2, "ambient_dim": 6}, "latent_dims": [2]}
    tasks = [
        {"id": name, "rows": {"train": rows, "val": 5, "test": 5, "beyond": 0}, **task}
        for name, rows in (("wide", 400), ("small", 20), ("far", 90))
    ]
    tasks[0]["budget"] = {"steps": 500}
    suite = parse_suite({"name": "three", "seeds": 2, "budget": {"steps": 1000, "wall_s": 9}, "task": tasks})
    return Work(suite, (), Choice(("reconstruction",)))


@pytest.fixture
def machine(monkeypatch):
    """A machine on which size · (cell + data of the first) + steps · step holds exactly; it keeps what it was asked."""
    asked = []

    def run(work, units, ledger, settings):
        for unit in units:
            for number, cell in enumerate(unit.open):
                steps = work.suite.task(cell.task).budget.steps
                asked.append((cell.submission, cell.task, steps))
                first = DATA if number == 0 else 0.0
                yield Finished(cell, SIZE[cell.task] * (CELL[cell.submission] + first) + steps * STEP[cell.submission])

    monkeypatch.setattr("aeeval.cost.run_local", run)
    return asked


def grid(*, seeds=2):
    return [Cell(False, task, seed, 2, name) for task in SIZE for seed in range(seeds) for name in CELL]


def test_where_its_law_holds_every_unit_is_told_exactly(work, machine):
    found = estimate(work, grid())
    told = {(unit.head.submission, unit.head.task): s for unit, s in zip(found.units, found.seconds, strict=True)}
    for (name, task), seconds in told.items():
        first = DATA if name == "quick" else 0.0  # whoever comes first in the grid makes the data
        steps = {"wide": 500}.get(task, 1000)
        assert seconds == pytest.approx(2 * (SIZE[task] * (CELL[name] + first) + steps * STEP[name])), (name, task)


def test_a_pilot_is_small(work, machine):
    estimate(work, grid(seeds=50))
    assert len(machine) == 4 * len(CELL) + len(SIZE) - 1
    assert max(steps for _, task, steps in machine if task != "small") == FEW
    assert {name for name, task, _ in machine if task != "small"} == {"quick"}


def test_it_tells_what_it_runs(work, machine):
    heard = []
    estimate(work, grid(), lambda *told: heard.append(told))
    assert [done for _, done, _ in heard] == [0, 1, 2, 3, 4]
    assert heard[0] == ("quick on small", 0, 4)


def test_no_cells_cost_the_start_of_a_worker(work, machine):
    assert estimate(work, []).on(2).seconds == 5.0
    assert machine == []
