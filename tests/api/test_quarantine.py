"""What could not be processed is told of with what it is: to whoever looks after inquiries, and to operators."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from api import cli_project
from events.channel import Delivery
from events.cloudevents import raw_text, to_message
from projections.projector import Projector
from tests.api.desk import Desk
from tests.casebackbone.editor import Editor
from tests.casebackbone.editor import told as told_articles
from tests.casebackbone.todo import Todo
from tests.casebackbone.todo import told as told_tasks


def test_an_article_in_quarantine_is_not_taken_for_an_inquiry(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    article, task = told_articles(Editor().published()), told_tasks(Todo("one"))
    message = to_message(task[0])
    unreadable = raw_text(message.key, message.headers, b"\xff")
    projector = Projector(desk.system.views, desk.system.views.live())
    gap = Delivery(0, 1, article[1])
    projector.apply([gap, Delivery(0, 2, None, task[0].subject, 1, "no JSON", unreadable)], desk.system.store_source)

    answer: Any = desk.get("audrey", "/nobody-lost").json
    shown = {item["id"]: (item["family"], item["problem"]) for item in answer["items"]}
    assert shown == {
        str(article[1].subject): ("article", "gap"),
        str(task[0].subject): ("task", "unreadable"),
    }

    monkeypatch.setattr(cli_project, "open_system", lambda: desk.system)
    told = CliRunner().invoke(cli_project.status)
    assert told.exit_code == 3
    assert f"quarantined: article {article[1].subject} (gap)" in told.output
    assert f"quarantined: task {task[0].subject} (unreadable)" in told.output
