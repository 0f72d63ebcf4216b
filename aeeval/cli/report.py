"""`aeeval report`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from aeeval.cli.read import DEFAULT_OUT, no_collection, read_all
from aeeval.errors import UsageError, message


@click.command("report")
@click.argument("folder", metavar="[RESULTS]", default=DEFAULT_OUT)
@click.option("--out", default="site", show_default=True, metavar="DIR", help="The folder of the site.")
@click.option(
    "--pictures",
    "others",
    multiple=True,
    metavar="DIR",
    help="A results folder whose pictures are shown too: those of packs are shorter, or not there.",
)
@click.option("--pairs/--no-pairs", default=True, show_default=True, help="Pages of each submission on each task.")
@click.option("--retrain", is_flag=True, help="Train again (seed 0) what its run left no picture of.")
@click.option("--submission", "specs", multiple=True, metavar="FILE", help="Of no baseline: its file; with --retrain.")
@click.option("--suite", "suites", multiple=True, metavar="FILE", help="Of none of ours: its file; with --retrain.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes that train again.")
def report_command(
    folder: str,
    out: str,
    others: Sequence[str],
    pairs: bool,
    retrain: bool,
    specs: Sequence[str],
    suites: Sequence[str],
    jobs: int,
) -> None:
    """Write a static site of a results folder, or of the packed results in a folder.

    It opens from disk, without a network and without a server: a leaderboard, a page for each submission, task and
    metric, one for each submission on each task with what it has learned, and how the numbers are made. Nothing is
    trained, unless --retrain asks for it: records and stored pictures are read.

    \b
    aeeval report                                     of the last run, into site/
    aeeval report results --pictures aeeval-runs/leaderboard/core
    aeeval report aeeval-runs --retrain               where its run left no picture
    """
    from tqdm import tqdm

    if retrain:
        _retrain(folder, specs, suites, jobs)
    from aeeval.api import metrics_by_name
    from aeeval.report.site.build import count, write_site
    from aeeval.report.site.site import Site
    from aeeval.report.site.stored import Stored

    records, standings = read_all(folder)
    target = Path(out)
    with no_collection():
        site = Site(records, metrics_by_name(), standings, Stored.below([folder, *others]), target, pairs)
        quiet = not sys.stderr.isatty()
        with tqdm(total=count(site), unit="page", disable=quiet, dynamic_ncols=True) as bar:
            for file in write_site(site, target):
                bar.update(file.suffix == ".html")
    for trouble in site.troubles:
        click.echo(f"aeeval: no ranking: {trouble}", err=True)
    click.echo(target / "index.html")


def _retrain(folder: str, specs: Sequence[str], suites: Sequence[str], jobs: int) -> None:
    """Make what pictures the folder of a run lacks; packs are no place for them."""
    from aeeval.cli.retrain import make_all_missing

    if not (Path(folder) / "cells").is_dir():
        way_out = f"make a results folder of packs: aeeval results merge {folder} --into FOLDER"
        raise UsageError(message(f"the folder of a run at {folder} beside --retrain", "none", way_out))
    make_all_missing(folder, specs, suites, jobs)
