"""Gradient-boosted trees by xgboost: the algorithm `xgboost`."""
