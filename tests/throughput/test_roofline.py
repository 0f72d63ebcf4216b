"""Roofs and the places below them, by hand; tables that refuse to mix; a driver that is made up."""

import ctypes

import pytest
import torch

from aeeval.errors import NotComparable, SubmissionError
from aeeval.throughput import nvml
from aeeval.throughput.ceilings import Ceilings, measure_ceilings
from aeeval.throughput.cpu import Cpu
from aeeval.throughput.roofline import launch_bound, place
from aeeval.throughput.setting import DTYPES, Setting, computing, one_setting
from aeeval.throughput.subject import Work

ROOFS = Ceilings(gemm=1e9, copies=((1e3, 5e8), (1e5, 8e8), (1e7, 1e8)))
WORK = Work(flops=2e4, coverage=1.0, uncounted=(), weight_bytes=1000, row_bytes=90.0)


def test_shares_are_the_work_over_what_the_roof_allows():
    """10 rows: 2e5 FLOPs and 1,900 bytes in 1 ms, under 1e9 FLOP/s and 8e8 byte/s, as copies from 1,900 on reach."""
    at = place(WORK, 10, 1e-3, ROOFS)
    assert at.gemm_share == pytest.approx(0.2)
    assert at.copy_share == pytest.approx(1900 / (1e-3 * 8e8))
    assert (at.bound, at.share, at.impossible) == ("compute", at.gemm_share, False)
    cold = place(WORK, 1, 1e-3, ROOFS, cold=True)
    assert cold.copy_share == pytest.approx(1090 / (1e-3 * 1e8))


def test_few_products_a_byte_stand_under_the_roof_of_copies():
    light = Work(2.0, 1.0, (), 0, 4000.0)
    assert place(light, 10, 1e-3, ROOFS).bound == "memory"
    assert light.intensity(10) == 2 / 4000


def test_more_than_a_roof_allows_is_impossible():
    assert place(WORK, 10, 2e-4, ROOFS).share == pytest.approx(1.0)
    assert not place(WORK, 10, 2e-4, ROOFS).impossible
    assert place(WORK, 10, 1.9e-4, ROOFS).impossible


def test_without_a_count_there_is_no_bound():
    at = place(Work(None, None, (), 100, 10.0), 10, 1e-3, ROOFS)
    assert (at.gemm_share, at.bound) == (None, None)
    assert at.copy_share is not None


def test_a_constant_has_no_place():
    at = place(Work(0.0, 1.0, (), 0, 0.0), 10, 1e-3, ROOFS)
    assert (at.gemm_share, at.copy_share, at.bound, at.share) == (None, None, None, None)


def test_bandwidth_is_the_best_of_copies_that_touch_as_much():
    assert [ROOFS.bandwidth(size) for size in (10, 1e4, 1e6, 1e9)] == [8e8, 8e8, 1e8, 1e8]


@pytest.mark.parametrize(("period", "alone", "bound"), [(40, 4, True), (40, 40, False), (47, 40, False)])
def test_launch_bound_is_a_period_longer_than_the_device(period, alone, bound):
    assert launch_bound(period, alone) == bound


def test_ceilings_of_this_processor_are_measured():
    roofs = measure_ceilings(Cpu(), Setting("here", "cpu"), min_time_s=0.001)
    assert roofs.gemm > 1e8
    assert [size for size, _ in roofs.copies] == sorted(size for size, _ in roofs.copies)
    assert roofs.memory > 1e7


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"hardware": "there"}, "hardware here and there"),
        ({"dtype": "bf16"}, "dtype bf16 and fp32"),
        ({"backend": "compile"}, "backend compile and eager"),
        ({"layout": "channels_last"}, "layout channels_last and contiguous"),
        ({"transfer": "included"}, "transfer excluded and included"),
        ({"device": "cuda"}, "device cpu and cuda"),
    ],
)
def test_times_of_two_settings_share_no_table(other, word):
    first = {"hardware": "here", "device": "cpu"}
    with pytest.raises(NotComparable, match=word):
        one_setting([Setting(**first), Setting(**{**first, **other})])
    assert one_setting([Setting(**first)] * 2) == Setting(**first)


def test_precision_is_set_inside_and_as_before_outside():
    cuda = torch.backends.cuda.matmul
    before = cuda.fp32_precision
    with computing(DTYPES["tf32"]):
        assert cuda.fp32_precision == "tf32"
    assert cuda.fp32_precision == before
    with pytest.raises(SubmissionError, match=r"cuda\.matmul at tf32"), computing(DTYPES["fp32"]):
        cuda.fp32_precision = "tf32"
    assert cuda.fp32_precision == before


class Library:
    """An NVML that knows one GPU, at 3.5 kJ, 1,755 MHz and 350 of 700 W, slowed by its power cap and heat."""

    def __init__(self, lacks=()):
        self.lacks = lacks

    def __getattr__(self, name):
        if name in self.lacks:
            raise AttributeError(name)
        values = {
            "nvmlDeviceGetTotalEnergyConsumption": 3_500_000,
            "nvmlDeviceGetCurrentClocksThrottleReasons": 0x4 | 0x20 | 0x1,
            "nvmlDeviceGetClockInfo": 1755,
            "nvmlDeviceGetPowerUsage": 350_000,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetTemperature": 61,
        }

        def read(handle, *arguments):
            arguments[-1]._obj.value = values[name]
            return 0

        return read

    def nvmlInit_v2(self):  # noqa: N802
        return 0

    def nvmlDeviceGetHandleByUUID(self, name, handle):  # noqa: N802
        handle._obj.value = 7
        return 0 if name == b"GPU-1234" else 6


def test_a_driver_tells_energy_and_what_holds_the_clock_down():
    gpu = nvml.connect("1234", Library())
    assert gpu.joules() == 3500
    assert gpu.throttle() == "power cap, thermal, by software"
    assert gpu.facts() == {"sm_clock_mhz": 1755, "temperature_c": 61, "power_w": 350, "power_limit_w": 700}


def test_what_a_driver_does_not_know_is_none():
    assert nvml.connect("5678", Library()) is None
    gpu = nvml.connect("GPU-1234", Library(lacks=("nvmlDeviceGetTotalEnergyConsumption",)))
    assert gpu.joules() is None


def test_without_a_driver_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(nvml, "LIBRARY", "libnone.so.9")
    assert nvml.connect("1234") is None
    with pytest.raises(OSError, match="libnone"):
        ctypes.CDLL("libnone.so.9")
