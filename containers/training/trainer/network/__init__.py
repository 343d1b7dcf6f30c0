"""A tabular neural network by PyTorch, on one process or many: the algorithm `torch`."""
