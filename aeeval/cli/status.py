"""`aeeval status`."""

import click

from aeeval.cli.read import DEFAULT_OUT

SHOWN = 10


@click.command("status")
@click.argument("folder", metavar="[DIR]", default=DEFAULT_OUT)
def status_command(folder: str) -> int:
    """Show how far the run in a results folder is (aeeval-runs by default): done, running, failed, waiting, time left.

    Several runs may share a folder; what each is at is seen by its claims. The exit code is 0, whatever it shows.
    """
    from aeeval.status import read_status

    status = read_status(folder)
    click.echo(f"{folder}: suite {status.suite}, {status.planned} cells")
    click.echo(f"  done     {status.done:>6}")
    click.echo(f"  running  {len(status.running):>6}")
    click.echo(f"  failed   {len(status.failed):>6}   of those done; run again with --retry-failed")
    click.echo(f"  waiting  {status.waiting:>6}")
    if status.damaged:
        click.echo(f"  damaged  {status.damaged:>6}   files; the next run measures their cells anew")
    click.echo(_left(status.done == status.planned, status.seconds_left, bool(status.running)))
    for held in status.running[:SHOWN]:
        where = f"{held.owner.host}, process {held.owner.pid}" if held.owner else "an unknown process"
        click.echo(f"  since {_shown(held.seconds):>7}  {held.label}  ({where})")
    for label in status.failed[:SHOWN]:
        click.echo(f"  failed         {label}")
    if (more := len(status.running) + len(status.failed) - 2 * SHOWN) > 0:
        click.echo(f"  ... and about {more} more")
    return 0


def _left(over: bool, seconds: float | None, running: bool) -> str:
    if over:
        return "all done"
    if seconds is not None:
        return f"about {_shown(seconds)} left, at the pace of the last cells"
    return "no pace is known yet" if running else "nobody is at work: the same aeeval run goes on from here"


def _shown(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
