"""Every problem that a client can be told: code, status, and what it means. Served at ``/problems/<code>``.

Titles are German, for the agent who reads them; codes are for programs. The domain's own refusals are here as well,
and a guard test says when one is missing.
"""

from __future__ import annotations

from typing import NamedTuple


class ProblemKind(NamedTuple):
    """``status`` is the HTTP status that it comes with."""

    status: int
    title: str


PROBLEMS: dict[str, ProblemKind] = {
    # The request itself
    "malformed_request": ProblemKind(400, "Anfrage nicht lesbar"),
    "malformed_json": ProblemKind(400, "Kein gültiges JSON"),
    "not_authenticated": ProblemKind(401, "Anmeldung nötig"),
    "invalid_token": ProblemKind(401, "Anmeldung ungültig"),
    "role_not_allowed": ProblemKind(403, "Rolle erlaubt das nicht"),
    "no_role": ProblemKind(403, "Keine Rolle in diesem System"),
    "internal_role": ProblemKind(403, "Rolle nur für interne Abläufe"),
    "department_mismatch": ProblemKind(403, "Rolle und Fachbereich passen nicht zusammen"),
    "not_found": ProblemKind(404, "Nicht gefunden"),
    "inquiry_not_found": ProblemKind(404, "Anliegen nicht gefunden"),
    "article_not_found": ProblemKind(404, "Artikel nicht gefunden"),
    "task_not_found": ProblemKind(404, "Aufgabe nicht gefunden"),
    "method_not_allowed": ProblemKind(405, "Methode nicht erlaubt"),
    "not_acceptable": ProblemKind(406, "Gewünschtes Format nicht lieferbar"),
    "request_timeout": ProblemKind(408, "Anfrage unvollständig"),
    "body_too_large": ProblemKind(413, "Anfrage zu groß"),
    "uri_too_long": ProblemKind(414, "Adresse zu lang"),
    "unsupported_media_type": ProblemKind(415, "Format nicht unterstützt"),
    "invalid": ProblemKind(422, "Angaben ungültig"),
    "too_many_requests": ProblemKind(429, "Zu viele Anfragen"),
    "headers_too_large": ProblemKind(431, "Kopfzeilen zu groß"),
    # Versions and repeats
    "stale_version": ProblemKind(412, "Hat sich inzwischen geändert"),
    "precondition_required": ProblemKind(428, "If-Match fehlt"),
    "invalid_precondition": ProblemKind(422, "If-Match nicht verwendbar"),
    "invalid_idempotency_key": ProblemKind(422, "Idempotency-Key nicht verwendbar"),
    "idempotency_key_reused": ProblemKind(422, "Idempotency-Key schon benutzt"),
    "still_running": ProblemKind(409, "Anfrage wird gerade bearbeitet"),
    "invalid_cursor": ProblemKind(422, "Seitenmarke nicht verwendbar"),
    "no_words": ProblemKind(422, "Kein Suchwort"),
    "too_many_words": ProblemKind(422, "Zu viele Suchwörter"),
    # What the inquiry does not allow
    "conflict": ProblemKind(409, "Im jetzigen Zustand nicht möglich"),
    "already_yours": ProblemKind(409, "Liegt schon bei Ihnen"),
    "already_there": ProblemKind(409, "Liegt schon dort"),
    "already_waiting": ProblemKind(409, "Wartet schon"),
    "before_the_last_event": ProblemKind(409, "Zeitpunkt vor dem letzten Schritt"),
    "closed": ProblemKind(409, "Anliegen abgeschlossen"),
    "held_by_another": ProblemKind(409, "Liegt bei jemand anderem"),
    "merge_with_itself": ProblemKind(409, "Zusammenführen mit sich selbst"),
    "needs_supervisor": ProblemKind(403, "Weitere Weiterleitung nur durch die Aufsicht"),
    "no_offer": ProblemKind(409, "Kein offenes Angebot"),
    "not_answered": ProblemKind(409, "Noch nicht beantwortet"),
    "not_claimed": ProblemKind(409, "Liegt bei keiner Person"),
    "not_escalated": ProblemKind(409, "Nicht eskaliert"),
    "not_merged": ProblemKind(409, "Nicht zusammengeführt"),
    "not_offered_to_you": ProblemKind(409, "Nicht Ihnen angeboten"),
    "not_resolved": ProblemKind(409, "Nicht erledigt"),
    "not_waiting": ProblemKind(409, "Wartet nicht"),
    "nothing_to_erase": ProblemKind(409, "Nichts zu löschen"),
    "offer_not_expired": ProblemKind(409, "Angebot noch nicht abgelaufen"),
    "offer_pending": ProblemKind(409, "Angebot noch offen"),
    "target_merged": ProblemKind(409, "Ziel ist selbst zusammengeführt"),
    "unchanged": ProblemKind(409, "Nichts geändert"),
    "callback_promised": ProblemKind(409, "Rückruf noch offen"),
    "merge_into_closed": ProblemKind(409, "Ziel ist abgeschlossen"),
    "nobody_responsible": ProblemKind(409, "Keine zuständige Stelle bekannt"),
    "not_there": ProblemKind(409, "Liegt nicht dort"),
    "feedback_given": ProblemKind(409, "Rückmeldung gibt es schon"),
    "window_reversed": ProblemKind(409, "Zeitfenster verkehrt herum"),
    "window_over": ProblemKind(409, "Zeitfenster schon vorbei"),
    "never_tried": ProblemKind(409, "Rückruf noch nie versucht"),
    "not_moved": ProblemKind(409, "Nachfolge ist dieselbe Stelle"),
    # The desk of a day
    "call_known": ProblemKind(409, "Anruf schon gemeldet"),
    "call_not_answered": ProblemKind(409, "Anruf noch nicht angenommen"),
    "call_over": ProblemKind(409, "Anruf schon vorbei"),
    "call_times_reversed": ProblemKind(409, "Zeitpunkte des Anrufs verkehrt herum"),
    "day_over": ProblemKind(409, "Tag schon beendet"),
    "no_peak": ProblemKind(403, "Kein Andrang"),
    "not_for_others": ProblemKind(403, "Nur für sich selbst"),
    "not_in_the_queue": ProblemKind(409, "Nicht mehr in der Warteschlange"),
    "place_not_allowed": ProblemKind(403, "Nicht an diesem Platz"),
    "unknown_call": ProblemKind(409, "Anruf unbekannt"),
    # The Infodatenbank
    "already_published": ProblemKind(409, "Schon veröffentlicht"),
    "already_reviewed": ProblemKind(409, "Schon geprüft"),
    "article_retired": ProblemKind(409, "Artikel zurückgezogen"),
    "unknown_article": ProblemKind(422, "Artikel unbekannt"),
    "not_proved_wrong": ProblemKind(409, "Nicht als falsch gekennzeichnet"),
    "edition_not_offered": ProblemKind(409, "Fassung gilt nicht"),
    "needs_second_person": ProblemKind(403, "Prüfung durch eine zweite Person nötig"),
    "no_such_edition": ProblemKind(409, "Fassung unbekannt"),
    "not_published": ProblemKind(409, "Nie veröffentlicht"),
    "not_reviewed": ProblemKind(409, "Noch nicht geprüft"),
    "validity_reversed": ProblemKind(409, "Gültigkeit verkehrt herum"),
    # What has been learned, and what is done about it
    "article_needed": ProblemKind(409, "Artikel fehlt"),
    "lesson_not_found": ProblemKind(404, "Nichts dergleichen gelernt"),
    "not_your_task": ProblemKind(403, "Aufgabe liegt bei jemand anderem"),
    "task_done": ProblemKind(409, "Aufgabe erledigt"),
    "task_exists": ProblemKind(409, "Aufgabe gibt es schon"),
    "task_open": ProblemKind(409, "Aufgabe noch offen"),
    # What the directory does not allow
    "unknown_department": ProblemKind(409, "Stelle nicht im Verzeichnis"),
    "department_closed": ProblemKind(409, "Stelle geschlossen"),
    "not_closed": ProblemKind(409, "Stelle nicht geschlossen"),
    "circular_successor": ProblemKind(409, "Nachfolge im Kreis"),
    "unknown_service": ProblemKind(409, "Leistung nicht beschrieben"),
    "service_withdrawn": ProblemKind(409, "Leistung zurückgezogen"),
    "not_withdrawn": ProblemKind(409, "Leistung nicht zurückgezogen"),
    "not_assigned": ProblemKind(409, "Niemand eingetragen"),
    "not_a_member": ProblemKind(409, "Gehört nicht dazu"),
    "person_inactive": ProblemKind(409, "Person nicht im Dienst"),
    "person_active": ProblemKind(409, "Person im Dienst"),
    "malformed_area": ProblemKind(422, "Kein AGS oder ARS"),
    "malformed_service": ProblemKind(422, "Kein LeiKa-Schlüssel"),
    "malformed_opening_hours": ProblemKind(422, "Öffnungszeiten nicht lesbar"),
    "malformed_person": ProblemKind(422, "Keine Kennung einer Person"),
    "unknown_function": ProblemKind(422, "Funktion unbekannt"),
    "unknown_unit": ProblemKind(422, "Einheit unbekannt"),
    # The system
    "internal_error": ProblemKind(500, "Interner Fehler"),
    "store_unavailable": ProblemKind(503, "Datenbank gerade nicht erreichbar"),
    "login_unavailable": ProblemKind(503, "Anmeldedienst gerade nicht erreichbar"),
    "access_not_recorded": ProblemKind(503, "Einsicht konnte nicht vermerkt werden"),
    "not_caught_up": ProblemKind(503, "Die Ansicht ist noch nicht so weit"),
    "not_ready": ProblemKind(503, "Noch nicht betriebsbereit"),
}

BY_STATUS = {
    400: "malformed_request",
    401: "not_authenticated",
    403: "role_not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "stale_version",
    413: "body_too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    428: "precondition_required",
    429: "too_many_requests",
    431: "headers_too_large",
    503: "store_unavailable",
}
"""The code for an error that comes from the framework with nothing but a status."""
