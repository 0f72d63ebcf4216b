"""The script of a GPU machine, as far as it can be tried without one: exact on a virtual device, whole on a CPU."""

import json

import pytest
import torch

from aeeval.datasets.make import make_dataset
from aeeval.suite import load_suite
from benchmarks import gpu, gpu_checks
from benchmarks.gpu_checks import Bed
from tests.throughput.asynchronous import Asynchronous
from tests.throughput.virtual import TICK, Virtual

ANSWERED = {  # on a device that only has a queue
    "sleep_is_linear",
    "an_unsynchronised_clock_is_wrong",
    "a_model_is_as_fast_as_itself",
    "a_fifth_more_work_is_slower",
}


def virtual_bed():
    device = Virtual(launch=40, kernel=1)
    return Bed(device, "virtual", lambda units: device.run(kernel=1000 * units), min_time_s=0.005)


def test_on_a_virtual_device_everything_it_can_answer_passes_exactly():
    records = [gpu.run_check(check, virtual_bed()) for check in (*gpu_checks.CHECKS, *gpu_checks.AFTER_THE_TABLE)]
    assert {one["check"] for one in records if one["status"] == "pass"} == ANSWERED
    assert {one["status"] for one in records if one["check"] not in ANSWERED} == {"not measured"}
    seen = {one["check"]: one.get("seen") for one in records}
    assert seen["sleep_is_linear"]["ratio"] == 2
    assert seen["an_unsynchronised_clock_is_wrong"]["naive_s"] == 40 * TICK
    assert seen["a_model_is_as_fast_as_itself"]["device"]["null"] == 0
    assert seen["a_fifth_more_work_is_slower"]["ratio"] == 1.2


def test_a_device_that_lies_fails():
    """A queue that is never waited for: its times are those of the launch, whatever the work."""

    class Hasty(Virtual):
        def synchronize(self):
            self._host += self.sync
            self._queue = self._host

        def elapsed(self, a, b):
            return self.launch * TICK

    device = Hasty(launch=40, kernel=1)
    bed = Bed(device, "virtual", lambda units: device.run(kernel=1000 * units), min_time_s=0.005)
    assert gpu.run_check(gpu_checks.sleep_is_linear, bed)["status"] == "fail"
    assert gpu.run_check(gpu_checks.an_unsynchronised_clock_is_wrong, bed)["status"] == "fail"
    assert gpu.run_check(gpu_checks.a_fifth_more_work_is_slower, bed)["status"] == "fail"


def test_on_a_real_clock_the_control_fails_to_see_the_work():
    device = Asynchronous()
    bed = Bed(device, "fake", lambda units: device.run(0.001 * units), min_time_s=0.01)
    record = gpu.run_check(gpu_checks.an_unsynchronised_clock_is_wrong, bed)
    assert record["status"] == "pass"
    assert record["seen"]["true_s"] >= 0.02


def test_a_check_that_breaks_is_a_record_and_so_is_one_without_time():
    def breaks(bed):
        """Breaks."""
        raise ValueError("oh")

    record = gpu.run_check(breaks, virtual_bed())
    assert (record["status"], record["reason"], record["asks"]) == ("fail", "ValueError: oh", "Breaks.")
    late = virtual_bed()
    late.limit_s = 0.0
    assert gpu.run_check(breaks, late)["reason"] == "not measured: out of time"


def test_the_whole_script_on_a_cpu_writes_records_and_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu, "OVER", 1e9)  # roofs of half a millisecond are none
    monkeypatch.setattr(gpu, "TABLE", {"digits": ("mean", "pca")})
    monkeypatch.setattr(gpu, "CHECKS", (gpu_checks.counted_work_is_known_work, gpu_checks.fp32_is_not_tf32))
    arguments = ["--device", "cpu", "--out", str(tmp_path / "o"), "--min-time", "0.0005", "--batch", "1", "16"]
    assert gpu.main(arguments) == 0
    said = json.loads((tmp_path / "o" / "checks.json").read_text())
    by_name = {one["check"]: one for one in said["checks"]}
    assert by_name["counted_work_is_known_work"]["status"] == "pass"
    assert by_name["fp32_is_not_tf32"]["reason"] == "not measured: needs a CUDA device, not cpu"
    assert said["made_by"]["versions"]["torch"] == torch.__version__
    made = json.loads((tmp_path / "o" / "bench.json").read_text())
    assert {row["dtype"] for row in made["rows"] if row["status"] == "ok"} == {"fp32", "bf16"}
    assert all("tf32 is a mode" in row["reason"] for row in made["rows"] if row["dtype"] == "tf32")
    assert "| counted work is known work | pass |" in (tmp_path / "o" / "checks.md").read_text()
    assert "pass" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_every_record_says_not_measured(tmp_path):
    assert gpu.main(["--out", str(tmp_path)]) == 0
    said = json.loads((tmp_path / "checks.json").read_text())
    assert len(said["checks"]) == len(gpu_checks.CHECKS) + len(gpu_checks.AFTER_THE_TABLE)
    assert {one["status"] for one in said["checks"]} == {"not measured"}
    assert not (tmp_path / "bench.json").exists()


def test_a_table_without_time_left_says_so_in_every_row(monkeypatch):
    bed = Bed(Virtual(1, 1), "cpu", gpu_checks.spin, limit_s=1.0)
    bench = gpu.table_of_baselines(bed, {"digits": ("mean",)}, 0.0005)
    assert {row.reason.partition(":")[0] for row in bench.rows} == {"not measured"}
    assert "not measured: out of time" in {row.reason for row in bench.rows}


def test_the_largest_share_of_a_roof_is_a_record(monkeypatch):
    assert gpu.nothing_is_above_a_ceiling(gpu.Bench())["status"] == "not measured"


def test_every_check_says_what_it_asks():
    for check in (*gpu_checks.CHECKS, *gpu_checks.AFTER_THE_TABLE):
        assert check.__doc__


def test_every_task_of_the_table_has_data():
    """A task whose noise or shape does not exist would fail every row of it, on the one day with a GPU."""
    suite = load_suite(str(gpu.SUITE))
    assert set(gpu.TABLE) <= {task.id for task in suite.tasks}
    for task in suite.tasks:
        assert make_dataset(task.data, task.id, 0).test.clean.shape[0] > 500
