"""Packs: the same records give the same bytes, come back as they were, and a folder that is none says why."""

import dataclasses
import json
import random

import pytest

from aeeval.errors import NotComparable, StoreError, UnknownName
from aeeval.results.pack import pack, read_kept
from aeeval.results.packed import (
    MANIFEST,
    SELF_REPORTED,
    VERIFIED,
    packs_below,
    read_packed,
    write_manifest,
    write_packed,
)
from aeeval.store import Store, stamped


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_was_packed_comes_back(packed, records):
    read = read_packed(packed())
    assert sorted(record.to_json() for record in read.records) == sorted(record.to_json() for record in records)
    assert read.manifest.standing == SELF_REPORTED
    assert set(read.manifest.env) == {"here"}


def test_the_order_of_records_changes_no_byte(packed, records):
    first = contents(packed())
    assert set(first) == {"cap.jsonl", "digits.jsonl", MANIFEST}
    random.Random(0).shuffle(records)
    assert contents(packed(records)) == first


def test_a_pack_replaces_the_whole_of_an_older_one(packed, records):
    packed()
    folder = packed([record for record in records if record.task == "cap"])
    assert set(contents(folder)) == {"cap.jsonl", MANIFEST}
    assert packs_below(folder.parents[1]) == packs_below(folder) == [folder]


def test_environments_that_no_record_names_are_left_out(tmp_path, records):
    write_packed(tmp_path / "x", records, {"here": {}, "elsewhere": {}})
    assert set(read_packed(tmp_path / "x").manifest.env) == {"here"}


def edited(file, change):
    file.write_text(change(file.read_text()))


