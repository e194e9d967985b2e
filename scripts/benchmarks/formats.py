"""The forms of one export: shards, one object, the zip."""

from benchmarks.variants import Variant

FORMS = (
    Variant("ndjson-split"),
    Variant("json", {"format": "json"}),
    Variant("ndjson-split and zip", {"zip": True}),
    Variant("json and zip", {"format": "json", "zip": True}),
    Variant("ndjson, gzip", {"format": "ndjson", "compression": "gzip"}),
)
"""The others are compared with the first."""
