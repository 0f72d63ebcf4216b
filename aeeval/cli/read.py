"""`aeeval table`."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from aeeval.cli.ranking import only_with_rank, rank, rank_options
from aeeval.errors import StoreError, message

if TYPE_CHECKING:
    from aeeval.records import Records
    from aeeval.report.sections import Standings

DEFAULT_OUT = "aeeval-runs"
FORMATS = ("md", "csv", "latex", "json")


@click.command("table")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option(
    "--format", "style", type=click.Choice((*FORMATS, "html")), default="md", help="Long (csv, json) or wide."
)
@click.option("--trainings", is_flag=True, help="How the models were trained and what was searched for, instead.")
@click.option("--rank", "ranked", is_flag=True, help="Rank the submissions, as aeeval leaderboard does.")
@rank_options
@click.pass_context
def table_command(
    context: click.Context, /, folder: str, style: str, ranked: bool, trainings: bool, **asked: Any
) -> None:
    """Show the tables of a results folder (aeeval-runs by default), or of the packed results in a folder.

    The options below --rank belong to it.
    """
    if ranked:
        rank(read_all(folder)[0], style, asked)
        return
    only_with_rank(context, asked)
    if trainings:
        _trainings(folder, style)
        return
    from aeeval.api import metrics_by_name
    from aeeval.report.tables import pieces

    records, standings = read_all(folder)
    with no_collection():
        for piece in pieces(records, metrics_by_name(), style, standings):
            click.echo(piece, nl=False)
    click.echo()


def _trainings(folder: str, style: str) -> None:
    from aeeval.report.trainings import trainings_table
    from aeeval.results.trainings import trainings_in

    if not (rows := trainings_in(folder)):
        raise StoreError(message(f"trainings in {folder}", "none", f"run something first: aeeval run --out {folder}"))
    click.echo(trainings_table(rows).as_format(style))


def read_all(folder: str, required: bool = True) -> "tuple[Records, Standings]":
    """The records of a results folder and of packs in it; names on standard error what cannot be read.

    Raises `StoreError` where there is none, unless none are `required`.
    """
    from aeeval.records import Records
    from aeeval.results.pack import read_kept
    from aeeval.store import Store

    with no_collection():
        own, damaged = Store(folder).read()
        kept = read_kept(folder)
        records = Records.joined([own, kept.records])
    for file in (*damaged, *kept.damaged):
        click.echo(f"aeeval: left out: {file.reason}", err=True)
    if required and not records:
        raise StoreError(message(f"records in {folder}", "none", f"make some: aeeval run --suite smoke --out {folder}"))
    return records, kept.standings


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the collector of cycles: a table has none, and it would look at a million numbers again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
