"""Cells to write, of nothing but records: imported by processes that are to start fast."""

from aeeval.record import Record

CELLS = 150


def key(name):
    return name * 32


def record(**changes):
    fields = {
        "suite": "tiny",
        "suite_digest": "d",
        "task": "cap",
        "task_version": 1,
        "data_sha256": "x",
        "submission": "mine",
        "submission_sha256": "s",
        "track": "recipe",
        "latent_dim": 2,
        "seed": 0,
        "capability": "reconstruction",
        "metric": "fvu",
        "metric_version": 1,
        "unit": "1",
        "better": "lower",
        "status": "ok",
        "value": 0.5,
    }
    return Record(**{**fields, **changes})


def cell(number):
    """One of `CELLS` cells: its key and its records."""
    where = {"task": f"task{number % 5}", "seed": number // 5 % 3, "submission": f"model{number // 15}"}
    return f"{number:08x}" * 8, [record(**where, metric=f"m{i}", value=number + i / 7) for i in range(30)]
