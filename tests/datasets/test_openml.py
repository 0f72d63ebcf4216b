"""Sets of OpenML, read by scikit-learn itself from a cache in its own layout. Nothing leaves this machine."""

import gzip
import hashlib
import json
import urllib.request

import numpy as np
import pytest

import aeeval
from aeeval.datasets.hubs import source_of
from aeeval.errors import DataError
from aeeval.suite import parse_suite

ROWS = np.random.default_rng(0).normal(size=(60, 4)).round(6)
KINDS = ("rose", "tulip")
ARFF = "data/v1/download/17/flowers.arff"


def put(home, path, content):
    file = home / "openml" / "openml.org" / f"{path}.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content.encode(), mtime=0))
    return file


def feature(index, name, kind, **more):
    told = {"index": str(index), "name": name, "data_type": kind, "number_of_missing_values": "0"}
    return {**told, "is_target": "false", "is_ignore": "false", "is_row_identifier": "false", **more}


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """Set 17, four columns of numbers, one of words, a class; the last row has a gap."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.delenv("AEEVAL_DOWNLOAD", raising=False)
    names = ["a", "b", "c", "d"]
    lines = ["@RELATION flowers", *(f"@ATTRIBUTE {name} REAL" for name in names)]
    lines += ["@ATTRIBUTE place {field,wood}", f"@ATTRIBUTE class {{{','.join(KINDS)}}}", "@DATA"]
    lines += [f"{','.join(map(str, row))},field,{KINDS[index % 2]}" for index, row in enumerate(ROWS)]
    lines += ["?,1,1,1,wood,rose"]
    features = [feature(index, name, "numeric") for index, name in enumerate(names)]
    features += [feature(4, "place", "nominal"), feature(5, "class", "nominal", is_target="true")]
    described = {"id": "17", "name": "flowers", "version": "2", "status": "active", "format": "ARFF", "licence": "CC0"}
    described |= {"description": "flowers", "file_id": "17", "url": f"https://www.openml.org/{ARFF}"}
    arff = "\n".join(lines) + "\n"
    described["md5_checksum"] = hashlib.md5(arff.encode()).hexdigest()
    api = "api/v1/json/data"
    listed = {"data": {"dataset": [{"did": 17, "name": "flowers", "version": 2, "status": "active"}]}}
    put(tmp_path, f"{api}/list/data_name/flowers/limit/2/status/active/", json.dumps(listed))
    put(tmp_path, f"{api}/list/data_name/flowers/limit/2/data_version/2", json.dumps(listed))
    put(tmp_path, f"{api}/17", json.dumps({"data_set_description": described}))
    put(tmp_path, f"{api}/features/17", json.dumps({"data_features": {"feature": features}}))
    qualities = [{"name": "NumberOfInstances", "value": "61.0"}]
    put(tmp_path, f"{api}/qualities/17", json.dumps({"data_qualities": {"quality": qualities}}))
    put(tmp_path, ARFF, arff)
    return tmp_path


@pytest.mark.parametrize("address", ["openml:flowers", "openml:Flowers@2", "openml:17"])
def test_its_numbers_classes_and_card(flowers, address):
    source = source_of(address)
    np.testing.assert_array_equal(source.rows, ROWS)
    assert source.labels.tolist() == [0, 1] * 30
    assert source.label == "class: 0 rose, 1 tulip"
    assert source.licence == "CC0"
    assert source.origin == "OpenML flowers version 2, https://www.openml.org/d/17"
    assert source.preprocessing == "the target left out; 1 columns of words left out; 1 rows with gaps left out"
    assert source.standardise
    assert len(bytes.fromhex(source.sha256)) == 32


def test_it_is_a_data_set_of_a_suite_and_of_one_line(flowers):
    task = {"id": "flowers", "dataset": "openml:flowers", "latent_dims": [2], "held_out": [1]}
    assert parse_suite({"name": "mine", "task": [task]}).tasks[0].data.dataset == "openml:flowers"
    data = aeeval.dataset("openml:flowers", held_out=[1])
    assert (len(data.held_out), data.card["licence"]) == (30, "CC0")
    results = aeeval.evaluate(
        "pca", data="openml:flowers", latent_dim=2, seeds=1, capabilities=["reconstruction"], reference=False
    )
    assert {r.metric: r.status for r in results.records}["fvu"] == "ok"


def test_columns_may_be_pictures(flowers):
    source = source_of("openml:flowers", {"shape": [1, 2, 2], "unit": 255})
    assert (tuple(source.rows.shape), source.unit, source.standardise) == ((60, 1, 2, 2), 255, False)
    with pytest.raises(DataError, match=r"as many numbers as there are columns; got .*openml:flowers has 4 columns"):
        source_of("openml:flowers", {"shape": [1, 3, 3]})
    with pytest.raises(DataError, match=r"parameters that openml:flowers has; got .*size"):
        source_of("openml:flowers", {"size": 3})


@pytest.mark.parametrize("address", ["openml:trees", "openml:flowers@3", "openml:18"])
def test_what_is_not_in_the_cache_is_not_asked_for(flowers, address):
    with pytest.raises(DataError, match=rf"{address} in .*openml; got it is not there.*run: aeeval fetch {address}"):
        source_of(address)


def test_a_download_that_is_allowed_is_tried(flowers, monkeypatch):
    """The network is one that answers nothing: what counts is that it was asked."""
    asked = []

    def refuse(self, request, *_, **__):
        asked.append(request.full_url)
        raise OSError("no route")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", refuse)
    with pytest.raises(DataError, match="no route; check the name and the connection"):
        source_of("openml:trees", download=True)
    assert asked[0].endswith("/data_name/trees/limit/2/status/active/")
    asked.clear()
    with pytest.raises(DataError, match="AEEVAL_DOWNLOAD=1 is not set"):
        source_of("openml:trees")
    assert asked == []
