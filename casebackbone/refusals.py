"""Why the domain says no. A refusal means that nothing happened.

``code`` is for programs (English), ``detail`` for the agent who reads it (German).
"""

from __future__ import annotations

from uuid import UUID


class Refused(Exception):
    """The command is not possible; nothing was stored."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Conflict(Refused):
    """The inquiry's state does not allow it (any more)."""


class Invalid(Refused):
    """What was asked for is not a possible value; ``pointer`` says where (JSON pointer)."""

    def __init__(self, code: str, detail: str, pointer: str) -> None:
        super().__init__(code, detail)
        self.pointer = pointer


class Forbidden(Refused):
    """The role does not allow it."""


class InquiryNotFound(Refused):
    """There is none, or none that this person may know of: both look alike."""

    def __init__(self, inquiry_id: UUID | str) -> None:
        super().__init__("inquiry_not_found", f"Kein Anliegen mit der Kennung {inquiry_id}.")


class ArticleNotFound(Refused):
    """There is none."""

    def __init__(self, article_id: UUID | str) -> None:
        super().__init__("article_not_found", f"Kein Artikel mit der Kennung {article_id}.")


class TaskNotFound(Refused):
    """There is none, or none that this person may know of."""

    def __init__(self, task_id: UUID | str) -> None:
        super().__init__("task_not_found", f"Keine Aufgabe mit der Kennung {task_id}.")


class Stale(Refused):
    """The inquiry (or other subject) has gone on since the version that the command was based on."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            "stale_version",
            f"Der Stand ist inzwischen Version {actual}, die Änderung ging von Version {expected} aus. "
            "Bitte neu laden und prüfen, was inzwischen geschehen ist.",
        )
        self.expected = expected
        self.actual = actual


class KeyReused(Refused):
    """The idempotency key was used before, for something else."""

    def __init__(self) -> None:
        super().__init__(
            "idempotency_key_reused",
            "Dieser Idempotency-Key wurde schon für eine andere Anfrage benutzt. Bitte einen neuen Schlüssel wählen.",
        )


class StillRunning(Refused):
    """The same key is being worked on at this moment."""

    def __init__(self) -> None:
        super().__init__("still_running", "Dieselbe Anfrage wird gerade bearbeitet. Bitte gleich noch einmal senden.")
