"""Realistic input tables, made from a seed: for demos, tests and benchmarks. Never imports Beam."""
