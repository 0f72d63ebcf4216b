"""A user's own tables, pictures and torch data sets, read in one line."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import Dataset, IterableDataset, TensorDataset

import aeeval
from aeeval.datasets.files import content_digest, named_splits, read_arrays
from aeeval.datasets.make import make_dataset
from aeeval.datasets.python_file import from_python, names_python
from aeeval.datasets.spec import DataSpec
from aeeval.errors import DataError

TABLE = pd.DataFrame({"a": [1.5, 2, 3, 4], "b": [10, 20, 30, 40], "c": [True, False, True, True]})


def own(path):
    return make_dataset(DataSpec(path=str(path)), "own", 0)


@pytest.mark.parametrize(("name", "separator"), [("t.csv", ","), ("t.tsv", "\t"), ("T.CSV", ",")])
def test_a_table_with_names_is_its_rows(tmp_path, name, separator):
    TABLE.to_csv(tmp_path / name, sep=separator, index=False)
    arrays, _ = read_arrays(tmp_path / name)
    assert arrays["rows"].tolist() == [[1.5, 10, 1], [2, 20, 0], [3, 30, 1], [4, 40, 1]]


def test_a_table_without_names_keeps_its_first_row(tmp_path):
    """The numbers of its first line repeat, which pandas would rename if they were names."""
    (tmp_path / "t.csv").write_text("1.5,1.5,2\n3,4,5\n")
    assert read_arrays(tmp_path / "t.csv")[0]["rows"].tolist() == [[1.5, 1.5, 2], [3, 4, 5]]


def test_a_column_split_makes_the_splits(tmp_path):
    table = TABLE.assign(split=["train", "test", "train", "test"])
    table.to_csv(tmp_path / "t.csv", index=False)
    arrays, _ = read_arrays(tmp_path / "t.csv")
    assert {name: rows[:, 1].tolist() for name, rows in arrays.items()} == {"train": [10, 30], "test": [20, 40]}
    table.assign(split=["train", "tset", "train", "test"]).to_csv(tmp_path / "typo.csv", index=False)
    with pytest.raises(DataError, match=r"arrays `train` and `test`.*tset"):
        read_arrays(tmp_path / "typo.csv")


def test_rows_of_another_kind_are_kept_apart_by_the_word_held_out(tmp_path):
    rows = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
    table = pd.DataFrame(rows.numpy(), columns=["a", "b"])
    table["split"] = ["train"] * 20 + ["test"] * 12 + ["held_out"] * 8
    table.to_csv(tmp_path / "t.csv", index=False)
    np.savez(tmp_path / "t.npz", train=rows[:20], test=rows[20:32], held_out=rows[32:])
    for name in ("t.csv", "t.npz"):
        data = own(tmp_path / name)
        torch.testing.assert_close(data.held_out, rows[32:].double(), rtol=0, atol=1e-7)
        assert (len(data.train) + len(data.val), len(data.test)) == (20, 12)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,x\n2,y\n", "columns of numbers; got words in b"),
        ("a,b\n1,2\n3,\n", "NaN or infinity in 1 rows"),
        (",a\n0,1\n1,2\n", r"a name for every column; got Unnamed: 0 .*index=False"),
        ('a,b\n1,"2\n', "a readable table"),
        ("", "a readable table"),
    ],
)
def test_tables_that_are_no_rows_of_numbers(tmp_path, text, reason):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=reason):
        read_arrays(tmp_path / "t.csv")


def test_parquet_reads_as_csv_or_says_what_is_missing(tmp_path):
    if importlib.util.find_spec("pyarrow") is None:
        (tmp_path / "t.parquet").write_bytes(b"PAR1")
        with pytest.raises(DataError, match="run: pip install pyarrow"):
            read_arrays(tmp_path / "t.parquet")
        return
    TABLE.to_parquet(tmp_path / "t.parquet")
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    first, second = (read_arrays(tmp_path / name)[0]["rows"] for name in ("t.parquet", "t.csv"))
    assert torch.equal(first, second)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="a readable table"):
        read_arrays(tmp_path / "t.parquet")


def test_an_unknown_suffix_is_answered_with_the_known_ones(tmp_path):
    (tmp_path / "t.cvs").write_text("1,2\n")
    with pytest.raises(DataError, match=r"unknown kind of data file '\.cvs'; did you mean \.csv"):
        read_arrays(tmp_path / "t.cvs")


@pytest.fixture
def image():
    return pytest.importorskip("PIL.Image")


def save(image, path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.fromarray(np.asarray(pixels, np.uint8)).save(path)


def test_a_folder_of_pictures_is_channels_rows_columns_in_the_order_of_names(tmp_path, image):
    colour = np.zeros((4, 5, 3))
    colour[1, 2] = [255, 51, 102]
    save(image, tmp_path / "cats" / "b.png", colour)
    save(image, tmp_path / "ants" / "a.png", colour * 0)
    (tmp_path / "notes.txt").write_text("no picture")
    rows = read_arrays(tmp_path)[0]["rows"]
    assert rows.shape == (2, 3, 4, 5)
    assert rows[1, :, 1, 2].tolist() == [1, 0.2, 0.4]
    assert rows.sum().item() == pytest.approx(1.6)


def test_folders_named_after_splits_are_splits_and_grey_has_one_channel(tmp_path, image):
    for split, count in (("train", 12), ("test", 3)):
        for index in range(count):
            save(image, tmp_path / split / f"{index:02d}.png", np.full((2, 2), 10 * index))
    data = own(tmp_path)
    assert (data.shape, len(data.train), len(data.val), len(data.test)) == ((1, 2, 2), 11, 1, 3)
    assert (data.test.x[:, 0] * 255).tolist() == pytest.approx([0, 10, 20])
    assert data.train_known


def test_pictures_that_do_not_fit_are_named(tmp_path, image):
    save(image, tmp_path / "a.png", np.zeros((4, 4)))
    save(image, tmp_path / "b.png", np.zeros((4, 5)))
    with pytest.raises(DataError, match=r"one size.*\(1, 4, 4\) in .*a\.png and \(1, 4, 5\) in .*b\.png"):
        read_arrays(tmp_path)
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"a readable picture; got .*b\.png"):
        read_arrays(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"pictures .*; got none"):
        read_arrays(tmp_path / "empty")


def test_the_digest_of_a_folder_sees_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    first = content_digest(tmp_path)
    assert content_digest(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "c")
    second = content_digest(tmp_path)
    (tmp_path / "c").write_text("3")
    assert len({first, second, content_digest(tmp_path)}) == 3


class Ragged(Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return torch.ones(index + 1)


class Stream(IterableDataset):
    def __iter__(self):
        yield torch.ones(2)


def test_a_torch_data_set_is_its_rows_without_labels():
    rows = torch.arange(12.0).reshape(4, 1, 3)
    for items in (TensorDataset(rows), TensorDataset(rows, torch.arange(4))):
        assert torch.equal(named_splits({"rows": items}, "data")["rows"], rows.double())


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (Ragged(), r"items of one shape; got \(1,\) and \(2,\)"),
        (Stream(), "a torch Dataset with a length; got Stream"),
        (TensorDataset(torch.ones(0, 2)), "a torch Dataset with a length"),
    ],
)
def test_torch_data_sets_that_are_no_rows(items, reason):
    with pytest.raises(DataError, match=reason):
        named_splits({"rows": items}, "data")


def test_items_have_to_be_tensors():
    class Words(Ragged):
        def __getitem__(self, index):
            return "word", 1

    with pytest.raises(DataError, match="items that are tensors; got str"):
        named_splits({"rows": Words()}, "data")


CODE = """
import torch
from torch.utils.data import TensorDataset
rows = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
whole = TensorDataset(rows, torch.zeros(60))
def pair():
    return TensorDataset(rows[:40]), TensorDataset(rows[40:])
