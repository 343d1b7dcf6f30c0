"""Which vector instructions numpy may sort with, which is most of what the statistical gate does."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
AVX_512 = "X86_V4 AVX512_ICL AVX512_SPR"  # numpy 2.4's names for what it dispatches beyond AVX2
ONE_CORE_BYTES = 8192


def spare_slow_instructions(
    cpu_info: Path = CPU_INFO, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Keeps numpy from AVX-512 on AMD's processors, unless NPY_DISABLE_CPU_FEATURES is set already.

    numpy's AVX-512 sort stores with VPCOMPRESSQ, which Zen 4 carries out in microcode: 35 ns a value where
    the AVX2 sort takes 6. The order is the same. numpy looks at it once, when it is imported.
    """
    if not cpu_info.exists():
        return
    with cpu_info.open(encoding="utf-8", errors="replace") as file:
        first_core = file.read(ONE_CORE_BYTES)
    if "AuthenticAMD" in first_core and "avx512f" in first_core:
        environment.setdefault("NPY_DISABLE_CPU_FEATURES", AVX_512)
