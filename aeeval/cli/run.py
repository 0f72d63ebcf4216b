"""`aeeval run`."""

import fnmatch
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from aeeval.cli.read import DEFAULT_OUT, FORMATS
from aeeval.errors import UnknownName, UsageError, message
from aeeval.protocol import CAPABILITIES

if TYPE_CHECKING:
    from tqdm import tqdm

    from aeeval.executors.work import Finished
    from aeeval.session import Session

FAILED_CELLS = 3
SUFFIXES = {"md": "md", "csv": "csv", "latex": "tex", "json": "json"}


class CodeLength(click.ParamType):
    """A number, or `middle`."""

    name = "k"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The number or the word."""
        if value != "middle" and not (value.isdigit() and int(value)):
            self.fail(f"expected a code length of at least 1, or middle; got {value!r}", param, ctx)
        return value if value == "middle" else int(value)


@click.command("run")
@click.argument("submissions", nargs=-1, required=True, metavar="SUBMISSION...")
@click.option("--suite", "suite_name", default="smoke", show_default=True, help="A suite's name or path.")
@click.option("--data", help="Your own rows: .npz, .csv, .parquet, a folder of pictures, FILE.py:NAME, hf:owner/name.")
@click.option(
    *("--k", "--latent-dim", "latent_dim"),
    multiple=True,
    type=CodeLength(),
    help="Only these code lengths, or the one that a task sets (middle). With --data: of submissions trained here.",
)
@click.option(
    "--search",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Try N configurations of each submission's SEARCH; the best on validation rows is evaluated.",
)
@click.option("--task", "globs", multiple=True, metavar="GLOB", help="Only tasks whose id fits.")
@click.option("--capability", "capabilities", multiple=True, type=click.Choice(CAPABILITIES), help="Only these.")
@click.option("--seeds", type=click.IntRange(1), help="Number of seeds; the suite's own by default.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Worker processes, one thread each.")
@click.option("--limit", type=click.IntRange(10), metavar="ROWS", help="At most so many rows a split; not comparable.")
@click.option("--out", default=DEFAULT_OUT, show_default=True, help="Results folder; a run goes on from what is in it.")
@click.option("--fresh", is_flag=True, help="Forget what the results folder holds first.")
@click.option("--no-reference", is_flag=True, help="Without the reference rows mean and pca.")
@click.option("--retry-failed", is_flag=True, help="Run finished cells with a failed or timed-out number once more.")
@click.option("--dry-run", is_flag=True, help="Print the grid and what it will cost; a short pilot is run for that.")
@click.option("--cores", type=click.IntRange(1, 10_000), help="With --dry-run: time on so many cores.")
@click.option("--trust", is_flag=True, help="Load pickles in trained models too, which runs their author's code.")
@click.option("--executor", default="local", show_default=True, help="local, inline (not isolated), slurm or ray.")
@click.option("--address", default="", help="With --executor ray: a cluster's address; this machine by default.")
@click.option("--bundle", type=click.IntRange(1), help="With --executor slurm: units a job; four a worker by default.")
@click.option(
    "--resource", "resources", multiple=True, metavar="NAME=VALUE", help="With --executor slurm: slurm_partition=gpu."
)
def run_command(
    submissions: tuple[str, ...],
    suite_name: str,
    data: str | None,
    latent_dim: tuple[int | str, ...],
    search: int,
    globs: tuple[str, ...],
    capabilities: tuple[str, ...],
    seeds: int | None,
    device: str,
    jobs: int,
    limit: int | None,
    out: str,
    fresh: bool,
    no_reference: bool,
    retry_failed: bool,
    dry_run: bool,
    cores: int | None,
    trust: bool,
    executor: str,
    address: str,
    bundle: int | None,
    resources: tuple[str, ...],
) -> int:
    """Evaluate SUBMISSIONs: a baseline's name, a file that defines build, or a trained model with its data.

    \b
    aeeval run mlp my_model.py                          on the smoke suite
    aeeval run small=models.py:small                    another function than build
    aeeval run faces=model.pt2 --data faces.npz         a trained model on its own data
    \b
    Forms of a trained model, each as NAME=FORM:
      encoder.pt2,decoder.pt2  encoder.onnx,decoder.onnx  model.pt (TorchScript)
      model.safetensors,my_model.py:factory  model.pth,my_model.py:factory  last.ckpt,my_model.py:MyModule
      folder/ (diffusers, pythae, or an encoder and a decoder)  hf:owner/repo (from the local cache)
    docs/submitting.md tells all of them; aeeval check NAME=FORM tries one in seconds.
    """
    from aeeval.api import numbers, suite_session
    from aeeval.cells import Choice
    from aeeval.environment import pick_device
    from aeeval.executors import EXECUTORS
    from aeeval.executors.work import Settings
    from aeeval.session import data_session, load_apart, searched
    from aeeval.submissions.load import load, load_all
    from aeeval.suite import load_suite

    EXECUTORS.target(executor)
    choice = Choice(capabilities or CAPABILITIES, None, seeds, pick_device(device))
    loaded = load_all(submissions, partial(load if executor == "inline" else load_apart, trust=trust))
    tried, as_they_are = searched(loaded, search)
    if search and as_they_are:
        click.echo(f"--search {search}: without a SEARCH and run as they are: {', '.join(as_they_are)}", err=True)
    if data is not None:
        _refuse(limit=limit, task=globs or None)
        ks = numbers(latent_dim)
        session = data_session(tried, data, choice, latent_dims=ks, reference=not no_reference, trust=trust)
    else:
        suite = load_suite(suite_name)
        tasks = _matching(globs, [task.id for task in suite.tasks])
        choice = replace(choice, latent_dims=latent_dim)
        session = suite_session(tried, suite, choice, tasks=tasks, reference=not no_reference, limit=limit)
    cluster = Settings(bundle=bundle or 0, address=address, resources=_options(resources))
    session = replace(session, jobs=jobs, executor=executor, retry_failed=retry_failed, trust=trust, cluster=cluster)
    return _dry_run(session, cores or jobs) if dry_run else _run(session, out, fresh)


def _options(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE as a map."""
    for text in texts:
        if not all(text.partition("=")):
            raise UsageError(message("--resource NAME=VALUE", repr(text), "for example --resource slurm_partition=gpu"))
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _refuse(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise UsageError(message("a suite for --" + name, "--data", f"drop --{name}"))


def _matching(globs: Sequence[str], ids: Sequence[str]) -> list[str] | None:
    if not globs:
        return None
    for glob in globs:
        if not fnmatch.filter(ids, glob):
            raise UnknownName("task", glob, ids)
    return [task for task in ids if any(fnmatch.fnmatch(task, glob) for glob in globs)]


class Clock:
    """Where the time of a run went."""

    def __init__(self, jobs: int):
        self._jobs, self._start, self._training, self._metrics = jobs, perf_counter(), 0.0, 0.0

    def add(self, finished: "Finished") -> None:
        """Count a cell that was run here."""
        self._training += finished.fit_s
        self._metrics += finished.seconds - finished.fit_s

    def told(self) -> str:
        """One line; empty where nothing was run. Overhead: starts of processes, data, files, tables and waiting."""
        wall = perf_counter() - self._start
        if not (busy := self._training + self._metrics):
            return ""
        overhead = max(0.0, self._jobs * wall - busy)
        return (
            f"Time: {wall:.0f} s with {self._jobs} job(s); of {self._jobs * wall:.0f} s, training "
            f"{self._training:.1f} s, metrics {self._metrics:.1f} s, overhead {overhead:.1f} s."
        )


def _dry_run(session: "Session", cores: int) -> int:
    from tqdm import tqdm

    from aeeval.cost import estimate

    cells = [cell for cell in session.grid if cell.task not in session.absent]
    _tell_absent(session)
    grid = Counter((cell.task, cell.latent_dim, cell.submission) for cell in cells if not cell.timed)
    click.echo(f"{session.suite.name}: {len(cells)} cells, {sum(cell.timed for cell in cells)} of them timed")
    for (task, k, submission), count in grid.items():
        click.echo(f"  {task:<20} k={k or 'own':<4} {submission:<20} {count} seeds")
    with tqdm(unit="pilot", disable=not sys.stderr.isatty(), dynamic_ncols=True, leave=False) as bar:
        cost = estimate(session.work, cells, partial(_told, bar))
    for name, seconds in cost.per_cell.items():
        click.echo(f"  {name:<20} about {seconds:.2f} s a cell of the smallest task")
    found = cost.on(cores)
    click.echo(
        f"about {found.seconds:.0f} s in all on {cores} core(s), {found.efficiency:.0%} of them at work; "
        f"{found.critical:.0f} s on any number (critical path); from a pilot on this machine"
    )
    return 0


def _told(bar: "tqdm[Any]", label: str, done: int, count: int) -> None:
    bar.total, bar.n = count, done
    bar.set_postfix_str(label)


def _tell_absent(session: "Session") -> None:
    for task, why in session.absent.items():
        click.echo(f"aeeval: no data for {task}, whose cells fail: {why}", err=True)


def _run(session: "Session", out: str, fresh: bool) -> int:
    from tqdm import tqdm

    from aeeval.api import metrics_by_name
    from aeeval.report.results import Results
    from aeeval.store import Store

    store = Store(out)
    if fresh:
        store.clear()
    cells = session.cells()
    _tell_absent(session)
    clock = Clock(session.jobs)
    done = sum(store.has(key) for key in cells)
    if done:
        click.echo(f"{done} of {len(cells)} cells are done already in {out} (--fresh forgets them)", err=True)
    with tqdm(total=len(cells), initial=done, unit="cell", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:

        def progress(finished: "Finished") -> None:
            bar.set_postfix_str(f"{finished.cell.submission} on {finished.cell.task}", refresh=False)
            bar.update()
            clock.add(finished)

        records = session.run(store, progress)
    for file in store.damaged:
        click.echo(f"aeeval: set aside, and its cell measured anew: {file.reason}", err=True)
    results = Results(records, metrics_by_name())
    click.echo(results.board())
    paths = [store.write_table(f"{session.suite.name}.{SUFFIXES[style]}", results.table(style)) for style in FORMATS]
    click.echo("\nTables: " + ", ".join(map(str, paths)) + "\n")
    click.echo(results.summary())
    if told := clock.told():
        click.echo(f"\n{told}", err=True)
    return FAILED_CELLS if results.failures else 0
