"""What a project says of its gate: `[tool.aeeval.gate]` in its pyproject.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aeeval.errors import UnknownName, UsageError, message
from aeeval.protocol import CAPABILITIES
from aeeval.report.facts import MetricFacts
from aeeval.stats.gate_rule import ALPHA

TABLE = "tool.aeeval.gate"
KEYS = (*CAPABILITIES, "alpha", "strict")
TIMED = "throughput"  # times of two runs differ by more than models do: `aeeval bench` compares them call by call


@dataclass(frozen=True)
class Settings:
    """Margins by capability (None: shown, never gated), the level of the whole gate, and whether doubt stops a merge.

    A capability without an entry has the margin of its metric's record; throughput has none.
    """

    margins: Mapping[str, float | None] = field(default_factory=dict)
    alpha: float = ALPHA
    strict: bool = False

    def margin(self, metric: MetricFacts) -> float | None:
        """The largest effect that is no regression, in the unit of the effects: .05 allows ×e^.05 of a log effect."""
        return self.margins.get(metric.capability, None if metric.capability == TIMED else metric.margin)


def read_settings(file: str | Path = "pyproject.toml") -> Settings:
    """The settings of a pyproject.toml, the defaults where there is none or it has no such table.

    [tool.aeeval.gate]
    reconstruction = 0.10   # 10 % more error is still no regression
    sampling = false        # shown, never gated
    strict = true           # INCONCLUSIVE ends with 5
    """
    path = Path(file)
    if not path.is_file():
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(message(f"a TOML file at {path}", str(error), "mend that line")) from error
    table = content.get("tool", {}).get("aeeval", {}).get("gate", {})
    return parse_settings(table, f"[{TABLE}] of {path}")


def parse_settings(table: Mapping[str, Any], where: str = f"[{TABLE}]") -> Settings:
    """Settings from a parsed table; any unknown key or value out of range is a `UsageError`."""
    for key in table:
        if key not in KEYS:
            raise UnknownName(f"key of {where}", key, KEYS)
    margins = {key: _margin(key, table[key], where) for key in table if key in CAPABILITIES}
    alpha, strict = table.get("alpha", ALPHA), table.get("strict", False)
    if not isinstance(alpha, float) or not 0 < alpha < 1:
        raise UsageError(message(f"alpha between 0 and 1 in {where}", repr(alpha), "write alpha = 0.05"))
    if not isinstance(strict, bool):
        raise UsageError(message(f"strict = true or false in {where}", repr(strict), "write one of them"))
    return Settings(margins, alpha, strict)


def _margin(key: str, value: Any, where: str) -> float | None:
    if value is False:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise UsageError(message(f"a margin ≥ 0 or false for {key} in {where}", repr(value), f"write {key} = 0.05"))
    return float(value)
