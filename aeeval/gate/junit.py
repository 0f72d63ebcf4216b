"""The verdict as JUnit XML: a test suite a capability, a test case for its headline and for each of its tasks."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from aeeval.gate.text import one_line
from aeeval.gate.verdict import FAIL, INCONCLUSIVE, NOT_GATED, Line, Verdict, place_name
from aeeval.report.effects import effect_text, interval_text

ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Case = tuple[str, str, str]  # name, element that it holds ("" where it passed), message


def junit(verdict: Verdict, timestamp: str, strict: bool = False) -> str:
    """JUnit XML in the form that Jenkins, GitLab and GitHub's readers share.

    A regression is a `failure`, a number that failed in HEAD an `error`, what is not gated or not decided `skipped`;
    with `strict` an undecided headline is a `failure`. `timestamp` is ISO 8601 without a zone.
    """
    root = ElementTree.Element("testsuites", name="aeeval gate")
    for line in verdict.lines:
        cases = list(_cases(line, strict or verdict.settings.strict))
        counts = {kind: str(sum(case[1] == kind for case in cases)) for kind in ("failure", "error", "skipped")}
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{line.capability} {line.pairs.headline.name}",
            timestamp=timestamp,
            hostname="localhost",
            tests=str(len(cases)),
            failures=counts["failure"],
            errors=counts["error"],
            skipped=counts["skipped"],
            time="0",
        )
        for name, kind, text in cases:
            _case(suite, f"aeeval.gate.{line.capability}", name, kind, text)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, classname: str, name: str, kind: str, text: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=classname, name=_legal(name), time="0")
    if kind == "skipped":
        ElementTree.SubElement(case, kind, message=_legal(text))
    elif kind:
        ElementTree.SubElement(case, kind, message=_legal(text), type="regression" if kind == "failure" else "lost")


def _cases(line: Line, strict: bool) -> Iterator[Case]:
    failed = {one.place: one for one in line.failures}
    undecided = "failure" if strict else "skipped"
    kind = {FAIL: "failure", INCONCLUSIVE: undecided, NOT_GATED: "skipped"}.get(line.verdict, "")
    text = f"{one_line(line)}{f'; {line.why}' if line.why else ''}"
    yield line.pairs.headline.name, "error" if failed and line.verdict != NOT_GATED else kind, text
    metric = line.pairs.headline.metric
    for task in line.tasks:
        name = f"{line.pairs.headline.name} on {place_name(task.place)}"
        if task.place in failed:
            yield name, "error", f"{failed[task.place].status}: {failed[task.place].reason}"
        else:
            effect = f"{effect_text(task.effect, metric)} {interval_text(task.low, task.high, metric)}"
            yield name, "failure" if task.verdict == FAIL else "", effect if task.verdict == FAIL else ""


def _legal(text: str) -> str:
    """Without the control characters that XML 1.0 has no form for: reasons are text of others."""
    return ILLEGAL.sub("", text)
