"""From what a user wrote (`pca`, `my_model.py`, `NAME=model.pt2`) to a submission."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aeeval.errors import SubmissionError, UsageError, message
from aeeval.submissions.formats import FORMATS, unreadable
from aeeval.submissions.python_file import import_file
from aeeval.submissions.search import check_space
from aeeval.submissions.spec import Part, Spec, parse
from aeeval.submissions.submission import Submission, check_build

PYTHON = ".py"


def load_all(specs: Sequence[str], load_one: Callable[[str], Submission] | None = None) -> list[Submission]:
    """Load every spec; two submissions of one display name are an error that shows the form NAME=spec.

    `load_one` is `load` by default; who wants submissions' code out of this process brings another.
    """
    submissions: dict[str, Submission] = {}
    for spec in specs:
        submission = (load_one or load)(spec)
        if submission.name in submissions:
            other = submissions[submission.name].source
            raise UsageError(
                message(
                    "one submission a name",
                    f"{submission.name!r} twice ({other} and {spec})",
                    f"write {submission.name}2={spec.split('=')[-1]}",
                )
            )
        submissions[submission.name] = submission
    return list(submissions.values())


def load(text: str, *, trust: bool = False) -> Submission:
    """One submission from its spec (see `aeeval.submissions.spec.parse`), in this process.

    Files of Python code run when they are loaded. Trained models are read without running any, unless `trust` says that
    pickles in them may.
    """
    spec = parse(text)
    if trust:
        spec = replace(spec, parts=tuple(replace(part, trust=True) for part in spec.parts))
    if spec.kind == PYTHON:
        return _load_python(spec)
    if spec.kind not in FORMATS:
        raise unreadable(spec.kind)
    return _load_frozen(spec)


def _load_python(spec: Spec) -> Submission:
    """A file that does not import still is a submission: its cells fail, the others' finish."""
    (part,) = spec.parts
    try:
        module, digest = import_file(part.path)
        build = check_build(getattr(module, part.attribute or "build", None), str(part.path))
        return Submission(
            name=spec.name,
            build=build,
            source=spec.located,
            accepts=getattr(module, "ACCEPTS", None),
            track="reference" if getattr(module, "REFERENCE", False) else "recipe",
            chooses_latent_dim=bool(getattr(module, "CHOOSES_LATENT_DIM", False)),
            sha256=digest,
            search=check_space(getattr(module, "SEARCH", {}), build, f"SEARCH of {part.path}"),
        )
    except UsageError as error:
        return broken(spec, str(error))
    except Exception as error:  # whatever the file raises is the submission's failure
        return broken(spec, f"{part.path.name} does not import: {type(error).__name__}: {error}")


def broken(spec: Spec, reason: str) -> Submission:
    """A submission that cannot be loaded: each of its cells fails with the reason."""

    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        raise SubmissionError(reason)

    return Submission(name=spec.name, build=build, source=spec.located, sha256=digest_of_files(spec.parts))


def _load_frozen(spec: Spec) -> Submission:
    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        return FORMATS.get(spec.kind)(*spec.parts)

    return Submission(spec.name, build, source=spec.located, track="frozen", sha256=digest_of_files(spec.parts))


def digest_of_files(parts: Sequence[Part]) -> str:
    """sha256 of the bytes of all files; those of folders are taken by name, in the order of their names."""
    digest = hashlib.sha256()
    for part in parts:
        for file in _files(part.path):
            shown = str(file.relative_to(part.path)) if part.path.is_dir() else ""
            digest.update(shown.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
