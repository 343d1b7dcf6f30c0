"""Shapes that cross a boundary; standard library only, shipped in every archive and image."""
