"""Everything about times that only a GPU can tell: `python3 benchmarks/gpu.py`, one command, under eight minutes.

Each check is a record that passes, fails, or was not measured with the reason, written as soon as it is known; then
comes the baselines' table at fp32, tf32 and bf16, for as long as `--limit` seconds last. From a plain checkout, without
a network: torch, numpy, scipy, pandas, scikit-learn, tabulate, click and tqdm are enough. Results go to
results/throughput/<hardware>/. On a machine without a GPU nothing is measured, and every record says so; `--device cpu`
runs what a CPU can answer, to see whether the script itself works.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import torch  # noqa: E402  the checkout comes first

from aeeval.benching import Bench, measure_all, pairs_of  # noqa: E402
from aeeval.environment import environment  # noqa: E402
from aeeval.errors import AeevalError, Skipped  # noqa: E402
from aeeval.report.speed import document  # noqa: E402
from aeeval.report.speed_files import write  # noqa: E402
from aeeval.runner import one_thread  # noqa: E402
from aeeval.submissions.load import load  # noqa: E402
from aeeval.suite import load_suite  # noqa: E402
from aeeval.throughput.adapters import adapter  # noqa: E402
from aeeval.throughput.bench import Plan  # noqa: E402
from aeeval.throughput.machine import hardware_key, machine  # noqa: E402
from aeeval.throughput.roofline import OVER  # noqa: E402
from aeeval.throughput.setting import Setting  # noqa: E402
from benchmarks.gpu_checks import AFTER_THE_TABLE, CHECKS, LIMIT_S, Bed, Check, sleep_on_gpu, spin  # noqa: E402

PASS, FAIL, NOT_MEASURED = "pass", "fail", "not measured"
SUITE = ROOT / "suites" / "throughput" / "baselines.toml"
TABLE = {"graph8-784": ("mean", "pca", "mlp", "vae"), "digits": ("conv",)}  # task -> baselines
TABLE_DTYPES = ("fp32", "tf32", "bf16")


def run_check(check: Check, bed: Bed) -> dict[str, Any]:
    """The record of a check; whatever it raises is in it."""
    start = time.monotonic()
    about: dict[str, Any] = {"check": check.__name__, "asks": (check.__doc__ or "").strip()}
    try:
        if bed.left_s <= 0:
            raise Skipped("not measured: out of time")
        found = check(bed)
        said = {"status": PASS if found.passed else FAIL, "expected": found.expected, "seen": found.seen}
    except Skipped as reason:
        said = {"status": NOT_MEASURED, "reason": str(reason)}
    except Exception as error:  # a check that breaks is a failure of its record, never of the others
        said = {"status": FAIL, "reason": f"{type(error).__name__}: {error}"}
    return {**about, **said, "seconds": round(time.monotonic() - start, 3)}


def table_of_baselines(
    bed: Bed, table: dict[str, Sequence[str]], min_time_s: float, batches: tuple[int, ...] | None = None
) -> Bench:
    """The baselines at every number type, without those for which no time is left; each of these says so."""
    suite, bench = load_suite(str(SUITE)), Bench()
    settings = [Setting(hardware_key(), bed.place, dtype) for dtype in TABLE_DTYPES]
    # A compiled model takes about a minute; what is written at the end seconds.
    reserve = 60.0

    def in_time(text: str) -> None:
        if ":" in text and bed.left_s < reserve:
            raise Skipped("not measured: out of time")

    for task, names in table.items():
        pairs = list(pairs_of([load(name) for name in names], [suite.task(task)]))
        plan = Plan(batches, min_time_s=min_time_s, timeouts=5, energy_window_s=min(2.0, 20 * min_time_s))
        part = measure_all(pairs, settings, plan, reference=names[-1], device=bed.place, progress=in_time)
        bench.rows += part.rows
        bench.compared += part.compared
        bench.ceilings |= part.ceilings
        bench.device_facts = {**part.device_facts, **{k: v for k, v in bench.device_facts.items() if k == "before"}}
    return bench


def nothing_is_above_a_ceiling(bench: Bench) -> dict[str, Any]:
    """The record of the largest share of a roof in the table."""
    shares = [row.place.share for row in bench.rows if row.place.share is not None]
    status = NOT_MEASURED if not shares else PASS if max(shares) <= OVER else FAIL
    return {
        "check": "nothing_is_above_a_ceiling",
        "asks": "The largest share of a roof in the table of baselines is at most 102 %.",
        "status": status,
        **({"expected": f"at most {OVER}", "seen": {"largest": max(shares)}} if shares else {"reason": "no row"}),
    }


def markdown(records: Iterable[dict[str, Any]], made_by: dict[str, Any]) -> str:
    """The records as a page."""
    lines = [
        f"# Checks of times on {made_by['hardware_key']}",
        "",
        f"Made by `{made_by['command']}` at {made_by['time_utc']}, commit {made_by['commit']}.",
        "",
        "| check | status | expected | seen, or why not |",
        "|---|---|---|---|",
    ]
    for one in records:
        seen = json.dumps(one["seen"], default=_rounded) if "seen" in one else one.get("reason", "")
        cells = (one["check"].replace("_", " "), one["status"], one.get("expected", ""), seen)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def folder_name(key: str) -> str:
    """A hardware key as the name of a folder.

    >>> folder_name("AMD EPYC 9354, 1 thread, 1 x NVIDIA H200, driver 570, torch 2.11")
    'amd-epyc-9354-1-thread-1-x-nvidia-h200-driver-570-torch-2.11'
    """
    return re.sub(r"[^a-z0-9.]+", "-", key.lower()).strip("-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all of it; ends with 1 where a check failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--out", help="results/throughput/<hardware> by default")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for all of it")
    parser.add_argument("--min-time", type=float, default=0.1, help="least seconds of a measurement")
    parser.add_argument("--batch", type=int, nargs="*", help="batch sizes of the table; to saturation by default")
    parser.add_argument("--no-table", action="store_true", help="the checks alone")
    options = parser.parse_args(arguments)
    out = Path(options.out or ROOT / "results" / "throughput" / folder_name(hardware_key()))
    with one_thread():
        records = list(_all(options, out))
    counts = {status: sum(one["status"] == status for one in records) for status in (PASS, FAIL, NOT_MEASURED)}
    sys.stdout.write(f"{', '.join(f'{count} {status}' for status, count in counts.items())}; in {out}\n")
    return int(counts[FAIL] > 0)


def _all(options: argparse.Namespace, out: Path) -> Iterator[dict[str, Any]]:
    made_by = {
        "command": " ".join(["python3", "benchmarks/gpu.py", *sys.argv[1:]]),
        "time_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": machine()["load"],
        **environment(options.device, ()),
    }
    bed = _bed(options)
    records: list[dict[str, Any]] = []

    def keep(one: dict[str, Any]) -> dict[str, Any]:
        records.append(one)
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"made_by": made_by, "checks": records}, indent=1, default=_rounded)
        (out / "checks.json").write_text(text + "\n", encoding="utf-8")
        (out / "checks.md").write_text(markdown(records, made_by), encoding="utf-8")
        sys.stderr.write(f"{one['status']:<13}{one['check']} ({one.get('seconds', 0):.1f} s)\n")
        return one

    for check in CHECKS:
        yield keep(run_check(check, bed) if isinstance(bed, Bed) else _lost(check, bed))
    if isinstance(bed, Bed) and not options.no_table:
        bench = table_of_baselines(bed, dict(TABLE), options.min_time, tuple(options.batch or ()) or None)
        list(write(out, document(bench, made_by), bench))
        yield keep(nothing_is_above_a_ceiling(bench))
    for check in AFTER_THE_TABLE:
        yield keep(run_check(check, bed) if isinstance(bed, Bed) else _lost(check, bed))


def _bed(options: argparse.Namespace) -> Bed | AeevalError:
    try:
        device = adapter(torch.device(options.device))
    except Skipped as reason:
        return reason
    busy = sleep_on_gpu if options.device == "cuda" else spin
    return Bed(device, options.device, busy, options.min_time, options.limit)


def _lost(check: Check, reason: AeevalError) -> dict[str, Any]:
    return {"check": check.__name__, "asks": check.__doc__, "status": NOT_MEASURED, "reason": str(reason)}


def _rounded(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | set) else str(value)


if __name__ == "__main__":
    sys.exit(main())
