"""Suites: TOML files that list tasks, read so that every name and key fails before anything is trained."""

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aeeval import bundled
from aeeval.datasets.hubs import check_name
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import AeevalError, SuiteError, UnknownName, message
from aeeval.evidence import SAMPLERS, Counts
from aeeval.manifolds import DENSITIES, MANIFOLDS
from aeeval.samples import check_sampler
from aeeval.training import Budget

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SOURCES = ("manifold", "dataset", "path")
_DATA_KEYS = ("params", "support", "support_params", "density", "density_params", "held_out", "noise", "noise_kind")
T = TypeVar("T")


@dataclass(frozen=True)
class ThroughputPlan:
    """Which tasks are timed, at which batch sizes, for how long each."""

    tasks: tuple[str, ...] = ()
    batches: tuple[int, ...] = (1, 256)
    min_time_s: float = 0.5


@dataclass(frozen=True)
class Task:
    """A data set and what is measured on it. The id names neither k nor seed."""

    id: str
    data: DataSpec
    latent_dims: tuple[int, ...]
    version: int = 1
    budget: Budget = field(default_factory=Budget)
    counts: Counts = field(default_factory=Counts)
    samplers: tuple[str, ...] = SAMPLERS


@dataclass(frozen=True)
class Suite:
    """A named list of tasks; `digest` is the sha256 of its parsed content."""

    name: str
    version: int
    seeds: int
    tasks: tuple[Task, ...]
    digest: str
    reference: tuple[str, ...] = ("mean", "pca")
    throughput: ThroughputPlan = field(default_factory=ThroughputPlan)

    def task(self, task_id: str) -> Task:
        """The task of an id; raises `UnknownName`."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise UnknownName("task", task_id, [task.id for task in self.tasks])


def load_suite(name: str) -> Suite:
    """A suite by path or by name (of the checkout, else of the package)."""
    path = bundled.resolve("suites", name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SuiteError(message(f"a TOML file at {path}", str(error), "mend that line")) from error
    return parse_suite(content, where=str(path))


def parse_suite(content: Mapping[str, Any], where: str = "the suite") -> Suite:
    """A suite from parsed TOML; any unknown key, name or value out of range is a `SuiteError` or `UnknownName`."""
    _check_keys(content, (*_SUITE_KEYS, "task"), where)
    for key in ("name", "task"):
        if not content.get(key):
            raise SuiteError(
                message(f"`{key}` in {where}", "nothing", f"add {'[[task]] tables' if key == 'task' else key}")
            )
    shared = {key: content[key] for key in ("budget", "counts", "samplers") if key in content}
    tasks = tuple(_parse_task(table, shared, where) for table in content["task"])
    _check_unique([task.id for task in tasks], where)
    plan = _table(ThroughputPlan, content.get("throughput", {}), f"throughput of {where}")
    suite = Suite(
        name=_identifier(content["name"], f"name of {where}"),
        version=_whole(content.get("version", 1), f"version of {where}"),
        seeds=_whole(content.get("seeds", 3), f"seeds of {where}"),
        tasks=tasks,
        digest=digest_of(content),
        reference=tuple(content.get("reference", ("mean", "pca"))),
        throughput=dataclasses.replace(plan, tasks=tuple(plan.tasks), batches=tuple(plan.batches)),
    )
    for task_id in suite.throughput.tasks:
        suite.task(task_id)
    return suite


_SUITE_KEYS = ("name", "version", "seeds", "reference", "samplers", "budget", "counts", "throughput")
_TASK_KEYS = ("id", "version", "rows", "latent_dims", "counts", "budget", "samplers", *_SOURCES, *_DATA_KEYS)


def digest_of(content: Mapping[str, Any]) -> str:
    """sha256 of parsed content: comments, order of keys and layout do not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _parse_task(table: Mapping[str, Any], shared: Mapping[str, Any], where: str) -> Task:
    where = f"task {table.get('id', '?')!r} of {where}"
    _check_keys(table, _TASK_KEYS, where)
    sources = [key for key in _SOURCES if key in table]
    if len(sources) != 1:
        raise SuiteError(
            message(f"exactly one of {', '.join(_SOURCES)} in {where}", str(sources or "none"), "keep one")
        )
    _check_source(sources[0], table[sources[0]])
    dims = table.get("latent_dims", ())
    if not dims:
        raise SuiteError(message(f"latent_dims in {where}", "none", "write latent_dims = [2]"))
    DENSITIES.target(table.get("density", "uniform"))
    given = {key: table[key] for key in (*sources, *_DATA_KEYS) if key in table}
    if "held_out" in given:
        given["held_out"] = _classes(given["held_out"], f"held_out of {where}")
    rows = _table(Sizes, table.get("rows", {}), f"rows of {where}")
    return Task(
        id=_identifier(table.get("id", ""), f"id of {where}"),
        data=_made(DataSpec, {**given, "rows": rows}, where),
        latent_dims=tuple(_whole(k, f"latent_dims of {where}") for k in dims),
        version=_whole(table.get("version", 1), f"version of {where}"),
        budget=_table(Budget, {**shared.get("budget", {}), **table.get("budget", {})}, f"budget of {where}"),
        counts=_table(Counts, {**shared.get("counts", {}), **table.get("counts", {})}, f"counts of {where}"),
        samplers=tuple(check_sampler(name) for name in table.get("samplers", shared.get("samplers", SAMPLERS))),
    )


def _check_source(kind: str, name: str) -> None:
    if kind == "manifold":
        MANIFOLDS.target(name)
    elif kind == "dataset":
        check_name(name)
    elif not Path(name).exists():
        raise SuiteError(message("a data file or folder", f"{name}, which does not exist", "check the path"))


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise SuiteError(str(UnknownName(f"key of {where}", key, known)))


def _table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A dataclass of settings from its TOML table."""
    known = tuple(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
    _check_keys(table, known, where)
    for key, value in table.items():
        if isinstance(value, int | float) and (isinstance(value, bool) or value < 0):
            raise SuiteError(message(f"{key} ≥ 0 in {where}", str(value), "mend the value"))
    return _made(kind, dict(table), where)


def _made(kind: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return kind(**values)
    except AeevalError as error:
        raise SuiteError(f"{where}: {error}") from error


def _identifier(value: Any, where: str) -> str:
    if not (isinstance(value, str) and _ID.fullmatch(value)):
        raise SuiteError(message(f"{where} of a-z, 0-9, '.', '_', '-'", repr(value), "rename it"))
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SuiteError(message(f"a whole number ≥ 1 for {where}", repr(value), "mend the value"))
    return value


def _classes(value: Any, where: str) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else [value]
    if not isinstance(value, list) or not value or any(type(number) is not int or number < 0 for number in numbers):
        raise SuiteError(message(f"a list of classes for {where}", repr(value), "write held_out = [9]"))
    return tuple(value)


def _check_unique(ids: list[str], where: str) -> None:
    for task_id in ids:
        if ids.count(task_id) > 1:
            raise SuiteError(
                message(f"one task an id in {where}", f"{task_id!r} {ids.count(task_id)} times", "rename one")
            )
