"""What BASE and HEAD may be: folders, packs, files, with or without a name."""

import numpy as np
import pytest

from aeeval.errors import StoreError, UnknownName, UsageError
from aeeval.gate.baseline import write_baseline
from aeeval.gate.settings import Settings, parse_settings, read_settings
from aeeval.gate.sides import choose, differences, read_records, split
from aeeval.report.tables import to_json
from aeeval.store import Store
from tests.gate.conftest import side, write

ONES = {"fvu": np.ones((2, 3))}


@pytest.mark.parametrize("form", ["folder", "pack", "jsonl", "json", "folder of jsonl"])
def test_every_form_gives_the_same_records(tmp_path, form):
    records = side(ONES).records
    path = tmp_path / "base"
    if form == "folder":
        Store(path).write_cell("ab12", records)
    elif form == "pack":
        write_baseline(path, side(ONES))
    elif form == "jsonl":
        path = write(tmp_path / "main.jsonl", records)
    elif form == "json":
        path = tmp_path / "main.json"
        path.write_text(to_json(records))
    else:
        write(path / "task0.jsonl", records)
    assert sorted(map(str, read_records(path))) == sorted(map(str, records))


def test_nothing_there_is_no_error_and_a_damaged_file_is_one(tmp_path):
    assert read_records(tmp_path / "none") == ()
    assert read_records(tmp_path) == ()
    (tmp_path / "bad.jsonl").write_text("{not json\n")
    with pytest.raises(StoreError, match="make the file again"):
        read_records(tmp_path / "bad.jsonl")
    (tmp_path / "bad.csv").write_text("a,b\n")
    with pytest.raises(UsageError, match=r"\.jsonl"):
        read_records(tmp_path / "bad.csv")


def test_the_only_submission_beside_the_baselines_is_meant(tmp_path):
    pca = side(ONES, "pca", track="reference").records
    records = (*side(ONES).records, *pca)
    assert choose(tmp_path, records, None).submission == "mlp"
    assert choose(tmp_path, records, "pca").submission == "pca"
    assert choose(tmp_path, pca, None).submission == "pca"
    several = (*records, *side(ONES, "vae").records)
    with pytest.raises(UsageError, match="::mlp"):
        choose(tmp_path, several, None)
    assert choose(tmp_path, several, None, prefer="vae").submission == "vae"
    with pytest.raises(UnknownName, match="did you mean mlp"):
        choose(tmp_path, several, "mlpp")


def test_two_versions_of_one_submission_are_refused(tmp_path):
    records = (*side(ONES).records, *side(ONES, submission_sha256="ff").records)
    with pytest.raises(UsageError, match="one version of mlp"):
        choose(tmp_path, records, None)


@pytest.mark.parametrize("text", ["", "::mlp", "runs::"])
def test_half_a_side_is_a_wrong_use(text):
    with pytest.raises(UsageError, match="PATH::SUBMISSION"):
        split(text)


def test_a_baseline_file_keeps_the_others_and_its_bytes(tmp_path):
    path = tmp_path / "results" / "main.jsonl"
    write_baseline(path, side(ONES, "mlp"))
    write_baseline(path, side(ONES, "vae"))
    first = path.read_bytes()
    write_baseline(path, side(ONES, "mlp"))
    assert path.read_bytes() == first
    assert {record.submission for record in read_records(path)} == {"mlp", "vae"}
    assert [file.name for file in path.parent.iterdir()] == ["main.jsonl"]


def test_other_versions_and_machines_are_named(tmp_path):
    sides = []
    for name, torch in (("base", "2.11.0"), ("head", "2.13.0")):
        store = Store(tmp_path / name)
        env = store.write_env({"aeeval": "0.1.0", "commit": name, "versions": {"torch": torch}, "hardware_key": "x"})
        store.write_cell("ab12", side(ONES, env=env).records)
        sides.append(choose(tmp_path / name, read_records(tmp_path / name), None))
    assert differences(*sides) == ("torch 2.11.0 and 2.13.0",)
    assert differences(sides[0], sides[0]) == ()
    assert differences(sides[0], side(ONES)) == ()


def test_settings_of_a_project(tmp_path):
    file = tmp_path / "pyproject.toml"
    assert read_settings(file) == Settings()
    file.write_text("[tool.aeeval.gate]\nreconstruction = 0.1\nsampling = false\nstrict = true\nalpha = 0.01\n")
    assert read_settings(file) == Settings({"reconstruction": 0.1, "sampling": None}, 0.01, strict=True)
    file.write_text("[project]\nname = 'x'\n")
    assert read_settings(file) == Settings()
    file.write_text("[tool.aeeval.gate\n")
    with pytest.raises(UsageError, match="mend that line"):
        read_settings(file)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"reconstructoin": 0.1}, "did you mean reconstruction"),
        ({"reconstruction": -0.1}, "a margin ≥ 0"),
        ({"reconstruction": True}, "a margin ≥ 0"),
        ({"reconstruction": "10 %"}, "a margin ≥ 0"),
        ({"alpha": 2.0}, "between 0 and 1"),
        ({"strict": "yes"}, "true or false"),
    ],
)
def test_settings_that_cannot_be_are_named(table, why):
    with pytest.raises(UsageError, match=why):
        parse_settings(table)
