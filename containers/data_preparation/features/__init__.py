"""The data preparation container: landed files in, a sealed training set and its statistics out."""

import sys

from features.allocator import spare_memory
from features.processor import spare_slow_instructions

if "numpy" not in sys.modules:  # of one mind with the processes it starts
    spare_slow_instructions()
    spare_memory()
