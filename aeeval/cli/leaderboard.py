"""`aeeval leaderboard`."""

from typing import Any

import click

from aeeval.cli.ranking import FORMATS, rank, rank_options
from aeeval.cli.read import DEFAULT_OUT, read_all


@click.command("leaderboard")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
@click.option("--format", "style", type=click.Choice(FORMATS), default="md", help="Long (csv, json) or wide.")
@rank_options
def leaderboard_command(folder: str, style: str, **asked: Any) -> None:
    """Rank the submissions of a results folder, a headline at a time, beside PCA with the same k.

    The same as aeeval table --rank. Tracks, samplers and code lengths are never ranked together; a task counts where
    PCA with the same k is not near perfect (fvu at least 0.01).

    \b
    aeeval leaderboard results --sampler all --capability sampling
    aeeval table --rank --pivot capability --format html > board.html
    """
    rank(read_all(folder)[0], style, asked)
