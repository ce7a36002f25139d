"""Reasons are codes: no event says why in free text. The German label is what agents read."""

from __future__ import annotations

FORWARD = {
    "responsible": "zuständig",
    "needs_expertise": "Fachwissen nötig",
    "unspecified": "ohne Angabe",
}
REJECT = {
    "not_responsible": "nicht zuständig",
    "incomplete": "Angaben fehlen",
    "duplicate": "schon bekannt",
    "unspecified": "ohne Angabe",
}
RELEASE = {
    "end_of_shift": "Dienstende",
    "needs_colleague": "andere Person besser geeignet",
    "peak": "Andrang",
    "unspecified": "ohne Angabe",
}
PAUSE = {
    "waiting_for_citizen": "wartet auf Angaben der Bürgerin oder des Bürgers",
    "waiting_for_appointment": "wartet auf einen Termin",
}
DUE = {
    "agreed_with_citizen": "mit der Bürgerin oder dem Bürger vereinbart",
    "law": "gesetzliche Frist",
    "supervisor": "Anordnung der Aufsicht",
}
ESCALATE = {
    "overdue": "Frist überschritten",
    "callback_missed": "zugesagter Rückruf nicht erfolgt",
    "waiting_over": "Wartezeit auf die Bürgerin oder den Bürger abgelaufen",
    "silent": "lange kein Schritt",
    "complaint": "Beschwerde",
    "unspecified": "ohne Angabe",
}
OUTCOME = {
    "answered": "beantwortet",
    "referred": "an andere Stelle verwiesen",
    "withdrawn": "zurückgezogen",
    "unreachable": "nicht erreichbar",
    "no_action": "nichts zu tun",
}
REOPEN = {
    "contradicted": "Bürgerin oder Bürger widerspricht",
    "wrong_answer": "Antwort war falsch",
    "new_facts": "neue Tatsachen",
    "unspecified": "ohne Angabe",
}
ERASE = {
    "request": "Verlangen der betroffenen Person (Art. 17 DSGVO)",
    "retention": "Aufbewahrungsfrist abgelaufen",
    "error": "irrtümlich gespeichert",
}
SIGN_OFF = {
    "end_of_shift": "Dienstende",
    "break": "Pause",
}
FEEDBACK = {
    "helped": "hat geholfen",
    "did_not_help": "hat nicht geholfen",
}
TASK_OUTCOME = {
    "article_written": "Artikel geschrieben",
    "article_revised": "Artikel überarbeitet",
    "article_retired": "Artikel zurückgezogen",
    "rerouted": "Zuständigkeit im Verzeichnis geändert",
    "not_needed": "nicht nötig",
    "not_possible": "nicht möglich",
}
TASK_DEFER = {
    "waiting_for_department": "wartet auf die Fachstelle",
    "more_work": "mehr Arbeit als gedacht",
    "supervisor": "Anordnung der Aufsicht",
}
TASK_REOPEN = {
    "did_not_help": "hat nicht geholfen",
    "not_done": "war nicht erledigt",
}
ARTICLE_RETIRE = {
    "service_ended": "Leistung gibt es nicht mehr",
    "replaced": "durch einen anderen Artikel ersetzt",
    "never_asked": "wird nicht gefragt",
    "unspecified": "ohne Angabe",
}
ARTICLE_WRONG = {
    "mistake": "war von Anfang an falsch",
    "law_changed": "Rechtslage hat sich geändert",
    "out_of_date": "nicht mehr aktuell",
    "misleading": "wird falsch verstanden",
    "unspecified": "ohne Angabe",
}
ARTICLE_RATING = {
    "helped": "hat geholfen",
    "did_not_help": "hat nicht geholfen",
    "out_of_date": "nicht mehr aktuell",
}
