"""Dataset contracts: hold files against one, propose one from a file, print its schema."""
