"""The options of a ranking, and the ranking itself: of `aeeval leaderboard` and of `aeeval table --rank`."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from aeeval.errors import UsageError, message
from aeeval.protocol import CAPABILITIES

if TYPE_CHECKING:
    from aeeval.records import Records

FORMATS = ("md", "csv", "latex", "html", "json")


class Track(click.ParamType):
    """A track that is ranked."""

    name = "track"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself, if it is one."""
        if value not in ("recipe", "frozen", "own-k") and not re.fullmatch(r"search [1-9]\d*", value):
            self.fail(f"expected recipe, frozen, own-k or 'search N'; got {value!r}", param, ctx)
        return value


OPTIONS = (
    click.option("--task", "tasks", multiple=True, metavar="GLOB", help="Rank on tasks whose id fits."),
    click.option("--submission", "submissions", multiple=True, metavar="GLOB", help="Rank submissions that fit."),
    click.option("--capability", "capabilities", multiple=True, type=click.Choice(CAPABILITIES), help="Rank on these."),
    click.option("--track", "tracks", multiple=True, type=Track(), help="recipe, frozen, own-k or 'search N'."),
    click.option("--k", "latent_dims", multiple=True, type=int, help="At these code lengths."),
    click.option("--sampler", "samplers", multiple=True, metavar="NAME", help="Of sampling: these, or all apart."),
    click.option("--metric", default="", metavar="NAME", help="By another number than the headlines."),
    click.option("--method", type=click.Choice(("log-ratio", "mean-rank")), default="log-ratio", help="How to score."),
    click.option("--impute", is_flag=True, help="Failed numbers take the worst of the reference rows, marked."),
    click.option("--group-by", type=click.Choice(("task", "k")), default=None, help="A ranking for each of them."),
    click.option("--pivot", type=click.Choice(("capability", "task")), default=None, help="One table, across these."),
)


def rank_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a ranking, on a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def rank(records: "Records", style: str, asked: dict[str, Any]) -> None:
    """Print the ranking of some records."""
    from aeeval.api import metrics_by_name
    from aeeval.report.fields import Asked
    from aeeval.report.rank import rank_section
    from aeeval.report.rank_tables import written
    from aeeval.report.sections import sections

    method, impute, pivot = asked.pop("method"), asked.pop("impute"), asked.pop("pivot") or ""
    wanted = Asked(**{**asked, "group_by": asked["group_by"] or ""})
    found = [
        written(section, rank_section(section, metrics_by_name(), wanted, method, impute), pivot)
        for section in sections(records)
    ]
    click.echo("\n".join(one.as_format(style) for one in found))


def only_with_rank(context: click.Context, asked: Iterable[str]) -> None:
    """Refuse an option of a ranking that was given without --rank."""
    for name in asked:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise UsageError(message("--rank beside an option of a ranking", f"{name} alone", "add --rank"))
