"""`aeeval bench`."""

import fnmatch
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from aeeval.errors import UnknownName, UsageError, message

if TYPE_CHECKING:
    from aeeval.benching import Progress
    from aeeval.submissions.submission import Submission
    from aeeval.suite import Task

FORMATS = ("md", "csv", "latex", "json")
DTYPES = ("fp32", "tf32", "bf16", "fp16")
FAILED_ROWS = 3


@click.command("bench")
@click.argument("submissions", nargs=-1, required=True, metavar="SUBMISSION...")
@click.option("--suite", "suite_name", default="smoke", show_default=True, help="Times its timed tasks.")
@click.option("--task", "globs", multiple=True, metavar="GLOB", help="Other tasks of the suite.")
@click.option("--data", help="Your own rows instead, as in aeeval run; for trained models.")
@click.option("--latent-dim", multiple=True, type=int, help="With --data: code length of submissions trained here.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(DTYPES), help="fp32 (without tf32) by default.")
@click.option("--backend", "backends", multiple=True, type=click.Choice(("eager", "compile")), help="eager by default.")
@click.option("--layout", default="contiguous", type=click.Choice(("contiguous", "channels_last")), show_default=True)
@click.option("--transfer", default="excluded", type=click.Choice(("excluded", "included")), show_default=True)
@click.option("--batch", "batches", multiple=True, type=click.IntRange(1), help="1, 4, 16, ... to saturation else.")
@click.option("--min-time", default=0.5, show_default=True, metavar="SECONDS", help="Least time of a measurement.")
@click.option("--reference", help="Whom the others are held against, call by call; the first by default.")
@click.option("--format", "style", default="md", type=click.Choice(FORMATS), show_default=True, help="What is printed.")
@click.option("--out", metavar="FOLDER", help="Write bench.json, tables in every format, and all samples there.")
def bench_command(
    submissions: tuple[str, ...],
    suite_name: str,
    globs: tuple[str, ...],
    data: str | None,
    latent_dim: tuple[int, ...],
    device: str,
    dtypes: tuple[str, ...],
    backends: tuple[str, ...],
    layout: str,
    transfer: str,
    batches: tuple[int, ...],
    min_time: float,
    reference: str | None,
    style: str,
    out: str | None,
) -> int:
    """Time encode, decode and the round trip of SUBMISSIONs, with the quality that they have at that setting.

    \b
    aeeval bench mlp my_model.py                        rows a second from batch 1 to saturation, latencies at batch 1
    aeeval bench mlp vae --dtype fp32 --dtype bf16      a table for each number type
    aeeval bench faces=model.pt2 --data faces.npz --device cuda --backend compile

    One thread on a CPU. docs/throughput.md says how to read a row and what makes times wrong.
    """
    from aeeval.benching import measure_all, pairs_of, steps
    from aeeval.report.speed import document, render
    from aeeval.report.speed_files import write
    from aeeval.runner import one_thread
    from aeeval.throughput.bench import Plan

    loaded, tasks = _what(submissions, suite_name, globs, data, latent_dim)
    place, plan = _place(device), Plan(batches or None, min_time_s=min_time)
    pairs = list(pairs_of(loaded, tasks))
    if reference is not None and reference not in [one.name for one in loaded]:
        raise UnknownName("reference", reference, [one.name for one in loaded])
    with one_thread():
        settings = _settings(place, dtypes or ("fp32",), backends or ("eager",), layout, transfer)
        with _progress(steps(pairs, settings, plan)) as progress:
            bench = measure_all(pairs, settings, plan, reference=reference, device=place, progress=progress)
        made = document(bench, _provenance(place, loaded))
    click.echo(render(made, style), nl=False)
    if out is not None:
        for path in write(out, made, bench):
            click.echo(path, err=True)
    return FAILED_ROWS if any(row.status == "failed" for row in bench.rows) else 0


def _what(
    specs: Sequence[str], suite_name: str, globs: Sequence[str], data: str | None, latent_dims: Sequence[int]
) -> "tuple[Sequence[Submission], Sequence[Task]]":
    from aeeval.cells import Choice
    from aeeval.session import check_trained_here, data_session
    from aeeval.submissions.load import load_all
    from aeeval.suite import load_suite

    loaded = load_all(specs)
    if data is not None:
        session = data_session(loaded, data, Choice(), latent_dims=latent_dims, reference=False)
        return session.submissions, session.suite.tasks
    check_trained_here(loaded)
    suite = load_suite(suite_name)
    ids = [task.id for task in suite.tasks]
    for glob in globs:
        if not fnmatch.filter(ids, glob):
            raise UnknownName("task", glob, ids)
    chosen = [one for one in ids if any(fnmatch.fnmatch(one, glob) for glob in globs)] or suite.throughput.tasks
    if not chosen:
        raise UsageError(message("a task to time", f"none in the plan of {suite.name}", "name one with --task"))
    return loaded, [suite.task(one) for one in chosen]


def _place(device: str) -> str:
    """The device, also one that is not here: its rows say "not measured"."""
    from aeeval.environment import pick_device

    return device if device == "cuda" else pick_device(device)


def _settings(place: str, dtypes: Sequence[str], backends: Sequence[str], layout: str, transfer: str) -> list[Any]:
    from aeeval.throughput.machine import hardware_key
    from aeeval.throughput.setting import Setting

    kind = place.partition(":")[0]
    return [Setting(hardware_key(), kind, dtype, backend, layout, transfer) for backend in backends for dtype in dtypes]


def _provenance(place: str, submissions: "Sequence[Submission]") -> dict[str, Any]:
    from datetime import UTC, datetime

    from aeeval.environment import environment
    from aeeval.throughput.machine import machine

    return {
        "command": " ".join(["aeeval", *sys.argv[1:]]),
        "time_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": machine()["load"],
        **environment(place, [submission.name for submission in submissions]),
    }


@contextmanager
def _progress(total: int) -> "Iterator[Progress]":
    from tqdm import tqdm

    with tqdm(total=total, unit="sweep", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:

        def say(text: str) -> None:
            bar.set_postfix_str(text)
            if ":" in text:  # a sweep begins
                bar.update()

        yield say
