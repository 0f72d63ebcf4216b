"""Sets of the Hugging Face hub, found by huggingface_hub itself in a cache in its own layout. Nothing is downloaded."""

import io
import json
import warnings

import numpy as np
import pytest

import aeeval
from aeeval.datasets.hubs import source_of
from aeeval.errors import DataError
from aeeval.executors.pool import close_pool
from tests.extras import extra

constants = extra("huggingface_hub.constants", "huggingface_hub")
pa = extra("pyarrow")
parquet = extra("pyarrow.parquet", "pyarrow")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
README = "---\npretty_name: Toys\nlicense: cc-by-4.0\n---\n# Toys\nlicense: another word\n"
ROWS = np.random.default_rng(0).normal(size=(40, 3)).round(6)


class Cache:
    """The folder of huggingface_hub: refs name a commit, snapshots hold its files."""

    def __init__(self, root):
        self.repo = root / "datasets--me--toys"
        self.snapshot = self.repo / "snapshots" / COMMIT
        self.put("README.md", README.encode())
        (self.repo / "refs").mkdir()
        (self.repo / "refs" / "main").write_text(COMMIT)

    def put(self, name, content):
        """Parquet of a table, or bytes."""
        file = self.snapshot / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            parquet.write_table(content, file)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))  # for workers, which read it when they first need it
    close_pool()
    monkeypatch.delenv("AEEVAL_DOWNLOAD", raising=False)
    return Cache(tmp_path)


def columns(rows, **more):
    return pa.table({**{name: rows[:, index] for index, name in enumerate("abc")}, **more})


def test_columns_of_numbers_in_the_splits_that_file_names_say(cache):
    cache.put("data/train-00000-of-00002.parquet", columns(ROWS[:10], label=["cat", "dog"] * 5))
    cache.put("data/train-00001-of-00002.parquet", columns(ROWS[10:30], label=["dog"] * 20))
    cache.put("data/validation-00000-of-00001.parquet", columns(0 * ROWS[:4], label=["cat"] * 4))
    cache.put("data/test-00000-of-00001.parquet", columns(ROWS[30:], label=["dog"] * 10))
    source = source_of("hf:me/toys")
    np.testing.assert_array_equal(source.rows, ROWS[:30])
    np.testing.assert_array_equal(source.test, ROWS[30:])
    assert source.labels.tolist() == [0, 1] * 5 + [1] * 20
    assert source.test_labels.tolist() == [1] * 10, "a dog is a dog where there is no cat"
    assert source.label == "label: 0 cat, 1 dog"
    assert (source.licence, source.origin) == ("cc-by-4.0", f"Hugging Face me/toys at {COMMIT}")
    assert source.standardise
    before = source.sha256
    cache.put("data/test-00000-of-00001.parquet", columns(ROWS[29:], label=["dog"] * 11))
    assert source_of("hf:me/toys").sha256 != before


def picture(pixels):
    image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    image.fromarray(pixels).save(stream, "PNG")
    return {"bytes": stream.getvalue(), "path": None}


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3)])
def test_pictures_with_classes_that_the_schema_names(cache, shape):
    pixels = np.random.default_rng(1).integers(0, 256, (30, *shape), dtype=np.uint8)
    table = pa.table({"image": [picture(one) for one in pixels], "label": [0, 1] * 15})
    told = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
    cache.put("data/train-00000-of-00001.parquet", table)
    data = aeeval.dataset("hf:me/toys", held_out=[1])
    grey = len(shape) == 2
    assert data.shape == ((1, 5, 4) if grey else (3, 5, 4))
    assert data.card["split"].endswith("held out: 1 (label: 0 cat, 1 dog)")
    expected = (pixels[:, None] if grey else pixels.transpose(0, 3, 1, 2))[1::2].reshape(15, -1) / 255
    assert sorted(map(tuple, data.held_out.tolist())) == sorted(map(tuple, expected.tolist()))


def test_a_column_of_lists_is_rows(cache):
    cache.put("rows.parquet", pa.table({"id": range(40), "embedding": ROWS.tolist()}))
    np.testing.assert_array_equal(source_of("hf:me/toys").rows, ROWS)
    assert source_of("hf:me/toys", {"column": "id"}).rows.shape == (40, 1)
    results = aeeval.evaluate(
        "pca", data="hf:me/toys", latent_dim=2, seeds=1, capabilities=["reconstruction"], reference=False
    )
    assert {r.metric: r.status for r in results.records}["fvu"] == "ok"


def test_the_library_datasets_reads_the_same_rows(cache):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of while it is imported is its own
        datasets = pytest.importorskip("datasets")
    cache.put("data/train-00000-of-00001.parquet", columns(ROWS))
    theirs = datasets.Dataset.from_parquet(
        str(cache.snapshot / "data/train-00000-of-00001.parquet"), cache_dir=str(cache.repo / "arrow")
    )
    np.testing.assert_array_equal(source_of("hf:me/toys").rows, theirs.to_pandas().to_numpy())


def test_one_of_several_tables_is_named(cache):
    for name, rows in (("big", ROWS), ("small", ROWS[:12])):
        cache.put(f"{name}/train-00000-of-00001.parquet", columns(rows))
    way_out = r'write params = \{ config = "big" \}'
    with pytest.raises(DataError, match=rf"one of big, small as config of hf:me/toys; got ''; {way_out}"):
        source_of("hf:me/toys")
    assert len(source_of("hf:me/toys", {"config": "small"}).rows) == 12


@pytest.mark.parametrize(
    ("content", "params", "reason"),
    [
        (None, {}, "Parquet files in hf:me/toys; got none"),
        (b"PAR1", {}, "readable Parquet files"),
        (pa.table({"a": ["x", "y"]}), {}, "pictures, lists or columns of numbers"),
        (pa.table({"a": [1.0, None]}), {}, "gaps in 1 rows"),
        (pa.table({"a": [[1.0], [1.0, 2.0]]}), {}, "rows of one shape"),
        (pa.table({"a": [1.0, 2.0]}), {"column": "b"}, "a column b"),
        (pa.table({"a": [1.0, 2.0]}), {"colum": "a"}, "parameters that hf:me/toys has"),
    ],
)
def test_what_cannot_be_rows_is_named(cache, content, params, reason):
    if content is not None:
        cache.put("data/train.parquet", content)
    with pytest.raises(DataError, match=reason):
        source_of("hf:me/toys", params)


def test_what_is_not_in_the_cache_is_not_asked_for(cache):
    with pytest.raises(DataError, match=r"hf:me/others in the cache .* nothing there; run: aeeval fetch hf:me/others"):
        source_of("hf:me/others")
    with pytest.raises(DataError, match="hf:owner/name; got hf:toys"):
        source_of("hf:toys")
