"""The data preparation container: landed files in, a sealed training set and its statistics out."""
