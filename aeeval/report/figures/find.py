"""From a results folder to what a picture needs."""

from collections.abc import Collection, Sequence
from pathlib import Path

from aeeval.errors import UnknownName, UsageError, message
from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.figures.subject import Subject
from aeeval.results.pictures import pictures_in


def find(
    folder: str | Path,
    records: Records,
    submission: str,
    task: str,
    latent_dim: int | None = None,
    also: Collection[str] = (),
) -> Subject:
    """The latest model of that name on that task in a results folder or packs, at the first k unless one is named.

    `records` are all of that folder; `also` are words that may have been meant instead of a submission.

    Raises `UnknownName` where nothing of that name has been run, and `UsageError` where it left no picture.
    """
    _known("submission", submission, records.distinct("submission"), also)
    own = records.where(submission=submission)
    _known("task", task, own.distinct("task"))
    current = own.distinct("submission_sha256")
    found = {
        picture.record.latent_dim: picture
        for picture in pictures_in(folder)
        if (picture.record.submission, picture.record.task) == (submission, task)
        and picture.record.submission_sha256 in current
    }
    dims = sorted(found)
    if not found or (latent_dim is not None and latent_dim not in dims):
        got = (
            f"pictures at k = {', '.join(map(str, dims))}" if dims else "none: its cell at seed 0 failed or was not run"
        )
        wanted = f"a picture of {submission} on {task}" + (f" at k = {latent_dim}" if latent_dim is not None else "")
        raise UsageError(message(wanted, got, f"aeeval run {submission} --task {task}, or add --retrain"))
    k = dims[0] if latent_dim is None else latent_dim
    return Subject(submission, task, k, found[k].read(), _of_task(records, found[k].record))


def _of_task(records: Records, one: Record) -> list[Record]:
    """All records that stand beside one: its suite, task and k; reference rows may have a code of any length."""
    return [
        record
        for record in records.where(suite_digest=one.suite_digest, task=one.task)
        if record.latent_dim == one.latent_dim or record.track == "reference"
    ]


def _known(kind: str, name: str, names: Sequence[str], also: Collection[str] = ()) -> None:
    if name not in names:
        raise UnknownName(kind, name, [*sorted(set(names)), *also])