BROKEN = {
    "a changed number": (lambda f: edited(f / "cap.jsonl", lambda t: t.replace("0.0", "0.5", 1)), "another sha256"),
    "a file less": (lambda f: (f / "cap.jsonl").unlink(), "a difference in cap.jsonl"),
    "a file more": (lambda f: (f / "more.jsonl").write_text(""), "a difference in more.jsonl"),
    "no manifest": (lambda f: (f / MANIFEST).unlink(), f"a {MANIFEST} of this version"),
    "half a manifest": (lambda f: edited(f / MANIFEST, lambda t: t[: len(t) // 2]), f"a {MANIFEST} of this version"),
    "another format": (lambda f: edited(f / MANIFEST, lambda t: t.replace('"format": 1', '"format": 2')), "format 2"),
    "another standing": (lambda f: edited(f / MANIFEST, lambda t: t.replace("self-reported", "perfect")), "perfect"),
    "another name": (
        lambda f: edited(f / MANIFEST, lambda t: t.replace('"submission": "mine"', '"submission": "yours"')),
        "records of yours on tiny",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_folder_that_is_no_pack_says_why(packed, name):
    breaks, told = BROKEN[name]
    folder = packed()
    breaks(folder)
    with pytest.raises(StoreError, match=told):
        read_packed(folder)


def resigned(folder, file, text):
    """Change a file and its sha256: what is left to find is in the lines themselves."""
    import hashlib

    (folder / file).write_text(text)
    manifest = read_packed_manifest(folder)
    sha = hashlib.sha256(text.encode()).hexdigest()
    write_manifest(folder, dataclasses.replace(manifest, files={**manifest.files, file: sha}))


def read_packed_manifest(folder):
    from aeeval.results.packed import Manifest

    return Manifest(**json.loads((folder / MANIFEST).read_text()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: {**row, "status": "great"}, "one record a line"),
        (lambda row: {**row, "rank": 1}, "one record a line"),
        (lambda row: {**row, "value": None}, "one record a line"),
        (lambda row: {**row, "task": "digits"}, "records of task cap"),
        (lambda row: {**row, "submission_sha256": "0" * 64}, "records of mine on tiny"),
    ],
    ids=["status", "field", "value", "task", "sha256"],
)
def test_lines_that_are_no_records_of_it_say_so(packed, change, told):
    folder = packed()
    first, *rest = (folder / "cap.jsonl").read_text().splitlines()
    row = json.dumps(change(json.loads(first)))
    resigned(folder, "cap.jsonl", "\n".join([row, *rest]) + "\n")
    with pytest.raises(StoreError, match=told):
        read_packed(folder)


@pytest.fixture
def run(tmp_path, records):
    """A results folder as a run leaves it, with a second submission in it."""
    store = Store(tmp_path / "run")
    env = store.write_env({"aeeval": "1"})
    others = [dataclasses.replace(record, submission="other", submission_sha256="ff") for record in records]
    store.write_cell("aa00", stamped(records, env))
    store.write_cell("bb00", stamped(others, env))
    return store


def test_a_run_is_packed_a_folder_a_submission(run, tmp_path):
    to = tmp_path / "results"
    assert sorted(pack(run.root, to)) == [to / "tiny" / "mine", to / "tiny" / "other"]
    assert read_packed(to / "tiny" / "mine").manifest.env
    assert pack(run.root, tmp_path / "one", ["other"]) == [tmp_path / "one" / "tiny" / "other"]
    kept = read_kept(to)
    assert len(kept.records) == len(run.read()[0])
    assert set(kept.standings.values()) == {SELF_REPORTED}


def test_what_cannot_be_packed_is_told(run, tmp_path, records):
    with pytest.raises(UnknownName, match="did you mean mine"):
        pack(run.root, tmp_path / "to", ["min"])
    with pytest.raises(StoreError, match=r"expected records in .*got none"):
        pack(tmp_path / "nothing", tmp_path / "to")
    run.write_cell("cc00", [dataclasses.replace(record, suite_digest="other") for record in records])
    with pytest.raises(NotComparable, match="one suite_digest of mine on tiny"):
        pack(run.root, tmp_path / "to")
    (run.root / "cells" / "aa" / "broken.jsonl").write_text("{")
    with pytest.raises(StoreError, match="whole files"):
        pack(run.root, tmp_path / "to")


def test_a_name_that_is_no_folder_is_told(tmp_path, records):
    store = Store(tmp_path / "run")
    store.write_cell("aa00", [dataclasses.replace(record, submission="../up") for record in records])
    with pytest.raises(StoreError, match="run it as NAME=FILE"):
        pack(store.root, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_pack_that_cannot_be_read_is_named_and_left_out(run, tmp_path):
    to = tmp_path / "results"
    pack(run.root, to)
    other = to / "tiny" / "other"
    write_manifest(other, dataclasses.replace(read_packed(other).manifest, standing=VERIFIED))
    assert set(read_kept(to).standings.values()) == {SELF_REPORTED, VERIFIED}
    (to / "tiny" / "mine" / "cap.jsonl").unlink()
    kept = read_kept(to)
    assert {record.submission for record in kept.records} == {"other"}
    (damaged,) = kept.damaged
    assert damaged.path == to / "tiny" / "mine"


def test_compressed_packs_hold_the_same_records_in_the_same_bytes(packed, records, tmp_path):
    plain = read_packed(packed())
    for folder in ("one", "two"):
        write_packed(tmp_path / folder, records, {"here": {}}, compress=True)
    one = read_packed(tmp_path / "one")
    assert set(contents(tmp_path / "one")) == {"cap.jsonl.gz", "digits.jsonl.gz", MANIFEST}
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert one.records == plain.records
    assert sorted(one.manifest.files.values()) == sorted(plain.manifest.files.values())  # the sha256 of the lines


def test_a_compressed_file_that_is_cut_off_is_told(records, tmp_path):
    write_packed(tmp_path / "one", records, {"here": {}}, compress=True)
    file = tmp_path / "one" / "cap.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(StoreError, match="a whole gzip file"):
        read_packed(tmp_path / "one")
