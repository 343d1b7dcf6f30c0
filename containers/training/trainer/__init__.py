"""The training container: gradient-boosted trees that survive being killed at any moment."""
