"""The detail tables of a capability: all that its headline does not say.

Axes that are conditions of a measurement (sampler, batch, device) go down the rows; the abscissa of a curve (bin,
delta, eps) goes across, in a table of its own where the curve has many points.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aeeval.record import Axis, Record, axes_label
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
    groups: dict[tuple[object, ...], dict[str, list[Record]]] = {}
    for name, records in _by_metric(section, capability).items():
        if name not in on_board:
            for key, some in _split(name, records).items():
                groups.setdefault(key, {}).setdefault(name, []).extend(some)
    tables = [_table(section, capability, metrics, groups[key]) for key in sorted(groups, key=bool)]
    if tables:
        tables[0] = replace(tables[0], lead=(*legend(found), *tables[0].lead))
    return tables


def _by_metric(section: Section, capability: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in section.records:
        if record.capability == capability:
            groups.setdefault(record.metric, []).append(record)
    return groups


def _split(name: str, records: Sequence[Record]) -> dict[tuple[object, ...], list[Record]]:
    """The records of a metric by the table they belong to: metrics at the same conditions share one.

    A long curve has a table of its own, one for the tasks that it has the same points on.
    """
    key = tuple((axis, *values) if len(values) == 1 else axis for axis, values in _values(records, CONDITIONS).items())
    if len(_curve_points(records)) <= LONG_CURVE:
        return {key: list(records)}
    tables: dict[tuple[object, ...], list[Record]] = {}
    for task in dict.fromkeys(record.task for record in records):
        of_task = [record for record in records if record.task == task]
        tables.setdefault((*key, name, _curve_points(of_task)), []).extend(of_task)
    return tables


def _table(section: Section, capability: str, metrics: Metrics, group: Mapping[str, list[Record]]) -> Table:
    every = [record for records in group.values() for record in records]
    conditions = _values(every, CONDITIONS)
    down = [axis for axis, values in conditions.items() if len(values) > 1]
    fixed = {axis: values[0] for axis, values in conditions.items() if len(values) == 1}
    columns = [column for name, records in group.items() for column in _columns(name, records, alone=len(group) == 1)]
    lead = [*_about(group, metrics), *_nulls(columns)]
    if fixed:
        lead.append(f"All at {axes_label(fixed)}.")
    return make_table(section, _title(capability, group, down), lead, columns, down)


def _columns(name: str, records: Sequence[Record], alone: bool) -> list[Column]:
    """One column, or one for each point of a curve; a record without axes stands for all of them."""
    arrow = ARROWS[records[0].better]
    points = _curve_points(records)
    if not points:
        return [Column(name + arrow, tuple(records), shows_null=True)]
    short = alone and len(points) > LONG_CURVE
    columns = []
    for point in points:
        label = axes_label(dict(point))
        some = tuple(record for record in records if _curve(record) in (point, ()))
        columns.append(Column(label if short else f"{name}[{label}]{arrow}", some, shows_null=True))
    return columns


def _title(capability: str, group: Mapping[str, list[Record]], down: Sequence[str]) -> str:
    """For example "Sampling by sampler" or "Extrapolation: along_error by bin"."""
    alone = f": {next(iter(group))}" if len(group) == 1 else ""
    points = _curve_points(next(iter(group.values()))) if alone else ()
    axes = [*down, *(axis for axis, _ in points[0])] if points else down
    by = f" by {', '.join(axes)}" if axes else ""
    return f"{capability.capitalize()}{alone}{by}"


def _about(group: Mapping[str, list[Record]], metrics: Metrics) -> list[str]:
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
    constant = [f"`{c.header.rstrip(' ↓↑→')}` {number(min(c.nulls))}" for c in columns if len(c.nulls) == 1]
    lines = [f"Null values, to compare with: {', '.join(constant)}."] if constant else []
    if any(len(column.nulls) > 1 for column in columns):
        lines.append("Null values, to compare with, stand in brackets beside the numbers.")
    return lines


def _values(records: Iterable[Record], axes: Iterable[str]) -> dict[str, list[Axis]]:
    """The distinct values that records have at each of the axes that they have."""
    found = {axis: list(dict.fromkeys(r.axes[axis] for r in records if axis in r.axes)) for axis in axes}
    return {axis: values for axis, values in found.items() if values}


def _curve(record: Record) -> Curve:
    return tuple(sorted((k, v) for k, v in record.axes.items() if k not in CONDITIONS))


def _curve_points(records: Iterable[Record]) -> tuple[Curve, ...]:
    """The distinct places on the curve, in order."""
    points = {_curve(record) for record in records} - {()}
    return tuple(sorted(points, key=lambda point: [(axis, isinstance(v, str), v) for axis, v in point]))
