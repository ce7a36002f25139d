"""The German word for each published event, as agents read it. The glossary holds the same words."""

from __future__ import annotations

EVENT_LABELS: dict[str, str] = {
    f"casebackbone.inquiry.{name}.v1": label
    for name, label in {
        "received": "eingegangen",
        "classified": "Leistung zugeordnet",
        "claimed": "übernommen",
        "released": "zurückgelegt",
        "answered": "beantwortet",
        "forwarded": "weitergeleitet (angeboten)",
        "forward_accepted": "Weiterleitung angenommen",
        "forward_rejected": "Weiterleitung abgelehnt",
        "forward_expired": "Weiterleitung verfallen",
        "forward_recalled": "Weiterleitung zurückgezogen",
        "callback_promised": "Rückruf zugesagt",
        "citizen_contacted": "Bürgerin oder Bürger kontaktiert",
        "paused": "wartet",
        "resumed": "fortgesetzt",
        "note_added": "Notiz hinzugefügt",
        "due_changed": "Frist geändert",
        "escalated": "eskaliert",
        "escalation_acknowledged": "Eskalation zur Kenntnis genommen",
        "resolved": "erledigt",
        "reopened": "wieder aufgenommen",
        "merged": "zusammengeführt",
        "unmerged": "wieder getrennt",
        "content_erased": "Inhalte gelöscht",
    }.items()
}


def event_label(event_type: str) -> str:
    """The German word for an event type. Raises KeyError for an unknown one."""
    return EVENT_LABELS[event_type]
