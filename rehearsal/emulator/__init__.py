"""The embedded AWS: ministack in a process of its own, with our services, sessions and corrections in it."""
