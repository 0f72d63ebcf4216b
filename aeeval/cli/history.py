"""`aeeval history`."""

from typing import TYPE_CHECKING

import click

from aeeval.cli.ranking import FORMATS
from aeeval.errors import UsageError, message

if TYPE_CHECKING:
    from aeeval.report.history import Run


@click.command("history")
@click.argument("submission")
@click.argument("folders", nargs=-1, metavar="[FOLDER...]")
@click.option("--git", "path", metavar="PATH", help="A file or folder of results that git knows: a run a commit.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="md", help="Long (csv, json) or wide.")
@click.option("--plot", metavar="FILE", help="Draw it too: .png, .svg or .pdf; needs the extra report.")
def history_command(submission: str, folders: tuple[str, ...], path: str | None, style: str, plot: str | None) -> None:
    """Show each headline of SUBMISSION over its runs, with the steps in it.

    The runs are results folders in the order given, each named by the commit that its records tell, or with --git the
    commits that changed a file or folder of results.

    \b
    aeeval history my_model --git results/main.jsonl --plot history.png
    aeeval history mlp runs-monday runs-tuesday runs-wednesday
    """
    from aeeval.api import metrics_by_name
    from aeeval.report.history import make_history, written

    if bool(folders) == bool(path):
        raise UsageError(message("folders of runs, or --git PATH", "both" if path else "neither", "give one of them"))
    runs = _from_git(path, submission) if path else _from_folders(folders, submission)
    history = make_history(submission, runs, metrics_by_name())
    click.echo(written(history).as_format(style))
    if plot:
        from aeeval.report.draw_history import draw_history

        click.echo(f"Picture: {draw_history(history, plot)}", err=True)


def _from_git(path: str, submission: str) -> "list[Run]":
    from aeeval.report.history import Run
    from aeeval.results.git_history import committed

    return [Run(one.commit, one.date, one.subject, one.records) for one in committed(path, submission)]


def _from_folders(folders: tuple[str, ...], submission: str) -> "list[Run]":
    from aeeval.gate.sides import choose, environments, read_records, split
    from aeeval.report.history import Run

    runs = []
    for folder in folders:
        path, name = split(folder)
        records = read_records(path)
        side = choose(path, records, name or submission) if records else None
        if side is not None:
            commits = [str(env.get("commit") or "")[:9] for env in environments(path, side.records)]
            runs.append(Run(next(filter(None, commits), folder), "", folder, side.records))
    return runs
