"""This machine: what works on it, its threads, hashes of its files, and keeping libraries from reporting home."""
