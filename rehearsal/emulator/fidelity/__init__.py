"""Corrections of ministack where AWS behaves otherwise and the pipeline would notice; one idea per module."""
