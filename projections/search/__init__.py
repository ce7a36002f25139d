"""Search by words in German: documents in a table, an inverted index of them in memory, one ranking on every database.

Read in this order: `documents` (the table, and what writes to it), `inverted` (terms → postings), `vocabulary` (words
that are alike), `question` (a question as groups of terms), `ranking` (groups → scores), `engine` (all of it together).
"""

from projections.search.collection import Collection, Document, Field, index, remove
from projections.search.engine import Hit, SearchEngine
from projections.search.evaluation import Evaluation, evaluate
from projections.search.question import Synonyms, read_groups, read_synonyms

__all__ = [
    "Collection",
    "Document",
    "Evaluation",
    "Field",
    "Hit",
    "SearchEngine",
    "Synonyms",
    "evaluate",
    "index",
    "read_groups",
    "read_synonyms",
    "remove",
]
