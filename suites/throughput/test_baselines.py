"""The baselines under pytest-benchmark: `python3 -m pytest suites/throughput --benchmark-only`.

Compare with a saved run by --benchmark-json=FILE once and --benchmark-compare=FILE later; other hardware is refused,
and so is a run in which a benchmark is missing.
"""

import functools
from pathlib import Path

import pytest

SUITE = Path(__file__).with_name("baselines.toml")
BASELINES = ("mean", "pca", "mlp", "vae", "conv")
DTYPES = ("fp32", "tf32", "bf16")


@functools.cache
def fitted(name, task_id):
    """A baseline fitted on a task, as in a run, and the rows that it is timed on."""
    from aeeval.benching import contestant
    from aeeval.environment import pick_device
    from aeeval.submissions.load import load
    from aeeval.suite import load_suite

    task = load_suite(str(SUITE)).task(task_id)
    return contestant(load(name), task, task.latent_dims[0], pick_device("auto"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", [1, 256])
@pytest.mark.parametrize("op", ["encode", "decode"])
@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("task", ["digits", "graph8-784"])
def test_baseline(throughput, task, name, op, batch, dtype):
    """One operation of one baseline at one batch size and number type."""
    from aeeval.errors import Skipped

    try:
        one = fitted(name, task)
    except Skipped as reason:
        pytest.skip(str(reason))
    rows = one.model.torch_rows(one.rows).cpu()
    throughput(one.model.adapted.raw, rows, op=op, batch=batch, dtype=dtype)
