"""The training container: two algorithms behind one contract, which survive being killed at any moment."""
