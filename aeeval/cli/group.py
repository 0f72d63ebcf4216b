"""The verbs by section, each imported only when it is used, so that help is there at once."""

import sys
from importlib import import_module
from typing import Any

import click

from aeeval.errors import UnknownName, UsageError

# section -> verb -> (module, line of help). The line stands here, as help must not import what the verb needs.
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "new": ("aeeval.cli.new", "Write a commented submission to start from."),
        "check": ("aeeval.cli.check", "Check in seconds that a submission keeps the contract."),
        "run": ("aeeval.cli.run", "Evaluate submissions on a suite, or on your own data."),
        "bench": ("aeeval.cli.bench", "Time encode and decode, with the quality at that setting."),
    },
    "Read": {
        "table": ("aeeval.cli.read", "Show the tables of a results folder."),
        "leaderboard": ("aeeval.cli.leaderboard", "Rank the submissions of a results folder: table --rank."),
        "report": ("aeeval.cli.report", "Write a static site of results: leaderboard, pictures, every number."),
        "draw": ("aeeval.cli.draw", "Draw what a submission learned on a task; a manifold, rows of data, a roofline."),
    },
    "Compare": {
        "compare": ("aeeval.cli.compare", "Say which of two models is better, headline by headline."),
        "gate": ("aeeval.cli.gate", "Fail where a change made a model worse, with a stated rate of false alarms."),
        "history": ("aeeval.cli.history", "Show the headlines of a submission over its runs or commits, with steps."),
    },
    "Look up": {
        "list": ("aeeval.cli.lookup", "List manifolds, densities, datasets, metrics, suites or baselines."),
        "show": ("aeeval.cli.lookup", "Show the card of one of them."),
    },
    "Data and store": {
        "fetch": ("aeeval.cli.fetch", "Put the files of data sets into the cache."),
        "status": ("aeeval.cli.status", "Show how far a run is: done, running, failed, waiting, time left."),
        "results": ("aeeval.cli.results", "Pack, verify, merge or prune the results of runs."),
    },
}


class SectionedGroup(click.Group):
    """A group whose help shows its verbs by section."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb for verbs in SECTIONS.values() for verb in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for verbs in SECTIONS.values():
            if cmd_name in verbs:
                module, _ = verbs[cmd_name]
                command: click.Command = getattr(import_module(module), f"{cmd_name}_command")
                return command
        raise UnknownName("command", cmd_name, self.list_commands(ctx))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, verbs in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(verb, line) for verb, (_, line) in verbs.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As click's, with its usage errors as ours, so that all errors read alike."""
        try:
            return super().main(*args, **kwargs)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return UsageError.exit_code
        except click.ClickException as error:
            error.show(sys.stderr)
            return error.exit_code
        except click.Abort as error:
            raise KeyboardInterrupt from error
