"""`aeeval compare`."""

import click

from aeeval.protocol import CAPABILITIES

FORMATS = ("md", "csv", "latex", "html", "json")


@click.command("compare")
@click.argument("base")
@click.argument("head")
@click.option("--suite", help="Which suite, where both sides were run on several.")
@click.option("--capability", "capabilities", multiple=True, type=click.Choice(CAPABILITIES), help="Only these.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="md", help="Long (csv, json) or wide.")
def compare_command(base: str, head: str, suite: str | None, capabilities: tuple[str, ...], style: str) -> None:
    """Say of every headline whether HEAD is better or worse than BASE, and how sure that is.

    BASE and HEAD are results folders, packed folders or files of records, with ::SUBMISSION where they hold several.
    Numbers are paired by task and seed; what is not comparable (another suite, task, metric or data version) is refused
    with exit code 4.

    \b
    aeeval compare aeeval-runs::pca aeeval-runs::mlp
    aeeval compare results/main.jsonl aeeval-runs
    """
    from aeeval.api import metrics_by_name
    from aeeval.gate.comparison import compare
    from aeeval.gate.comparison_text import written
    from aeeval.gate.judge import read_sides
    from aeeval.gate.pairing import pair

    sides = read_sides(base, head)
    pairs = pair(*sides, metrics_by_name(), suite)
    wanted = [one for one in pairs if not capabilities or one.headline.metric.capability in capabilities]
    click.echo(written(*sides, compare(wanted)).as_format(style))
