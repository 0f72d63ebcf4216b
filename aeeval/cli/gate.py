"""`aeeval gate`."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aeeval.protocol import CAPABILITIES

if TYPE_CHECKING:
    from aeeval.gate.verdict import Verdict

GITHUB_SUMMARY, GITHUB = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"


@click.command("gate")
@click.argument("base")
@click.argument("head")
@click.option("--strict", is_flag=True, help="INCONCLUSIVE ends with 5.")
@click.option("--suite", help="Which suite, where both sides were run on several.")
@click.option("--capability", "capabilities", multiple=True, type=click.Choice(CAPABILITIES), help="Only these.")
@click.option("--settings", default="pyproject.toml", show_default=True, help="File with [tool.aeeval.gate].")
@click.option("--junit", metavar="FILE", help="Write the verdict as JUnit XML.")
@click.option("--markdown", metavar="FILE", help="Write it as Markdown; GitHub's job summary gets it by itself.")
def gate_command(
    base: str,
    head: str,
    strict: bool,
    suite: str | None,
    capabilities: tuple[str, ...],
    settings: str,
    junit: str | None,
    markdown: str | None,
) -> int:
    """Stop a change that makes a model worse: HEAD against BASE, by a rule with a stated rate of false alarms.

    BASE and HEAD are results folders, packed folders or files of records, with ::SUBMISSION where they hold several.
    Where BASE does not exist, HEAD is stored there and nothing fails. [tool.aeeval.gate] of pyproject.toml has the
    margins. Exit codes: 0 PASS, IDENTICAL or INCONCLUSIVE; 1 FAIL; 3 numbers that failed in HEAD alone; 4 not
    comparable; 5 INCONCLUSIVE with --strict.

    \b
    aeeval gate results/main.jsonl aeeval-runs
    aeeval gate base-runs head-runs::mlp --strict --junit gate.xml
    """
    from aeeval.api import metrics_by_name
    from aeeval.gate.baseline import write_baseline
    from aeeval.gate.judge import judge_paths
    from aeeval.gate.settings import read_settings
    from aeeval.gate.text import terminal

    chosen = read_settings(settings)
    found = judge_paths(base, head, metrics_by_name(), chosen, suite, capabilities)
    if found.verdict is None:
        write_baseline(found.base, found.head)
        text = f"no baseline; stored: {found.head.label} is now in {found.base}, for the next gate to compare with"
        click.echo(text)
        _summary(f"# Gate: no baseline\n\n{text}\n", markdown)
        return 0
    click.echo(terminal(found.verdict))
    _write(found.verdict, strict, junit, markdown)
    return found.verdict.exit_code(strict)


def _write(verdict: "Verdict", strict: bool, junit_file: str | None, markdown_file: str | None) -> None:
    from aeeval.gate.annotations import annotations
    from aeeval.gate.junit import junit
    from aeeval.gate.text import page

    if os.environ.get(GITHUB) == "true":
        click.echo("\n".join(annotations(verdict)))
    if junit_file:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        _put(junit_file, junit(verdict, stamp, strict))
    _summary(page(verdict), markdown_file)


def _summary(text: str, file: str | None) -> None:
    if file:
        _put(file, text)
    if summary := os.environ.get(GITHUB_SUMMARY):
        with Path(summary).open("a", encoding="utf-8") as handle:
            handle.write(text)


def _put(file: str, text: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, encoding="utf-8")
