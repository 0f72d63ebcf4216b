"""The four tables of a bench at one setting: speed, work and memory, every batch size, and against the reference."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aeeval.report.entries import NOTHING, Notes, superscript
from aeeval.report.layout import Table
from aeeval.report.numbers import number

Row = Mapping[str, Any]
KEYS = ("task", "k", "submission", "op")
GROUP = ("task", "latent_dim", "submission", "op")
REFERENCE_TRACK = "reference"


def speed(rows: Sequence[Row], signature: str) -> Table:
    """How fast, at the best batch size and at batch 1, beside the quality."""
    header = ("samples/s ↑", "batch", "p50 ms ↓", "p95 ms", "p99 ms", "cold p50 ms", "first call ms", "compile s")
    notes = Notes()

    def line(group: Sequence[Row]) -> list[str]:
        best, single = _best(group), next((row for row in group if row["batch"] == 1), {})
        return [
            _lost_or(best, lambda row: number(row["samples_per_s"]), group, notes),
            _of(best, "batch"),
            *(_of(single, key, 1e3) for key in ("latency_p50_s", "latency_p95_s", "latency_p99_s")),
            _of(single, "latency_cold_p50_s", 1e3),
            _of(single or best, "first_call_s", 1e3),
            _of(single or best, "compile_s"),
            _of(best or group[0], "fvu"),
            _flags({flag for row in (best, single) for flag in row.get("flags", ())}),
        ]

    return _grouped("Speed", signature, rows, (*header, "fvu ↓", "flags"), line, notes)


def work(rows: Sequence[Row], roofs: Sequence[Row], signature: str) -> Table:
    """What is done for a row, with what memory and energy, and how near to what the machine can do."""
    header = (
        *("batch", "FLOP/sample", "counted %", "FLOP/byte", "bound", "of GEMM %", "of copy %"),
        *("peak kB", "reserved kB", "weights kB", "mJ/sample"),
    )
    notes = Notes()

    def line(group: Sequence[Row]) -> list[str]:
        best = _best(group) or {}
        uncounted = best.get("uncounted") or ()
        mark = superscript([notes.mark("no formula", ", ".join(uncounted))]) if uncounted else ""
        return [
            _of(best, "batch"),
            _of(best, "flops_per_sample") + mark,
            _of(best, "flops_coverage", 100),
            _of(best, "intensity"),
            best.get("bound") or NOTHING,
            *(_of(best, key, 100) for key in ("gemm_share", "copy_share")),
            *(_of(best, key, 1e-3) for key in ("peak_allocated_bytes", "peak_reserved_bytes", "weights_bytes")),
            _of(best, "joules_per_sample", 1e3),
        ]

    made = _grouped("Work and memory at the best batch", signature, rows, header, line, notes)
    lead = [
        f"Roofs measured in this run: {number(one['gemm_flops'] / 1e9)} GFLOP/s of products, "
        f"{number(one['copies'][-1][1] / 1e9)} GB/s of copies in memory, "
        f"{number(max(rate for _, rate in one['copies']) / 1e9)} GB/s in caches."
        for one in roofs
    ]
    return Table(made.title, made.signature, tuple(lead), made.header, made.rows, made.notes, made.keys)


def by_batch(rows: Sequence[Row], signature: str) -> Table:
    """Every batch size that was tried, with the reason where there is no time."""
    notes = Notes()
    lines = []
    for row in rows:
        timing = row["timings"].get("stream", {})
        lines.append(
            (
                *_keys(row),
                _of(row, "batch") if row["batch"] else NOTHING,
                _lost_or(row, lambda row: number(row["samples_per_s"]), [row], notes),
                _of(row, "period_s", 1e3),
                _half_width(timing, row["period_s"]),
                _of(row, "device_p50_s", 1e3),
                str(timing.get("n", NOTHING)),
                _flags(row["flags"]),
            )
        )
    header = (*KEYS, "batch", "samples/s ↑", "period ms", "± %", "device ms", "n", "flags")
    return Table("Every batch size", signature, (), header, tuple(lines), notes.lines, len(KEYS) + 1)


def against(compared: Sequence[Row], signature: str) -> Table:
    """Every model against the reference, call by call in one process, with the reference against a copy of itself."""
    notes = Notes()
    lines = []
    for one in compared:
        same = one["submission"] == one["reference"]
        if one["reason"]:
            cells = [f"not measured{superscript([notes.mark('not measured', one['reason'])])}", *[NOTHING] * 5]
        else:
            low, high = one["ci95"]
            aa_low, aa_high = one["aa_ci95"]
            cells = [
                f"{one['ratio']:.3f}",
                f"{low:.3f} to {high:.3f}",
                f"{100 * one['margin']:.1f}",
                one["verdict"],
                f"{one['aa_ratio']:.4f}",
                f"{aa_low:.4f} to {aa_high:.4f}",
            ]
        name = f"{one['submission']}, a copy" if same else one["submission"]
        lines.append((one["task"], str(one["latent_dim"]), name, one["op"], str(one["batch"]), *cells))
    header = (*KEYS, "batch", "time ratio ↓", "95 %", "margin %", "verdict", "A/A ratio", "A/A 95 %")
    title = f"Against {compared[0]['reference']}, call by call"
    return Table(title, signature, (), header, tuple(lines), notes.lines, len(KEYS) + 1)


def _grouped(
    title: str,
    signature: str,
    rows: Sequence[Row],
    header: Sequence[str],
    line: Callable[[Sequence[Row]], list[str]],
    notes: Notes,
) -> Table:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in GROUP), []).append(row)
    lines = tuple((*_keys(group[0]), *line(group)) for group in groups.values())
    return Table(title, signature, (), (*KEYS, *header), lines, notes.lines, len(KEYS))


def _keys(row: Row) -> tuple[str, ...]:
    name = f"{row['submission']} (ref)" if row["track"] == REFERENCE_TRACK else row["submission"]
    return row["task"], str(row["latent_dim"]), name, row["op"]


def _best(group: Sequence[Row]) -> Row:
    measured = [row for row in group if row["samples_per_s"]]
    return max(measured, key=lambda row: row["samples_per_s"]) if measured else {}


def _of(row: Row, key: str, unit: float = 1.0) -> str:
    value = row.get(key)
    return NOTHING if value is None else number(value * unit)


def _lost_or(row: Row, text: Callable[[Row], str], group: Sequence[Row], notes: Notes) -> str:
    """The number, or the status of the first row that has none, with its reason as a footnote."""
    if row and row["samples_per_s"]:
        return text(row)
    lost = group[0]
    status, reason = lost["status"], (lost["reason"] or "").removeprefix(f"{lost['status']}: ")
    return f"{status}{superscript([notes.mark(status, reason)])}"


def _half_width(timing: Row, period: float | None) -> str:
    if not timing.get("ci95_s") or not period:
        return NOTHING
    low, high = timing["ci95_s"]
    return f"{50 * (high - low) / period:.1f}"


def _flags(flags: Iterable[str]) -> str:
    return ", ".join(sorted(flags)) or NOTHING
