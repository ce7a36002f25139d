"""All views there are, in the order in which they are filled."""

from __future__ import annotations

from projections.article_rows import INFODATENBANK
from projections.article_told import ARTICLE_TOLD
from projections.audit_trail import AUDIT_TRAIL
from projections.chain import CHAIN
from projections.custody_rows import CUSTODY
from projections.desk_rows import DESK
from projections.directory_rows import DIRECTORY
from projections.figures_rows import FIGURES
from projections.lessons_rows import LESSONS
from projections.marathon import MARATHON
from projections.nobody_lost_rows import NOBODY_LOST
from projections.status import STATUS
from projections.view import View
from projections.worklist_rows import WORKLIST

VIEWS: tuple[View, ...] = (
    WORKLIST,
    NOBODY_LOST,
    CUSTODY,
    AUDIT_TRAIL,
    CHAIN,
    STATUS,
    MARATHON,
    DESK,
    FIGURES,
    DIRECTORY,
    INFODATENBANK,
    ARTICLE_TOLD,
    LESSONS,
)
