"""What is left of an export that is killed again and again, on a store that fails, and resumed until it is done.

Decisions, November 2026:

* An export's *life* is a run and as many ``--resume`` as it takes. Each of its runs gets SIGKILL at a random
  moment, to the launching process alone, to one of its workers, or to all at once, as memory running out, an
  operator and a machine do it; or it ends before that moment.
* Half of the lives go through a proxy before the store that answers a part of the requests badly
  (``storage.random_faults``). A disk has no such proxy.
* Nothing is believed that the program says of itself. A client of the store's own lists and reads what is there;
  records and bytes are compared with those of an undisturbed run on a local disk.
* After every kill a reader must find a whole export or none; after the last resume the same bytes; after
  ``framehaul clean`` nothing else: no temporary object, no upload under way, no spill folder, no process.
* Everything random follows from one seed, which is printed. (What a kill meets still depends on the machine.)
* Some lives have shards that go up in several parts, so that kills meet those too; ``reduced_parts`` makes
  the parts small.
"""
