"""The package in Python: evaluate a submission, make a manifold or a data set, list the metrics."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aeeval.cells import MIDDLE, Choice, plan
from aeeval.datasets import DATASETS
from aeeval.datasets.base import Dataset
from aeeval.datasets.hubs import on_hub
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec
from aeeval.environment import pick_device
from aeeval.errors import UnknownName, UsageError, message
from aeeval.ledger import MemoryLedger
from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.base import Manifold
from aeeval.manifolds.make import make as make_manifold
from aeeval.metrics import all_metrics
from aeeval.metrics.base import Metric
from aeeval.protocol import CAPABILITIES
from aeeval.report.notebook import Pictured
from aeeval.report.results import Results
from aeeval.results.pictures import pictures_in
from aeeval.session import Session, check_trained_here, data_session, limited, load_apart, with_reference
from aeeval.store import Store
from aeeval.submissions.objects import from_object
from aeeval.submissions.submission import Submission
from aeeval.suite import Suite, load_suite

__all__ = ["Results", "dataset", "evaluate", "manifold"]


def evaluate(
    submission: Any,
    suite: str = "smoke",
    seeds: int | None = None,
    *,
    data: Any = None,
    latent_dim: int | str | Sequence[int | str] | None = None,
    tasks: Sequence[str] | None = None,
    capabilities: Sequence[str] = CAPABILITIES,
    name: str | None = None,
    reference: bool = True,
    device: str = "auto",
    jobs: int = 1,
    limit: int | None = None,
    out: str | Path | None = None,
    trust: bool = False,
    search: int = 0,
) -> Results:
    """Evaluate an autoencoder and return its numbers, with reference rows beside them.

    Args:
        submission: a class or function `build(*, shape, latent_dim, seed)`, a scikit-learn estimator, the name of a
            baseline, a path, or, with `data`, a trained model (encode/decode, encoder/decoder, or a pair).
        suite: a suite's name or path.
        seeds: how many seeds; the suite's own number by default.
        data: the user's own rows instead of a suite: a file (.npz, .npy, .csv, .tsv, .parquet), a folder of pictures, a
            torch Dataset, (train, test) or (train, val, test) of arrays or data sets, or openml:NAME or hf:owner/name.
        latent_dim: with `data`, the code length of submissions that are trained here; on a suite only these of its code
            lengths, "middle" for the one that each task sets.
        tasks: ids of the tasks to run, all by default.
        capabilities: what to measure, all six by default.
        name: the display name.
        reference: whether the suite's reference rows (mean, pca) are run beside.
        device: "auto", "cpu" or "cuda".
        jobs: worker processes; objects of this process need 1.
        limit: at most that many rows a split, for a quick look; the records then compare with nothing.
        out: a results folder, to resume from and to keep the records in; nothing is written without.
        search: how many configurations of a submission's `SEARCH` are tried, each at the budget of the task and judged
            on validation rows; 0 runs it as it is, and so is one without a space.
        trust: whether pickles in a trained model may be loaded, which runs their author's code.

    A name or path is run in processes of its own, within the suite's budget of time and memory; an object is run in
    this process, unisolated, and the environment of its records says so.

    Raises:
        UsageError: a name, argument or data that cannot be used; says what was expected.
    """
    found = _submission(submission, name, own_data=data is not None, trust=trust)
    found = found.searched(search)
    dims = [latent_dim] if isinstance(latent_dim, int | str) else list(latent_dim or ())
    choice = Choice(_capabilities(capabilities), None, seeds, pick_device(device))
    if data is not None:
        ks = numbers(dims)
        session = data_session([found], data, choice, latent_dims=ks, reference=reference, jobs=jobs, trust=trust)
    else:
        choice = replace(choice, latent_dims=tuple(dims))
        session = suite_session(
            [found], load_suite(suite), choice, tasks=tasks, reference=reference, jobs=jobs, limit=limit
        )
    for task, why in session.absent.items():
        warnings.warn(f"no data for {task}, whose cells fail: {why}", stacklevel=2)
    if out is not None:
        return Results(session.run(Store(out)), metrics_by_name(), lambda: _stored(out, session))
    memory = MemoryLedger()
    return Results(session.run(memory=memory), metrics_by_name(), lambda: _remembered(memory))


def _stored(out: str | Path, session: Session) -> Iterator[Pictured]:
    """The pictures of a session in its results folder."""
    keys = set(session.cells())
    return ((one.record, one.read) for one in pictures_in(out) if one.name in keys)


def _remembered(memory: MemoryLedger) -> Iterator[Pictured]:
    return ((record, partial(dict, arrays)) for record, arrays in memory.pictures)


def suite_session(
    submissions: Sequence[Submission],
    suite: Suite,
    choice: Choice,
    *,
    tasks: Sequence[str] | None = None,
    reference: bool = True,
    jobs: int = 1,
    limit: int | None = None,
) -> Session:
    """A session on a suite; checks all names before anything is trained."""
    check_trained_here(submissions)
    chosen = tuple(suite.task(task).id for task in tasks) if tasks is not None else None
    rows = with_reference(suite, submissions) if reference else tuple(submissions)
    choice = replace(choice, tasks=chosen)
    if not plan(suite, rows, choice):
        lengths = sorted({k for task in suite.tasks if not chosen or task.id in chosen for k in task.latent_dims})
        known = f"code lengths of {suite.name}: {', '.join(map(str, lengths))}, or {MIDDLE!r}"
        raise UsageError(message(known, ", ".join(map(str, choice.latent_dims)), "choose another k"))
    return Session(limited(suite, limit) if limit is not None else suite, rows, choice, jobs)


def numbers(latent_dims: Sequence[int | str]) -> list[int]:
    """Code lengths that are numbers, as the user's own rows need them."""
    if words := [k for k in latent_dims if isinstance(k, str)]:
        raise UsageError(message("numbers as code lengths of your own rows", ", ".join(words), "give --latent-dim K"))
    return [k for k in latent_dims if isinstance(k, int)]


