"""What turns the tree into things AWS takes: environment, Lambda archives and layers, images, drawings."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
