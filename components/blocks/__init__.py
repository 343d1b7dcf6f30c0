"""Small parts that several components use: a role, a function, a state machine, a bucket, an image."""
