"""A bench: submissions fitted on tasks, timed at settings, and held against one of them call by call."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor

from aeeval.datasets.base import Dataset
from aeeval.datasets.make import make_dataset
from aeeval.errors import AeevalError, Skipped, UnknownName
from aeeval.evidence import Evidence
from aeeval.fitting import fit_model
from aeeval.metrics.reconstruction import fvu
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.suite import Task
from aeeval.throughput.adapters import adapter
from aeeval.throughput.bench import Plan, lost, sweep
from aeeval.throughput.ceilings import Ceilings, measure_ceilings
from aeeval.throughput.compare import Comparison, compare
from aeeval.throughput.device import Device
from aeeval.throughput.feed import FedCall, Feed
from aeeval.throughput.row import Row, Who
from aeeval.throughput.setting import Setting, computing
from aeeval.throughput.subject import RoundTrip, Subject

COMPARED = ("encode", "decode")
COMPARED_BATCHES = (1, 256)
ROOF_TIME_S = 0.1
Pair = tuple[Submission, Task, int]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Contestant:
    """A fitted model, the rows (n, D) that it is timed on, and how its quality is read."""

    who: Who
    model: Model
    rows: Tensor
    fvu: Callable[[RoundTrip], float]


@dataclass(frozen=True)
class Compared:
    """One comparison of a bench: a model against the reference, which is itself where the two are one."""

    who: Who
    reference: str
    setting: Setting
    op: str
    batch: int
    outcome: Comparison | None
    reason: str | None = None


@dataclass
class Bench:
    """All that was measured: rows, roofs by setting, comparisons."""

    rows: list[Row] = field(default_factory=list)
    ceilings: dict[Setting, Ceilings] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    device_facts: dict[str, dict[str, float | None]] = field(default_factory=dict)
    """What the device told of itself before and after."""


def contestant(submission: Submission, task: Task, k: int, device: str) -> Contestant:
    """A submission fitted on a task at seed 0, as in a run; raises what fitting raises."""
    dataset = make_dataset(task.data, task.id, 0)
    fitted = fit_model(submission, dataset, latent_dim=k, task=task.id, seed=0, budget=task.budget, device=device)
    reading = partial(_quality, dataset=dataset, k=k)
    return Contestant(who(submission, task, k), fitted.model, dataset.test.clean, reading)


def who(submission: Submission, task: Task, k: int) -> Who:
    """The name of a row."""
    return Who(submission.name, task.id, k, submission.track, submission.sha256)


def _quality(round_trip: RoundTrip, dataset: Dataset, k: int) -> float:
    value = fvu.measure(Evidence(round_trip, dataset, latent_dim=k))  # type: ignore[arg-type]
    assert isinstance(value, float)
    return value


def measure_all(
    pairs: Sequence[Pair],
    settings: Sequence[Setting],
    plan: Plan,
    *,
    reference: str | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Bench:
    """Every submission on every task and code length at every setting; what cannot be measured is a row with a reason.

    Each is held against `reference`, a submission among them (the first by default), and the reference against a copy
    of itself.
    """
    names = list(dict.fromkeys(submission.name for submission, _, _ in pairs))
    if reference is not None and reference not in names:
        raise UnknownName("reference among the submissions", reference, names)
    bench, say = Bench(), progress or (lambda text: None)
    bench.device_facts["before"] = _facts(device)
    for (task_id, k), group in _by_task(pairs).items():
        say(f"fitting on {task_id}")
        fitted = {submission.name: _fitted(submission, task, k, device) for submission, task, k in group}
        for setting in settings:
            _measure_setting(bench, fitted, setting, plan, reference or names[0], say)
        say(f"{task_id} at k={k} is done")
    bench.device_facts["after"] = _facts(device)
    return bench


def _facts(device: str) -> dict[str, float | None]:
    try:
        return adapter(torch.device(device)).facts()
    except Skipped:  # its rows say so
        return {}


def steps(pairs: Sequence[object], settings: Sequence[Setting], plan: Plan) -> int:
    """How often `measure_all` reports progress for sweeps."""
    return len(pairs) * len(settings) * len(plan.operations)


def _by_task(
    pairs: Sequence[Pair],
) -> dict[tuple[str, int], list[tuple[Submission, Task, int]]]:
    groups: dict[tuple[str, int], list[tuple[Submission, Task, int]]] = {}
    for submission, task, k in pairs:
        groups.setdefault((task.id, k), []).append((submission, task, k))
    return groups


Lost = tuple[Who, AeevalError]


def _fitted(submission: Submission, task: Task, k: int, device: str) -> Contestant | Lost:
    try:
        adapter(torch.device(device))
        return contestant(submission, task, k, device)
    except AeevalError as error:
        return who(submission, task, k), error


def _measure_setting(
    bench: Bench,
    fitted: dict[str, Contestant | Lost],
    setting: Setting,
    plan: Plan,
    reference: str,
    say: Progress,
) -> None:
    subjects: dict[str, tuple[Contestant, Subject]] = {}
    for name, one in fitted.items():
        try:
            if not isinstance(one, Contestant):
                raise one[1]
            device = adapter(torch.device(setting.device))
            roofs = _roofs(bench, device, setting, min(ROOF_TIME_S, plan.min_time_s))
            subject = Subject(one.model, one.rows, setting)
            with computing(setting.number_type):
                quality = subject.quality(one.fvu)
            rows = []
            for op in plan.operations:
                say(f"{name} on {one.who.task}: {op}, {setting.dtype}, {setting.backend}")
                rows += sweep(subject, op, device, plan, who=one.who, ceilings=roofs, fvu=quality)
            bench.rows += rows
            subjects[name] = one, subject
        except AeevalError as error:
            bench.rows += lost(one.who if isinstance(one, Contestant) else one[0], setting, error, plan.operations)
    if reference in subjects:
        _compare_all(bench, subjects, reference, setting, plan, say)


def _roofs(bench: Bench, device: Device, setting: Setting, min_time_s: float) -> Ceilings:
    """Measured once for all settings that compute alike."""
    key = replace(setting, backend="eager", layout="contiguous", transfer="excluded")
    if key not in bench.ceilings:
        bench.ceilings[key] = measure_ceilings(device, key, min_time_s=min_time_s)
    bench.ceilings[setting] = bench.ceilings[key]
    return bench.ceilings[key]


def _compare_all(
    bench: Bench,
    subjects: dict[str, tuple[Contestant, Subject]],
    reference: str,
    setting: Setting,
    plan: Plan,
    say: Progress,
) -> None:
    device = adapter(torch.device(setting.device))
    _, standard = subjects[reference]
    for name, (one, subject) in subjects.items():
        say(f"{name} against {reference}")
        for op in COMPARED:
            for batch in COMPARED_BATCHES:
                at = Compared(one.who, reference, setting, op, batch, None)
                try:
                    twin = standard.twin()
                    outcome = _compared(twin if name == reference else subject, standard, twin, op, batch, device, plan)
                    bench.compared.append(replace(at, outcome=outcome))
                except (AeevalError, RuntimeError, TypeError) as error:  # also of a deep copy that cannot be made
                    bench.compared.append(replace(at, reason=str(error)))


def _compared(
    subject: Subject, standard: Subject, twin: Subject, op: str, batch: int, device: Device, plan: Plan
) -> Comparison:
    with torch.inference_mode(), computing(subject.setting.number_type):
        model, reference, copy = (
            FedCall(one.prepared(op).function, Feed(one.data(op), batch)) for one in (subject, standard, twin)
        )
        timeout_s = plan.timeouts * plan.min_time_s
        return compare(model, reference, copy, device, min_time_s=plan.min_time_s, timeout_s=timeout_s)


def pairs_of(submissions: Sequence[Submission], tasks: Sequence[Task]) -> Iterator[Pair]:
    """Every submission on every task at each of its code lengths; a trained model at its own alone."""
    for task in tasks:
        for k in task.latent_dims:
            for submission in submissions:
                if submission.latent_dim in (None, k):
                    yield submission, task, k
