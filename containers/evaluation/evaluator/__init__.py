"""The evaluation container: scores of candidate, baseline and a one-feature rule in, one report out."""
