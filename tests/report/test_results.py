"""Results: the records of a run, and the same views of them as the functions give."""

import re

from aeeval.report.results import Results
from aeeval.report.summary import summary


def test_results_hold_records_and_every_view_of_them(grid, metrics):
    results = Results(iter(grid), metrics)
    assert results.records == tuple(grid)
    assert len(results) == len(grid) == len(results.frame())
    assert results.summary() == summary(grid, metrics)
    assert results.table().startswith("# smoke")
    assert results.table("csv").startswith("suite,task")
    assert results.board().split("\n\n")[1] in results.table()
    assert {record.status for record in results.failures} == {"failed"}
    assert len(results.failures) == sum(record.status == "failed" for record in grid)


def test_skipped_numbers_are_no_failures(record, metrics):
    lost = [record(value=None, status=status, reason="r", seed=i) for i, status in enumerate(("skipped", "timeout"))]
    assert [r.status for r in Results(lost, metrics).failures] == ["timeout"]


def test_repr_tells_what_was_run_and_ends_with_the_summary(grid, metrics):
    first, second, *rest = repr(Results(grid, metrics)).splitlines()
    assert re.fullmatch(r"Results: \d+ records \(\d+ ok, \d+ failed\)", first)
    assert second == "  smoke (3f2a91c04d1e): broken, mlp, vae, mean (ref), pca (ref) on sphere, roll; seeds 0–2"
    assert "\n".join(rest[1:]) == summary(grid, metrics)


def test_empty_results_say_so(metrics):
    assert "nothing was measured" in repr(Results([], metrics))
    assert len(Results([], metrics)) == 0
