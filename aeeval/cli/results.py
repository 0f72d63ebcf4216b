"""`aeeval results pack`, `verify`, `merge` and `prune`."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from aeeval.cli.read import DEFAULT_OUT
from aeeval.errors import UsageError, message

PACKS = "results"
NOT_VERIFIED = 1
SAMPLE = "5"


@click.group("results")
def results_command() -> None:
    """Keep results: pack those of a run, verify what others packed, merge folders, prune what is outdated."""


@results_command.command("pack")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option("--to", default=PACKS, show_default=True, help="Folder of packs: SUITE/SUBMISSION/TASK.jsonl below it.")
@click.option("--submission", "names", multiple=True, metavar="NAME", help="Only this one; all by default.")
@click.option("--compress", is_flag=True, help="As .jsonl.gz, a twenty-fifth of the size.")
@click.option(
    "--pictures",
    type=click.Choice(["none", "one", "all"]),
    default="none",
    show_default=True,
    help="Of seed 0, shortened to about 25 kB each: one a task (the k nearest to e(S)), or at every k.",
)
def pack_command(folder: str, to: str, names: Sequence[str], compress: bool, pictures: str) -> None:
    """Pack the records of a results folder (aeeval-runs by default) into sorted files, as self-reported.

    \b
    aeeval results pack my-run --submission my_model
    aeeval results pack my-run --compress --pictures one
    """
    from aeeval.results.pack import pack

    for path in pack(folder, to, names, compress=compress, pictures=pictures):
        click.echo(path)


@results_command.command("verify")
@click.argument("folder", metavar="DIR")
@click.option("--submission", metavar="SPEC", help="File of the submission; a baseline of that name otherwise.")
@click.option("--suite", help="A suite's name or path; that of the pack otherwise.")
@click.option("--data", help="The rows of a trained model, as for aeeval run.")
@click.option(
    "--rerun", metavar="[N|all]", is_flag=False, flag_value=SAMPLE, default="0", help=f"Run N cells again ({SAMPLE})."
)
@click.option("--seed", default=0, show_default=True, help="Draws the cells that are run again.")
@click.option("--device", default="cpu", show_default=True, help="auto, cpu or cuda: where they are run again.")
@click.option("--write", is_flag=True, help="Write the standing `verified` into the pack, where nothing failed.")
def verify_command(
    folder: str,
    submission: str | None,
    suite: str | None,
    data: str | None,
    rerun: str,
    seed: int,
    device: str,
    write: bool,
) -> int:
    """Check what was packed in DIR: what has to hold before it gets onto a public board.

    The suite, the metrics and the submission are those of this version and this folder; --rerun and the submission's
    own file run their author's code. The exit code is 1 where a check failed.

    \b
    aeeval results verify results/smoke/my_model --submission my_model.py
    aeeval results verify results/smoke/my_model --submission my_model.py --rerun all --write
    aeeval results verify results/data/faces --submission faces.pt2 --data faces.npz --rerun
    """
    from aeeval.environment import pick_device
    from aeeval.results.case import make_case
    from aeeval.results.standing import mark
    from aeeval.results.verify import verify

    count = _count(rerun)
    if write and count == 0:
        raise UsageError(message("--write with --rerun", "--write alone", "add --rerun: verified means run again"))
    make = partial(
        make_case,
        folder,
        submission=submission,
        suite=suite,
        data=data,
        rerun=count,
        seed=seed,
        device=pick_device(device),
    )
    counts: Counter[str] = Counter()
    for finding in verify(make):
        click.echo(f"{finding.status:<4}  {finding.check:<11}  {finding.text}")
        counts[finding.status] += 1
    told = ", ".join(f"{counts[status]} {status}" for status in ("pass", "warn", "fail", "skip") if counts[status])
    click.echo(f"\n{folder}: {told}")
    if write and not counts["fail"]:
        click.echo(mark(Path(folder), count, device))
    return NOT_VERIFIED if counts["fail"] else 0


@results_command.command("merge")
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True)
@click.option("--into", required=True, metavar="OUT", help="The results folder that gets all of them; may hold cells.")
@click.option("--prefer", metavar="FOLDER", help="Whose cells win where numbers differ; otherwise they are refused.")
def merge_command(folders: Sequence[str], into: str, prefer: str | None) -> None:
    """Put results FOLDERs and packs into one results folder, as if one machine had run all.

    Cells with equal numbers are kept once. Where cells of the same key have other numbers, they are named, nothing is
    written, and the exit code is 4.

    
    aeeval results merge node1/out node2/out --into all
    aeeval results merge results/smoke --into aeeval-runs
    """
    from aeeval.results.merge import merge

    merged = merge(folders, into, prefer)
    for file in merged.damaged:
        click.echo(f"aeeval: left out: {file.reason}", err=True)
    click.echo(f"{into}: {merged.written} cells added, {merged.equal} came more than once with equal numbers")


@results_command.command("prune")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option("--suite", "suites", multiple=True, metavar="FILE", help="A suite of your own, as it is now.")
@click.option("--submission", "specs", multiple=True, metavar="SPEC", help="A submission as it is now: others go.")
@click.option("--list", "every", is_flag=True, help="Name every file.")
@click.option("--yes", is_flag=True, help="Remove them; without it nothing is.")
def prune_command(folder: str, suites: Sequence[str], specs: Sequence[str], every: bool, yes: bool) -> None:
    """Show what nothing refers to any more in a results folder (aeeval-runs by default), and remove it with --yes.

    Those are cells of another version of a suite, a metric or a submission than today's, cells that were measured anew,
    and models, pictures and descriptions that belong to no cell. Suites that are not known here are kept.

    
    aeeval results prune
    aeeval results prune my-run --suite my_suite.toml --submission my_model.py --yes
    """
    from aeeval.results.prune import current, goners, remove
    from aeeval.store import Store

    found = goners(Store(folder), current(suites, specs))
    groups: dict[tuple[str, str], list[int]] = {}
    for one in found:
        groups.setdefault((one.kind, one.reason), []).append(one.size)
        if every:
            click.echo(one.path)
    for (kind, reason), sizes in groups.items():
        click.echo(f"{len(sizes):>7} × {kind:<8} {sum(sizes) / 1e6:>9.2f} MB  {reason}")
    total = f"{len(found)} files, {sum(one.size for one in found) / 1e6:.2f} MB"
    if yes:
        remove(found)
    click.echo(f"{folder}: {total} {'removed' if yes else 'can go; nothing was removed (--yes removes them)'}")


def _count(rerun: str) -> int | None:
    if rerun == "all":
        return None
    if not rerun.isdigit():
        raise UsageError(message("--rerun N or --rerun all", repr(rerun), f"for example --rerun {SAMPLE}"))
    return int(rerun)
