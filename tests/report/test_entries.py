"""One entry: the number, what is missing beside it, and the footnote that says why."""

from aeeval.report.entries import NOTHING, Notes, entry


def test_three_seeds_by_hand(record):
    # mean 2, s = 1: half = 4.3027 / sqrt(3) = 2.484
    assert entry([record(value=v, seed=i) for i, v in enumerate((1.0, 2.0, 3.0))], Notes()) == "2.0 ± 2.5"


def test_one_seed_has_no_interval(record):
    assert entry([record(value=0.25)], Notes()) == "0.250"


def test_nothing_measured_is_a_dash():
    assert entry([], Notes()) == NOTHING


def test_a_failure_in_every_seed_is_one_word_with_a_footnote(record):
    notes = Notes()
    assert entry([record(value=None, seed=i) for i in range(3)], notes) == "failed¹"
    assert notes.lines == ("¹ failed: broken",)


def test_a_failure_in_some_seeds_keeps_the_number_of_the_others(record):
    notes = Notes()
    records = [record(value=1.0), record(value=2.0, seed=1), record(value=None, seed=2)]
    # mean 1.5, s = 0.7071: half = 12.706 / 2 = 6.353
    assert entry(records, notes) == "1.5 ± 6.4 (1 of 3 failed)¹"


def test_statuses_are_told_apart(record):
    notes = Notes()
    lost = [
        record(value=None, reason="needs images", status="skipped"),
        record(value=None, reason="over 60 s", status="timeout", seed=1),
    ]
    assert entry(lost[:1], notes) == "skipped¹"
    assert entry(lost[1:], notes) == "timeout²"
    assert entry(lost, notes) == "1 timed out, 1 skipped¹,²"
    assert entry([*lost, record(value=1.0, seed=2)], notes) == "1 (1 of 3 timed out, 1 of 3 skipped)¹,²"


def test_the_same_reason_has_one_footnote_and_another_status_another(record):
    notes = Notes()
    for status in ("failed", "skipped", "failed"):
        entry([record(value=None, status=status, reason="same  \n words")], notes)
    assert notes.lines == ("¹ failed: same words", "² skipped: same words")


def test_footnotes_from_the_tenth_on_have_two_digits(record):
    notes = Notes()
    marks = [entry([record(value=None, reason=f"reason {i}")], notes) for i in range(12)]
    assert marks[11] == "failed¹²"
    assert notes.lines[11] == "¹² failed: reason 11"


def test_a_number_that_comes_with_a_remark_keeps_both(record):
    notes = Notes()
    assert entry([record(value=2.0, reason="not converged")], notes) == "2¹"
    assert notes.lines == ("¹ note: not converged",)


def test_null_values_stand_in_brackets_when_asked_for(record):
    records = [record(value=0.3, null=0.1), record(value=0.3, seed=1, null=0.2)]
    assert entry(records, Notes(), null=True) == "0.3000 ± 0 [0.150]"
    assert entry(records, Notes()) == "0.3000 ± 0"
