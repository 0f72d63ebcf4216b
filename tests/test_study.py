"""Long studies: what is done is kept by commit, and a stopped run goes on."""

from tests.study import Parts


def test_a_part_is_computed_once_a_commit(tmp_path):
    made = []

    def compute():
        made.append(1)
        return {"numbers": [1.5, float("inf")], "words": None}

    first = Parts("one", tmp_path, "abc").get("sphere, graded", compute)
    assert Parts("one", tmp_path, "abc").get("sphere, graded", compute) == first
    assert len(made) == 1
    Parts("one", tmp_path, "abd").get("sphere, graded", compute)
    Parts("two", tmp_path, "abc").get("sphere, graded", compute)
    assert len(made) == 3


def test_nothing_is_kept_of_a_checkout_with_changes_or_of_a_half_written_part(tmp_path):
    parts = Parts("one", tmp_path, "")
    assert parts.get("a", lambda: 1) == 1
    assert parts.get("a", lambda: 2) == 2
    assert list(tmp_path.iterdir()) == []
    stopped = Parts("one", tmp_path, "abc")
    stopped.folder.mkdir(parents=True)
    (stopped.folder / "a.half").write_text("{")
    assert stopped.get("a", lambda: 3) == 3
