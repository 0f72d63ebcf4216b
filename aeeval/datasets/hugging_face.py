"""Data sets of the Hugging Face hub: their Parquet files in the local cache, downloaded only where that is allowed."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from aeeval.datasets.base import Source
from aeeval.datasets.carried import needed
from aeeval.datasets.files import content_digest
from aeeval.datasets.hub_table import Table, read_table
from aeeval.errors import DataError, message

SPLIT = re.compile(r"(?:^|[/_.-])(train|test|validation|valid|val|dev)(?=[/_.-])")
TESTS = ("test", "validation", "valid", "val", "dev")


def hugging_face(
    address: str,
    *,
    download: bool = False,
    config: str = "",
    column: str | Sequence[str] = (),
    label: str = "label",
) -> Source:
    """A data set of the Hugging Face hub in Parquet: hf:owner/name or hf:owner/name@revision.

    Shape (C, H, W) where a column holds pictures, in [0, 1]; else (D,), a column of lists of numbers or all columns of
    numbers, standardised by the training rows. `column` names the ones to take, `label` that of the classes, `config`
    the folder of one of several tables. The files named after test, else those after validation, are the set's own test
    rows. From the cache of huggingface_hub (HF_HOME); only AEEVAL_DOWNLOAD=1 or `aeeval fetch` lets it ask the hub.
    Needs pyarrow and huggingface_hub. Licence: the one of its README. Source: its address and commit.
    """
    root = _snapshot(address, download)
    parts = _files(root, config, address)
    wanted = [column] if isinstance(column, str) else list(column)
    train = read_table(parts["train"], wanted, label, f"hf:{address}")
    asked = next((part for part in TESTS if part in parts), None)
    test = None if asked is None else read_table(parts[asked], wanted, label, f"hf:{address}", train.classes)
    return Source(
        rows=train.rows,
        test=None if test is None else test.rows,
        unit=train.unit,
        origin=f"Hugging Face {address.partition('@')[0]}{f' {config}' * bool(config)} at {root.name}",
        licence=_licence(root),
        preprocessing=train.preprocessing,
        sha256=_digest(parts),
        standardise=train.unit == 1 and train.rows.ndim == 2,
        labels=train.labels,
        test_labels=None if test is None else test.labels,
        label=_meaning(train, label),
    )


def _snapshot(address: str, download: bool) -> Path:
    """The folder of the files of a revision in the cache."""
    needed("huggingface_hub", "huggingface_hub", f"hf:{address}")
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repo, _, revision = address.partition("@")
    if repo.count("/") != 1:
        raise DataError(message("hf:owner/name", f"hf:{address}", "write both"))
    try:
        folder = snapshot_download(
            repo,
            repo_type="dataset",
            revision=revision or None,
            allow_patterns=["*.parquet", "README.md"],
            local_files_only=not download,
        )
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError, OSError) as error:
        way_out = "check the name and the connection" if download else f"run: aeeval fetch hf:{address}"
        told = message(f"hf:{address} in the cache {constants.HF_HUB_CACHE}", "nothing there", way_out)
        raise DataError(f"{told}\n  {str(error).splitlines()[0]}") from error
    return Path(folder)


def _files(root: Path, config: str, address: str) -> dict[str, list[Path]]:
    """The Parquet files by split, of one table; those that name no split are training rows."""
    files = sorted(root.rglob("*.parquet"))
    tables = sorted({_table_of(file, root) for file in files})
    if not files:
        raise DataError(message(f"Parquet files in hf:{address}", f"none in {root}", "choose a set that has them"))
    if len(tables) > 1 and config not in tables:
        way_out = f'write params = {{ config = "{tables[0]}" }}'
        raise DataError(message(f"one of {', '.join(tables)} as config of hf:{address}", repr(config), way_out))
    parts: dict[str, list[Path]] = {}
    for file in files:
        if len(tables) == 1 or _table_of(file, root) == config:
            found = SPLIT.search(f"/{file.relative_to(root).as_posix()}")
            parts.setdefault(found[1] if found else "train", []).append(file)
    if "train" not in parts:
        raise DataError(message(f"files of a split train in hf:{address}", ", ".join(parts), "choose another config"))
    return parts


def _table_of(file: Path, root: Path) -> str:
    """The folder that holds a table: of one set there may be several, each with its splits."""
    folders = [part for part in file.relative_to(root).parts[:-1] if not SPLIT.fullmatch(f"/{part}/"[:-1])]
    return "/".join(folders)


def _licence(root: Path) -> str:
    """What the README states at its head."""
    readme = root / "README.md"
    head = readme.read_text(encoding="utf-8").split("\n---", 1)[0] if readme.is_file() else ""
    found = re.search(r"^licen[sc]e:\s*(?:\n\s*-\s*)?(\S+)", head, re.MULTILINE)
    return found[1].strip("'\"") if found else "none stated"


def _digest(parts: dict[str, list[Path]]) -> str:
    """Of the sha256 of every file, in order."""
    digests = [content_digest(file) for part in sorted(parts) for file in parts[part]]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _meaning(table: Table, label: str) -> str:
    names = ", ".join(f"{number} {name}" for number, name in enumerate(table.classes))
    return f"{label}: {names}" if names else label
