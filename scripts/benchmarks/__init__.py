"""How long ``framehaul run`` takes and how much memory it needs, beside three other ways to the same records.

Decisions, November 2026:

* Everybody does the same job: every task of every stage, joined with its stage history, as the record
  of generation v3, uncompressed. Before anything is timed, each contestant's records are compared with
  Framehaul's (``same_records``); one that differs is refused.
* What only Framehaul does is left in its time: it checks every record (UTF-8, JSON, types, times), finds
  duplicates, accounts for every record, computes checksums, writes a manifest and dataset cards.
* Each contestant is written as somebody who wants it to be fast would write it; what was tried and lost
  stands in its module.
* A run is a fresh process, interpreter start included. Memory is sampled in a run of its own, which also
  warms the caches; while time is measured nothing else runs. Sampling costs time in proportion to the
  memory found, so doing both at once would have slowed down whoever needs most of it.
* Videos (``benchmark video``) are a subject of their own: one task, its rows expanded, without stage
  history. Memory is that of the largest process, which the kernel tells without samples, so the same runs
  give time and memory. The plain loop's rows are compared with Framehaul's before anything is timed; Label
  Studio's are boxes by its own rules and are only counted.
"""
