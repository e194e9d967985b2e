"""Stores: the only code that talks to them.

**The commit protocol**, by which no reader ever sees half an export:

1. One run at a time holds the folder of an export, by a protocol that needs no
   condition on writing (``framehaul.transforms.runs.claims``). It looks whether it still does
   before each shard and around 5.
2. Every object but the manifest is written whole: a reader sees the old object or
   the new one, never a part. One request, or an upload in parts that becomes an
   object in one moment and is aborted on failure; on a disk another name, a flush
   and a rename. The same task writes the same bytes under the same name, so what is
   tried again overwrites itself. Every request carries a checksum that the store
   verifies, and is tried again while its failure may pass.
3. A shard that is stored is remembered (``framehaul.transforms.runs.shard_records``), so that a
   run which goes on with the export need not write it again.
4. The store is asked what it has: the size of every object, and its MD5 where the
   store knows it, must be what was written (``confirm_stored``).
5. Only then, and only if there is none yet, the manifest is written, its checksum
   (``manifest.json.sha256``) right before it: an export without a manifest does not
   exist. ``write_new`` asks the store to refuse a second
   one, reads the manifest back, and says so if it is not this run's. (Some stores
   accept that request and overwrite all the same; hence 1.)
6. ``latest.json``, or the pointer of a project, is replaced if the export counts as good
   (``framehaul.transforms.exports.latest``), so it never names what is not there.
7. What the run kept for itself, in ``.framehaul/``, is deleted.

A run that dies leaves its unfinished export to ``--resume``, and what it has left
undone of 6 and 7 to that, or to ``framehaul clean``.
"""
