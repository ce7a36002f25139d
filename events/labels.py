"""The German word for each published event, as agents read it. The glossary holds the same words."""

from __future__ import annotations

_LABELS: dict[str, dict[str, str]] = {
    "inquiry": {
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
        "duplicate_added": "Doppel hinzugefügt",
        "duplicate_removed": "Doppel wieder getrennt",
        "contradicted": "Widerspruch der Bürgerin oder des Bürgers",
        "rerouted": "umgeleitet",
        "feedback_given": "Rückmeldung der Bürgerin oder des Bürgers",
        "article_consulted": "Artikel nachgeschlagen",
        "answer_recalled": "falsche Auskunft wird berichtigt",
    },
    "directory": {
        "opened": "Verzeichnis angelegt",
        "department_described": "Stelle beschrieben",
        "department_closed": "Stelle geschlossen",
        "department_reopened": "Stelle wieder geöffnet",
        "service_described": "Leistung beschrieben",
        "service_withdrawn": "Leistung zurückgezogen",
        "service_reinstated": "Leistung wieder angeboten",
        "responsibility_assigned": "Zuständigkeit zugewiesen",
        "responsibility_ended": "Zuständigkeit beendet",
        "member_added": "Person zugeordnet",
        "member_removed": "Zuordnung einer Person beendet",
        "person_deactivated": "Person nicht im Dienst",
        "person_reactivated": "Person wieder im Dienst",
    },
    "desk": {
        "opened": "Tag begonnen",
        "agent_signed_on": "angemeldet",
        "agent_signed_off": "abgemeldet",
        "call_offered": "Anruf wartet",
        "call_answered": "Anruf angenommen",
        "call_abandoned": "Anruf aufgegeben",
        "call_ended": "Anruf beendet",
        "peak_opened": "Andrang begonnen",
        "peak_closed": "Andrang vorbei",
        "closed": "Tag beendet",
    },
    "article": {
        "drafted": "entworfen",
        "revised": "überarbeitet",
        "reviewed": "geprüft",
        "published": "veröffentlicht",
        "proved_wrong": "als falsch erkannt",
        "retired": "zurückgezogen",
        "rated": "bewertet",
    },
    "task": {
        "opened": "Aufgabe gestellt",
        "assigned": "Aufgabe übergeben",
        "deferred": "Aufgabe verschoben",
        "done": "Aufgabe erledigt",
        "reopened": "Aufgabe wieder aufgenommen",
    },
}
EVENT_LABELS: dict[str, str] = {
    f"casebackbone.{family}.{name}.v1": label for family, labels in _LABELS.items() for name, label in labels.items()
}


def event_label(event_type: str) -> str:
    """The German word for an event type. Raises KeyError for an unknown one."""
    return EVENT_LABELS[event_type]