def manifold(name: str, *, seed: int = 0, **params: Any) -> Manifold:
    """A registered manifold; every name works with its defaults alone.

    >>> manifold("sphere", dim=3, ambient_dim=17, seed=5).ambient_dim
    17
    """
    return make_manifold(name, seed=seed, **params)


def dataset(
    name: str,
    seed: int = 0,
    *,
    noise: float = 0.0,
    support: str = "all",
    held_out: Sequence[int] = (),
    **params: Any,
) -> Dataset:
    """The splits of a registered data set, or of any manifold as a data set, at one seed.

    `held_out` lists classes of a registered set that are kept from all splits but `Dataset.held_out`. Sets of public
    hubs have names too, `openml:iris` and `hf:owner/name`, and are read from the cache of their hub.

    >>> dataset("digits").shape
    (1, 8, 8)
    """
    if name not in MANIFOLDS and name not in DATASETS and not on_hub(name):
        raise UnknownName("data set", name, [*DATASETS, *MANIFOLDS])
    manifold, real = (name, None) if name in MANIFOLDS else (None, name)
    spec = DataSpec(manifold, real, params=params, support=support, held_out=tuple(held_out), noise=noise)
    return make_dataset(spec, name, seed)


def metrics_by_name() -> dict[str, Metric]:
    """Every metric by its id."""
    return {metric.id: metric for metric in all_metrics()}


def _submission(submission: Any, name: str | None, own_data: bool, trust: bool) -> Submission:
    if isinstance(submission, str | Path):
        return load_apart(f"{name}={submission}" if name else str(submission), trust=trust)
    return from_object(submission, name=name, own_data=own_data)


def _capabilities(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in CAPABILITIES:
            raise UnknownName("capability", name, CAPABILITIES)
    return tuple(names)