def broken():
    raise OSError("disk")
"""


def test_a_name_in_a_python_file_is_data(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(CODE)
    assert names_python(f"{file}:whole")
    assert not names_python("faces.npz")
    assert len(from_python(f"{file}:whole")) == 60
    assert [len(part) for part in from_python(f"{file}:pair")] == [40, 20]
    for name, reason in [("hole", "did you mean whole"), ("broken", "OSError: disk")]:
        with pytest.raises(DataError, match=reason):
            from_python(f"{file}:{name}")
    with pytest.raises(DataError, match="a Python file"):
        from_python(f"{tmp_path}/none.py:whole")
    file.write_text("1 / 0")
    with pytest.raises(DataError, match="ZeroDivisionError"):
        from_python(f"{file}:whole")


@pytest.mark.parametrize("kind", ["csv", "folder", "data set", "pair", "python"])
def test_one_line_evaluates_on_them(tmp_path, kind):
    rows = torch.rand(60, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    if kind == "csv":
        pd.DataFrame(rows.flatten(1).numpy()).add_prefix("c").to_csv(tmp_path / "t.csv", index=False)
        data = tmp_path / "t.csv"
    elif kind == "folder":
        image = pytest.importorskip("PIL.Image")
        for index, row in enumerate(rows):
            save(image, tmp_path / "photos" / f"{index:02d}.png", row[0] * 255)
        data = str(tmp_path / "photos")
    elif kind == "python":
        (tmp_path / "mine.py").write_text(CODE)
        data = f"{tmp_path}/mine.py:pair"
    else:
        data = TensorDataset(rows) if kind == "data set" else (TensorDataset(rows[:40]), TensorDataset(rows[40:]))
    results = aeeval.evaluate("pca", data=data, latent_dim=2, seeds=1, capabilities=["reconstruction"], reference=False)
    values = {record.metric: record for record in results.records}
    assert values["fvu"].status == "ok"
    assert (values["psnr"].status == "ok") == (kind in ("folder", "data set", "pair"))
