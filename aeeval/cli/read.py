"""`aeeval table`."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import click

from aeeval.errors import StoreError, message

DEFAULT_OUT = "aeeval-runs"
FORMATS = ("md", "csv", "latex", "json")


@click.command("table")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option(
    "--format", "style", type=click.Choice(FORMATS), default="md", help="Long (csv, json) or wide (md, latex)."
)
def table_command(folder: str, style: str) -> None:
    """Show the tables of a results folder (aeeval-runs by default), or of the packed results in a folder."""
    from aeeval.api import metrics_by_name
    from aeeval.records import Records
    from aeeval.report.tables import pieces
    from aeeval.results.pack import read_kept
    from aeeval.store import Store

    with _no_collection():
        own, damaged = Store(folder).read()
        kept = read_kept(folder)
        records = Records.joined([own, kept.records])
    for file in (*damaged, *kept.damaged):
        click.echo(f"aeeval: left out: {file.reason}", err=True)
    if not records:
        raise StoreError(message(f"records in {folder}", "none", f"make some: aeeval run --suite smoke --out {folder}"))
    with _no_collection():
        for piece in pieces(records, metrics_by_name(), style, kept.standings):
            click.echo(piece, nl=False)
    click.echo()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the collector of cycles: a table has none, and it would look at a million numbers again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
