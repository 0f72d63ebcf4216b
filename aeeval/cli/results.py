"""`aeeval results pack` and `aeeval results verify`."""

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
    """Keep results with a project: pack those of a run, and verify what others packed."""


@results_command.command("pack")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option("--to", default=PACKS, show_default=True, help="Folder of packs: SUITE/SUBMISSION/TASK.jsonl below it.")
@click.option("--submission", "names", multiple=True, metavar="NAME", help="Only this one; all by default.")
def pack_command(folder: str, to: str, names: Sequence[str]) -> None:
    """Pack the records of a results folder (aeeval-runs by default) into sorted files, as self-reported.

    \b
    aeeval results pack my-run --submission my_model
    """
    from aeeval.results.pack import pack

    for path in pack(folder, to, names):
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


def _count(rerun: str) -> int | None:
    if rerun == "all":
        return None
    if not rerun.isdigit():
        raise UsageError(message("--rerun N or --rerun all", repr(rerun), f"for example --rerun {SAMPLE}"))
    return int(rerun)
