"""Benchmarks: each compares BBVA with the plain way to do the same, in one run on one machine."""

from bbva_core.bench.pipeline import bench_pipeline

__all__ = ["bench_pipeline"]
