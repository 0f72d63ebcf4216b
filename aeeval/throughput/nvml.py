"""Energy, clocks and limits of an NVIDIA GPU, from the library that every driver brings along.

Called by ctypes: a GPU machine without a network rarely has a Python binding of it, and it takes seven functions.
"""

import ctypes
from typing import Any

LIBRARY = "libnvidia-ml.so.1"
SM_CLOCK, GRAPHICS_TEMPERATURE = 1, 0
OK = 0

# What nvmlDeviceGetCurrentClocksThrottleReasons (clocks event reasons) sets while the clock is held down. An idle
# clock (1), one that an application set (2) and the sync boost (0x10) are no reasons to mistrust a time.
REASONS = {
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x20: "thermal, by software",
    0x40: "thermal, by hardware",
    0x80: "power brake",
}


class Nvml:
    """One GPU behind an open NVML library."""

    def __init__(self, library: Any, handle: ctypes.c_void_p):
        self._library, self._handle = library, handle

    def joules(self) -> float | None:
        """Energy since the driver was loaded; None where the GPU does not count it (before Volta)."""
        millijoules = self._read("nvmlDeviceGetTotalEnergyConsumption", ctypes.c_ulonglong())
        return None if millijoules is None else millijoules / 1e3

    def throttle(self) -> str | None:
        """The reasons why the clock is held down, in words."""
        bits = self._read("nvmlDeviceGetCurrentClocksThrottleReasons", ctypes.c_ulonglong()) or 0
        return ", ".join(word for bit, word in REASONS.items() if int(bits) & bit) or None

    def facts(self) -> dict[str, float | None]:
        """SM clock in MHz, temperature in °C, power and its limit in W, at this moment."""
        milliwatts = self._read("nvmlDeviceGetPowerUsage", ctypes.c_uint())
        limit = self._read("nvmlDeviceGetEnforcedPowerLimit", ctypes.c_uint())
        return {
            "sm_clock_mhz": self._read("nvmlDeviceGetClockInfo", ctypes.c_uint(), SM_CLOCK),
            "temperature_c": self._read("nvmlDeviceGetTemperature", ctypes.c_uint(), GRAPHICS_TEMPERATURE),
            "power_w": None if milliwatts is None else milliwatts / 1e3,
            "power_limit_w": None if limit is None else limit / 1e3,
        }

    def _read(self, function: str, into: Any, *arguments: int) -> float | None:
        call = getattr(self._library, function, None)
        if call is None or call(self._handle, *arguments, ctypes.byref(into)) != OK:
            return None
        return into.value


def connect(uuid: str, library: Any = None) -> Nvml | None:
    """The GPU of a UUID, as torch or nvidia-smi write it; None where there is no driver, or it does not know it."""
    try:
        library = library or ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    handle = ctypes.c_void_p()
    name = (uuid if uuid.startswith("GPU-") else f"GPU-{uuid}").encode()
    if library.nvmlInit_v2() != OK or library.nvmlDeviceGetHandleByUUID(name, ctypes.byref(handle)) != OK:
        return None
    return Nvml(library, handle)
