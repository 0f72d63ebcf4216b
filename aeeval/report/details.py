"""The detail tables of a capability: all that its headline does not say.

Axes that are conditions of a measurement (sampler, batch, device) go down the rows; the abscissa of a curve (bin,
delta, eps) goes across, in a table of its own where the curve has many points.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from aeeval.record import Axis, axes_label
from aeeval.records import Records
from aeeval.report.board import legend
from aeeval.report.facts import ARROWS, Metrics, explain, has_unit
from aeeval.report.headlines import headlines
from aeeval.report.layout import Column, Table, make_table
from aeeval.report.numbers import number
from aeeval.report.sections import Section

CONDITIONS = ("sampler", "op", "batch", "device", "dtype", "backend", "env")
LONG_CURVE = 4

Curve = tuple[tuple[str, Axis], ...]


def details(section: Section, capability: str, metrics: Metrics) -> list[Table]:
    """The tables of one capability, the plain one first; the first of them begins with the headlines."""
    found = headlines(section.records, metrics, capability)
    on_board = {one.metric.id for one in found if not one.axes}
    groups: dict[tuple[object, ...], dict[str, Records]] = {}
    for name, records in _by_metric(section, capability).items():
        if name not in on_board:
            for key, some in _split(name, records).items():
                groups.setdefault(key, {})[name] = some
    tables = [_table(section, capability, metrics, groups[key]) for key in sorted(groups, key=bool)]
    if tables:
        tables[0] = replace(tables[0], lead=(*legend(found), *tables[0].lead))
    return tables


def _by_metric(section: Section, capability: str) -> dict[str, Records]:
    records = section.records.where(capability=capability)
    return {name: records.where(metric=name) for name in records.distinct("metric")}


def _split(name: str, records: Records) -> dict[tuple[object, ...], Records]:
    """The records of a metric by the table they belong to: metrics at the same conditions share one.

    A long curve has a table of its own, one for the tasks that it has the same points on.
    """
    conditions = _values([records], CONDITIONS)
    key = tuple((axis, *values) if len(values) == 1 else axis for axis, values in conditions.items())
    if len(_curve_points(records)) <= LONG_CURVE:
        return {key: records}
    tables: dict[tuple[object, ...], list[Records]] = {}
    for task in records.distinct("task"):
        of_task = records.where(task=task)
        tables.setdefault((*key, name, _curve_points(of_task)), []).append(of_task)
    return {at: Records.joined(of_tasks) for at, of_tasks in tables.items()}


def _table(section: Section, capability: str, metrics: Metrics, group: Mapping[str, Records]) -> Table:
    conditions = _values(group.values(), CONDITIONS)
    down = [axis for axis, values in conditions.items() if len(values) > 1]
    fixed = {axis: values[0] for axis, values in conditions.items() if len(values) == 1}
    columns = [column for name, records in group.items() for column in _columns(name, records, alone=len(group) == 1)]
    measured = [column for column in columns if not _is_skipped(column)] or columns
    lead = [*_about(group, metrics), *_nulls(measured)]
    if fixed:
        lead.append(f"All at {axes_label(fixed)}.")
    lead += _skipped_everywhere([column for column in columns if column not in measured])
    return make_table(section, _title(capability, group, down), lead, measured, down)


def _is_skipped(column: Column) -> bool:
    """Whether no row has a number there, nor lost one."""
    return set(column.records.distinct("status")) == {"skipped"}


def _skipped_everywhere(columns: Sequence[Column]) -> list[str]:
    """A line a reason: a column without any number tells no more than that, and would push the others aside."""
    headers: dict[str, list[str]] = {}
    for column in columns:
        reasons = "; ".join(sorted(map(str, column.records.distinct("reason"))))
        headers.setdefault(reasons, []).append(f"`{column.header.rstrip(' ↓↑→')}`")
    return [f"Skipped in every row, {reasons}: {', '.join(names)}." for reasons, names in headers.items()]


def _columns(name: str, records: Records, alone: bool) -> list[Column]:
    """One column, or one for each point of a curve; a record without axes stands for all of them."""
    arrow = ARROWS[records[0].better]
    points = _curve_points(records)
    if not points:
        return [Column(name + arrow, records, shows_null=True)]
    short = alone and len(points) > LONG_CURVE
    columns = []
    for point in points:
        several = short and len(point) > 1  # the title names the axes
        label = " ".join(str(value) for _, value in point) if several else axes_label(dict(point))
        here = [_curve(part.axes) in (point, ()) for part in records.number.values]
        some = records.take(np.array(here)[records.number.codes])
        columns.append(Column(label if short else f"{name}[{label}]{arrow}", some, shows_null=True))
    return columns


def _title(capability: str, group: Mapping[str, Records], down: Sequence[str]) -> str:
    """For example "Sampling by sampler" or "Extrapolation: along_error by bin"."""
    alone = f": {next(iter(group))}" if len(group) == 1 else ""
    points = _curve_points(next(iter(group.values()))) if alone else ()
    axes = [*down, *(axis for axis, _ in points[0])] if points else down
    by = f" by {', '.join(axes)}" if axes else ""
    return f"{capability.capitalize()}{alone}{by}"


def _about(group: Mapping[str, Records], metrics: Metrics) -> list[str]:
    """What a lone metric is; of several, the units."""
    known = [metrics[name] for name in group if name in metrics]
    if len(group) == 1:
        return [f"`{metric.id}`: {explain(metric)}." for metric in known if not metric.headline]
    units: dict[str, list[str]] = {}
    for metric in known:
        if has_unit(metric):
            units.setdefault(metric.unit, []).append(f"`{metric.id}`")
    listed = [f"{', '.join(names)} in {unit}" for unit, names in units.items()]
    return [f"Units: {'; '.join(listed)}."] if units else []


def _nulls(columns: Sequence[Column]) -> list[str]:
    """The value that each column takes when nothing is wrong: here where it is one number, else in the entries."""
    once = {null for column in columns for null in column.nulls}
    if len(columns) > 1 and len(once) == 1 and all(column.nulls for column in columns):
        return [f"Null value of every column, to compare with: {number(min(once))}."]
    constant = [f"`{c.header.rstrip(' ↓↑→')}` {number(min(c.nulls))}" for c in columns if len(c.nulls) == 1]
    lines = [f"Null values, to compare with: {', '.join(constant)}."] if constant else []
    if any(len(column.nulls) > 1 for column in columns):
        lines.append("Null values, to compare with, stand in brackets beside the numbers.")
    return lines


def _values(several: Iterable[Records], axes: Iterable[str]) -> dict[str, list[Axis]]:
    """The distinct values that records have at each of the axes that they have."""
    distinct = [at for records in several for at in records.distinct("axes")]
    found = {axis: list(dict.fromkeys(at[axis] for at in distinct if axis in at)) for axis in axes}
    return {axis: values for axis, values in found.items() if values}


def _curve(axes: Mapping[str, Axis]) -> Curve:
    return tuple(sorted((k, v) for k, v in axes.items() if k not in CONDITIONS))


def _curve_points(records: Records) -> tuple[Curve, ...]:
    """The distinct places on the curve, in order."""
    points = {_curve(axes) for axes in records.distinct("axes")} - {()}
    return tuple(sorted(points, key=lambda point: [(axis, isinstance(v, str), v) for axis, v in point]))
