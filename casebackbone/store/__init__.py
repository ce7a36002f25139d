"""The store: recorders of the library with our promises, and the tables beside them.

``upgrade_store(url)`` makes the tables, ``open_store(url)`` opens them. A save is one transaction: events, texts and
the command's record (``store.event_store.put(events, contents=…, command=…, erase=…)``).
"""

from casebackbone.store.migration import upgrade_store
from casebackbone.store.opening import LogEntry, Store, open_store

__all__ = ["LogEntry", "Store", "open_store", "upgrade_store"]
