"""The Lambda platform the archives and layers are built for; the program declares the same one."""

LAMBDA_PYTHON = "3.14"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
