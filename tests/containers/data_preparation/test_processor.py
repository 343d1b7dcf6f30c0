"""Which vector instructions numpy may sort with is decided by the processor, before numpy is imported."""

from __future__ import annotations

import pytest

FLAGS = "flags\t\t: fpu avx2 {}\n"


@pytest.mark.parametrize(
    ("cpu", "is_spared"),
    [
        ("vendor_id\t: AuthenticAMD\n" + FLAGS.format("avx512f"), True),
        ("vendor_id\t: AuthenticAMD\n" + FLAGS.format(""), False),
        ("vendor_id\t: GenuineIntel\n" + FLAGS.format("avx512f"), False),
        ("processor\t: 0\nCPU implementer\t: 0x41\n", False),
    ],
)
def test_only_amds_processors_with_avx512_are_spared_it(tmp_path, cpu, is_spared):
    from features.processor import AVX_512, spare_slow_instructions

    (tmp_path / "cpuinfo").write_text(cpu)
    environment: dict[str, str] = {}
    spare_slow_instructions(tmp_path / "cpuinfo", environment)
    assert environment == ({"NPY_DISABLE_CPU_FEATURES": AVX_512} if is_spared else {})


def test_what_is_set_already_stays_and_a_system_without_the_file_is_left_alone(tmp_path):
    from features.processor import spare_slow_instructions

    (tmp_path / "cpuinfo").write_text("vendor_id\t: AuthenticAMD\n" + FLAGS.format("avx512f"))
    chosen, untouched = {"NPY_DISABLE_CPU_FEATURES": ""}, dict[str, str]()
    spare_slow_instructions(tmp_path / "cpuinfo", chosen)
    spare_slow_instructions(tmp_path / "nothing", untouched)
    assert chosen == {"NPY_DISABLE_CPU_FEATURES": ""} and untouched == {}
