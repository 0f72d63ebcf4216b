"""The verdict as annotations of GitHub's workflow commands."""

from aeeval.gate.text import one_line
from aeeval.gate.verdict import FAIL, INCONCLUSIVE, Verdict

LEVELS = {FAIL: "error", INCONCLUSIVE: "warning"}


def annotations(verdict: Verdict) -> list[str]:
    """`::error` for each headline that fails, `::warning` for each that is not decided."""
    return [
        f"::{LEVELS[line.verdict]} title={_property(f'aeeval gate: {line.capability}')}::"
        f"{_data(f'{one_line(line)}; {line.why}')}"
        for line in verdict.lines
        if line.verdict in LEVELS
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
