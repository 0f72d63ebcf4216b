"""What a packed result has to keep before it gets onto the public board: named checks."""

import math
from collections import Counter
from collections.abc import Callable, Iterator

from aeeval import __version__
from aeeval.cells import metrics_of
from aeeval.errors import AeevalError, Skipped
from aeeval.protocol import CAPABILITIES
from aeeval.record import axes_label
from aeeval.results.again import again
from aeeval.results.bounds import outside
from aeeval.results.case import Case
from aeeval.submissions.checks.finding import FAIL, PASS, Check, Finding, check, prefer, require

READABLE = "readable"
_SAME = "run it again on this version, and pack that"


def verify(make: Callable[[], Case]) -> Iterator[Finding]:
    """What every check finds, one after another; only `readable` where there is no whole pack, suite or submission."""
    try:
        case = make()
    except AeevalError as error:
        yield Finding(READABLE, FAIL, str(error))
        return
    said = (
        f"{len(case.packed.records)} records in {len(case.packed.manifest.files)} files, as {case.packed.folder} says"
    )
    yield Finding(READABLE, PASS, said)
    for one in CHECKS:
        yield one(case)


@check
def suite(case: Case) -> str:
    """The records are of the suite of this checkout, by name and digest, with all rows: no `--limit`."""
    said, here = case.packed.manifest, case.suite
    require(said.suite == here.name, f"records of {here.name}", said.suite, "run the whole suite, without --limit")
    require(
        said.suite_digest == here.digest,
        f"digest {here.digest[:12]} of {here.name} {here.version}",
        said.suite_digest[:12],
        _SAME,
    )
    return f"{here.name} {here.version} ({here.digest[:12]})"


@check
def versions(case: Case) -> str:
    """Tasks, metrics, their units and directions have the versions of this checkout."""
    tasks = {task.id: task.version for task in case.suite.tasks}
    known = {one.id: (one.version, one.capability, one.unit, one.better) for one in case.metrics.values()}
    for record in case.packed.records:
        is_, where = record.task_version, f"version of task {record.task}"
        require(tasks.get(record.task) == is_, f"{where} {tasks.get(record.task, 'of this suite')}", f"{is_}", _SAME)
        has = (record.metric_version, record.capability, record.unit, record.better)
        wanted = known.get(record.metric)
        require(wanted == has, f"metric {record.metric} as {wanted or 'one of this version'}", f"{has}", _SAME)
    return f"{len(tasks)} tasks and {len({r.metric for r in case.packed.records})} metrics of this version"


@check
def submission(case: Case) -> str:
    """The submission's code and weights are those that are here."""
    said, here = case.packed.manifest.submission_sha256, case.submission
    way_out = "name the file that was run: --submission FILE, or NAME=model.pt2"
    require(said == here.sha256, f"sha256 {said[:12]} of {here.name}", here.sha256[:12], way_out)
    tracks = {record.track for record in case.packed.records} - {"own-k"}
    require(tracks <= {here.track}, f"track {here.track}", ", ".join(sorted(tracks)), way_out)
    return f"{here.track} {here.name} ({said[:12]})"


@check
def environment(case: Case) -> str:
    """Every record names an environment that is described, of this release of aeeval, without changes of its own."""
    described = case.packed.manifest.env
    missing = {record.env for record in case.packed.records} - set(described)
    require(not missing, "a description of every environment", f"none of {sorted(missing)}", "pack it with its env/")
    releases = {str(env.get("aeeval")) for env in described.values()}
    require(releases == {__version__}, f"aeeval {__version__}", ", ".join(sorted(releases)), _SAME)
    clean = not any(env.get("dirty") for env in described.values())
    prefer(clean, "a checkout without changes", "changed files", "commit them, or run a released version")
    return f"{len(described)} of aeeval {__version__}"


@check
def complete(case: Case) -> str:
    """Every cell of the suite is there with every metric, and nothing else."""
    missing = [cell for cell in case.expected if cell not in case.cells]
    shown = ", ".join(f"{c.task} k={c.latent_dim or 'own'} seed {c.seed}" for c in missing[:3])
    require(not missing, f"{len(case.expected)} cells", f"{len(missing)} missing: {shown}", "run all of the suite")
    foreign = sorted(set(case.cells) - set(case.expected))
    require(not foreign, "cells of the suite only", f"{foreign[:1]}", "pack a run of this suite alone")
    for cell, records in case.cells.items():
        wanted = {one.id for one in metrics_of(cell, CAPABILITIES)}
        odd = sorted(wanted ^ {record.metric for record in records})
        require(not odd, f"every metric on {cell.task}, seed {cell.seed}", f"a difference in {odd[:3]}", _SAME)
    return f"{len(case.expected)} cells, {len(case.packed.records)} numbers"


@check
def once(case: Case) -> str:
    """Each number is there once."""
    twice = [key for key, count in Counter(record.identity for record in case.packed.records).items() if count > 1]
    require(not twice, "each number once", f"{len(twice)} of them more often, {twice[:1]}", "pack it again")
    return "no number twice"


@check
def curves(case: Case) -> str:
    """A point at which a metric has a number at one seed is there at every seed, if only as skipped."""
    points: dict[tuple[str, int, str], dict[int, set[str]]] = {}
    measured: dict[tuple[str, int, str], set[str]] = {}
    for cell, records in case.cells.items():
        for record in records:
            key, label = (cell.task, cell.latent_dim, record.metric), axes_label(record.axes)
            if record.axes or record.status == "ok":  # else it was lost as a whole
                points.setdefault(key, {}).setdefault(cell.seed, set()).add(label)
            if record.status == "ok":
                measured.setdefault(key, set()).add(label)
    uneven = [key for key, at in points.items() if any(measured.get(key, set()) - there for there in at.values())]
    prefer(not uneven, "the same points at every seed", f"others for {uneven[:3]}", "run it again where some are lost")
    return f"{len(points)} metrics on tasks, the same at every seed"


@check
def values(case: Case) -> str:
    """Every number lies in the range of its metric, every probability in [0, 1], no error or spread is negative."""
    for record in case.packed.records:
        if record.metric in case.metrics and (reason := outside(record, case.metrics[record.metric].range)):
            require(False, reason, f"{record.value:g} on {record.task}, seed {record.seed}", _SAME)
        for name, number in (("p", record.p), ("stderr", record.stderr)):
            high = 1.0 if name == "p" else math.inf
            require(number is None or 0 <= number <= high, f"{name} of {record.metric} ≥ 0", f"{number}", _SAME)
    return f"{sum(record.status == 'ok' for record in case.packed.records)} numbers in range"


@check
def failures(case: Case) -> str:
    """No cell failed or ran out of time; what did is shown in the tables as it is."""
    lost = [record for record in case.packed.records if record.lost]
    prefer(not lost, "no failed numbers", f"{len(lost)}, e.g. {lost[0].reason if lost else ''}", "they stay failed")
    return "none failed"


@check
def rerun(case: Case) -> str:
    """Cells that are run again give the same numbers within the tolerance that is stated."""
    if case.rerun == 0:
        raise Skipped("not asked for (--rerun N, or --rerun all)")
    return again(case)


CHECKS: tuple[Check[Case], ...] = (
    suite,
    versions,
    submission,
    environment,
    complete,
    once,
    curves,
    values,
    failures,
    rerun,
)
