"""`aeeval report`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from aeeval.cli.read import DEFAULT_OUT, no_collection, read_all


@click.command("report")
@click.argument("folder", metavar="[RESULTS]", default=DEFAULT_OUT)
@click.option("--out", default="site", show_default=True, metavar="DIR", help="The folder of the site.")
@click.option(
    "--pictures",
    "others",
    multiple=True,
    metavar="DIR",
    help="A results folder whose pictures are shown too: packed results have none.",
)
@click.option("--pairs/--no-pairs", default=True, show_default=True, help="Pages of each submission on each task.")
def report_command(folder: str, out: str, others: Sequence[str], pairs: bool) -> None:
    """Write a static site of a results folder, or of the packed results in a folder.

    It opens from disk, without a network and without a server: a leaderboard, a page for each submission, task and
    metric, one for each submission on each task with what it has learned, and how the numbers are made. Nothing is
    trained: records and stored pictures are read.

    \b
    aeeval report                                     of the last run, into site/
    aeeval report results --pictures aeeval-runs/leaderboard/core
    """
    from tqdm import tqdm

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
