"""The serving container: raw rows in, probabilities out, with the encoding the model was trained with."""
