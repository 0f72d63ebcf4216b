"""From a results folder to what a picture needs."""

from collections.abc import Collection, Sequence

from aeeval.errors import UnknownName, UsageError, message
from aeeval.record import Record
from aeeval.report.figures.subject import Subject
from aeeval.store import Store
from aeeval.store.pictures import pictured, read_picture


def find(
    store: Store, submission: str, task: str, latent_dim: int | None = None, also: Collection[str] = ()
) -> Subject:
    """The latest model of that name on that task in a results folder, at the first k unless one is named.

    `also` are words that may have been meant instead of a submission.

    Raises `UnknownName` where nothing of that name has been run, and `UsageError` where it left no picture.
    """
    records, _ = store.read()
    _known("submission", submission, [record.submission for record in records], also)
    own = [record for record in records if record.submission == submission]
    _known("task", task, [record.task for record in own])
    cells = {key: record for key, record in pictured(store) if (record.submission, record.task) == (submission, task)}
    dims = sorted({record.latent_dim for record in cells.values()})
    if not cells or (latent_dim is not None and latent_dim not in dims):
        got = (
            f"pictures at k = {', '.join(map(str, dims))}" if dims else "none: its cell at seed 0 failed or was not run"
        )
        wanted = f"a picture of {submission} on {task}" + (f" at k = {latent_dim}" if latent_dim is not None else "")
        raise UsageError(message(wanted, got, f"aeeval run {submission} --task {task}, and look at its summary"))
    k = dims[0] if latent_dim is None else latent_dim
    current = {record.submission_sha256 for record in own}
    key = next(key for key, r in cells.items() if r.latent_dim == k and r.submission_sha256 in current)
    return Subject(submission, task, k, read_picture(store, key), _of_task(records, cells[key]))


def _of_task(records: Sequence[Record], one: Record) -> list[Record]:
    """All records that stand beside one: its suite, task and k; reference rows may have a code of any length."""
    here = (one.suite_digest, one.task)
    return [
        record
        for record in records
        if (record.suite_digest, record.task) == here
        and (record.latent_dim == one.latent_dim or record.track == "reference")
    ]


def _known(kind: str, name: str, names: Sequence[str], also: Collection[str] = ()) -> None:
    if name not in names:
        raise UnknownName(kind, name, [*sorted(set(names)), *also])
