"""What each figure counts, in words and as a rule: one place, with versions. Served by the API, drawn up in
``docs/figures.md``.

A figure is counted from *facts* (:mod:`projections.figures_facts`): each begins with one event, is decided by later
ones of the same inquiry or call, and has an outcome. A formula says which kind of fact it counts, which outcomes meet
it and which miss it; what is neither does not count. Change what is counted, and the formula gets another version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fact is about."""

    CALL = "call"
    CONTACT = "contact"
    REPLY = "reply"
    FORWARD = "forward"
    CALLBACK = "callback"
    SEARCH = "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """``met`` and ``missed`` are outcomes of facts of this ``kind``; ``overdue_is_missed``: so is what has no outcome
    yet and should have had one by now. ``measure`` is the column whose sum and mean are given, in ``unit``.

    ``promise`` names the target in the service promise, ``better`` says whether a ``higher`` or a ``lower`` share is
    wanted, of the backlog number.
    ``kind`` None: the backlog, which is counted at a moment.
    """

    code: str
    version: int
    label: str
    definition: str
    definition_en: str
    source: str
    kind: Kind | None
    met: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    overdue_is_missed: bool = False
    measure: str | None = None
    unit: str | None = None
    promise: str | None = None
    better: str | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what it can be asked for. A call is nobody's service yet."""
        if self.kind is None:
            return ("day", "service", "department", "age")
        return ("day",) if self.kind is Kind.CALL else ("day", "service", "department")


CAME_BACK_WITHIN_HOURS = 14 * 24
"""Who comes back so soon after a first-contact resolution was not helped by it."""

AGES: tuple[tuple[str, int, str], ...] = (
    ("under_1_day", 0, "unter 1 Tag"),
    ("1_to_3_days", 1, "1 bis unter 3 Tage"),
    ("3_to_7_days", 3, "3 bis unter 7 Tage"),
    ("7_to_14_days", 7, "7 bis unter 14 Tage"),
    ("14_to_30_days", 14, "14 bis unter 30 Tage"),
    ("30_days_and_more", 30, "30 Tage und mehr"),
)
"""Classes of age: code, from how many times 24 hours on, label."""

_CALLS = frozenset({"waiting", "answered_in_time", "answered_late", "abandoned"})
_FORWARDS = frozenset({"accepted", "rejected", "expired", "recalled", "withdrawn"})
_115 = "Leistungsversprechen der 115"
_CITY = "Leistungsversprechen der Stadt (casebackbone/policies/115.toml)"
_PROJECT = "Festlegung von casebackbone"


def _forwards(outcome: str, label: str, done: str, done_en: str, better: str | None) -> Formula:
    return Formula(
        code=f"forwards_{outcome}",
        version=1,
        label=label,
        definition=(
            "Gezählt: Weiterleitungen, die angenommen, abgelehnt, verfallen, zurückgezogen oder entzogen sind (die "
            f"Stelle gibt es nicht mehr), am Tag der Weiterleitung, unter der gefragten Stelle. Erfüllt: {done}. "
            "Noch offene Weiterleitungen zählen nicht. Wert: Servicezeit vom Angebot bis zum Ende."
        ),
        definition_en=(
            "Counted: forwards that were accepted, rejected, recalled, withdrawn (the department is gone) or have "
            f"expired, on the day of the forward, under the department that was asked. Met: {done_en}. Pending "
            "forwards do not count. Value: service time from the offer to its end."
        ),
        source=_PROJECT,
        kind=Kind.FORWARD,
        met=frozenset({outcome}),
        missed=_FORWARDS - {outcome},
        measure="value",
        unit="service_minutes",
        better=better,
    )


def _marathon(code: str, label: str, measure: str, value: str, value_en: str, unit: str) -> Formula:
    return Formula(
        code=code,
        version=1,
        label=label,
        definition=(
            "Gezählt: Suchen nach der zuständigen Stelle. Eine Suche beginnt mit der ersten Weiterleitung und endet "
            "mit der Annahme oder damit, dass das Anliegen geschlossen wird; danach beginnt die nächste "
            "Weiterleitung eine neue. Tag: Beginn der Suche. Erfüllt: die erste Stelle hat angenommen. Läuft noch "
            f"das erste Angebot, oder wurde nur zurückgezogen, zählt die Suche nicht. Wert: {value}."
        ),
        definition_en=(
            "Counted: searches for the responsible department. A search begins with the first forward and ends with "
            "the acceptance or when the inquiry is closed; the next forward then begins another one. Day: when the "
            "search began. Met: the first department accepted. While the first offer is pending, or when it was "
            f"only recalled, the search does not count. Value: {value_en}."
        ),
        source=f"{_PROJECT}: Marathon-Index (Türen bis zur Annahme, Zurückweisungen, Servicezeit zwischen Türen)",
        kind=Kind.SEARCH,
        met=frozenset({"first_door"}),
        missed=frozenset({"searching", "later_door", "in_vain"}),
        measure=measure,
        unit=unit,
        better="higher",
    )


_ALL = (
    Formula(
        code="calls_in_time",
        version=1,
        label="Anrufe rechtzeitig angenommen",
        definition=(
            "Gezählt: alle Anrufe, die gemeldet wurden, am Tag und zu der Zeit, zu der sie nach Angabe der "
            "Telefonanlage begannen, auch solche, die noch warten. Erfüllt: angenommen innerhalb der Zeit, die bei "
            "der Annahme versprochen war (115: 30 Sekunden; genau 30 Sekunden sind rechtzeitig). Wert: gewartete "
            "Sekunden der angenommenen und der aufgegebenen Anrufe. Anrufe haben keine Leistung und keine Stelle."
        ),
        definition_en=(
            "Counted: all calls that were offered, at the time at which the telephone system says that they began, "
            "also those that still wait. Met: answered within the time promised when it was answered (115: 30 "
            "seconds; exactly 30 seconds are in time). Value: seconds waited, of answered and of abandoned calls. "
            "Calls have no service and no department."
        ),
        source=_115,
        kind=Kind.CALL,
        met=frozenset({"answered_in_time"}),
        missed=_CALLS - {"answered_in_time"},
        measure="value",
        unit="seconds",
        promise="calls",
        better="higher",
    ),
    Formula(
        code="calls_abandoned",
        version=1,
        label="Anrufe aufgegeben",
        definition=(
            "Gezählt: wie bei calls_in_time. Erfüllt: die anrufende Person hat aufgelegt, bevor jemand annahm, auch "
            "nach sehr kurzer Zeit."
        ),
        definition_en=(
            "Counted: as in calls_in_time. Met: the caller gave up before anybody answered, also after a very short "
            "time."
        ),
        source=_115,
        kind=Kind.CALL,
        met=frozenset({"abandoned"}),
        missed=_CALLS - {"abandoned"},
        better="lower",
    ),
    Formula(
        code="first_contact_resolution",
        version=1,
        label="Beim ersten Kontakt erledigt",
        definition=(
            "Gezählt: Anliegen, die am Telefon oder am Schalter eingegangen sind, am Tag des Eingangs. Erfüllt: im "
            "selben Schritt beantwortet wie eingegangen und danach als beantwortet erledigt, ohne dass es "
            "dazwischen weitergeleitet, zurückgestellt, ein Rückruf zugesagt oder widersprochen wurde, und nicht "
            "binnen 14 Tagen (336 Stunden) wieder aufgenommen. Wer in dieser Zeit wiederkommt, nimmt die Erfüllung "
            "zurück. Leistung und Stelle: bei der ersten Erledigung oder Zusammenführung, bis dahin die jetzigen; "
            "spätere Änderungen zählen nicht."
        ),
        definition_en=(
            "Counted: inquiries received by phone or at the counter, on the day of receipt. Met: answered in the "
            "step that received it and then resolved as answered, without having been forwarded, paused, promised a "
            "call or contradicted in between, and not reopened within 14 days (336 hours). Who comes back in that "
            "time takes the fulfilment back. Service and department: when it was first resolved or merged, until "
            "then the present ones; later changes do not count."
        ),
        source=_115,
        kind=Kind.CONTACT,
        met=frozenset({"first_contact"}),
        missed=frozenset({"received", "answered", "went_on", "later", "came_back"}),
        promise="first_contact",
        better="higher",
    ),
    Formula(
        code="reply_in_time",
        version=1,
        label="Antwort fristgerecht",
        definition=(
            "Gezählt: Zusagen einer Antwort: bei jedem Eingang und bei jeder Wiederaufnahme oder Trennung, am Tag "
            "der Zusage. Erfüllt: die erste Antwort, oder die Erledigung ohne Antwort, kam spätestens zu der Frist, "
            "die in diesem Augenblick galt. Nicht erfüllt: später, oder überfällig und noch offen. Wartet das "
            "Anliegen auf die Bürgerin oder den Bürger, steht die Frist; war sie vorher überschritten, bleibt sie "
            "es. Nicht gezählt: beim ersten Kontakt beantwortete, vor der Antwort zusammengeführte und noch nicht "
            "fällige. Leistung und Stelle: bei der Antwort, bis dahin die jetzigen; spätere Änderungen zählen "
            "nicht."
        ),
        definition_en=(
            "Counted: promises of a reply: at each receipt and each reopening or unmerging, on the day of the "
            "promise. Met: the first answer, or the resolution without an answer, came at the latest by the due "
            "time in force at that moment. Missed: later, or overdue and still open. While it waits for the citizen "
            "the due time stands still; what was overdue before stays so. Not counted: answered at first contact, "
            "merged before the answer, not yet due. Service and department: those of the answer, until then the "
            "present ones; later changes do not count."
        ),
        source=_115,
        kind=Kind.REPLY,
        met=frozenset({"in_time"}),
        missed=frozenset({"late"}),
        overdue_is_missed=True,
        promise="reply",
        better="higher",
    ),
    _forwards("accepted", "Weiterleitungen angenommen", "angenommen", "accepted", "higher"),
    _forwards("rejected", "Weiterleitungen abgelehnt", "abgelehnt", "rejected", "lower"),
    _forwards("expired", "Weiterleitungen verfallen", "nicht rechtzeitig angenommen und verfallen", "expired", "lower"),
    _forwards(
        "recalled", "Weiterleitungen zurückgezogen", "vom Absender zurückgezogen", "recalled by the sender", None
    ),
    Formula(
        code="callbacks_in_time",
        version=1,
        label="Rückrufe fristgerecht",
        definition=(
            "Gezählt: zugesagte Rückrufe, am Tag der Zusage. Erfüllt: spätestens zur zugesagten Zeit erreicht oder "
            "beantwortet; bei Erledigung als nicht erreichbar: bis dahin mindestens einmal versucht. Nicht erfüllt: "
            "später, oder überfällig und noch offen. Nicht gezählt: vor der Zeit durch eine neue Zusage ersetzte, "
            "zurückgezogene und noch nicht fällige. Wert: Versuche bis zur zugesagten Zeit."
        ),
        definition_en=(
            "Counted: promised callbacks, on the day of the promise. Met: reached or answered at the latest at the "
            "promised time; if resolved as unreachable: tried at least once by then. Missed: later, or overdue and "
            "still open. Not counted: replaced by another promise before the time, withdrawn by the citizen, not "
            "yet due. Value: attempts up to the promised time."
        ),
        source=_CITY,
        kind=Kind.CALLBACK,
        met=frozenset({"in_time"}),
        missed=frozenset({"late"}),
        overdue_is_missed=True,
        measure="value",
        unit="attempts",
        promise="callback",
        better="higher",
    ),
    Formula(
        code="backlog_by_age",
        version=1,
        label="Offene Anliegen nach Alter",
        definition=(
            "Gezählt: Anliegen, die zum Zeitpunkt „to“ offen sind oder warten, unter Leistung und Stelle zu diesem "
            "Zeitpunkt; nach Tagen: am Ende jedes Ortstags, am letzten zum Zeitpunkt „to“. Alter: Zeit seit dem "
            "Eingang, auch nach einer Wiederaufnahme, in mal 24 Stunden. Wert: Alter in Stunden."
        ),
        definition_en=(
            "Counted: inquiries that are open or waiting at the moment `to`, under their service and department at "
            "that moment; by day: at the end of each local day, on the last one at `to`. Age: time since receipt, "
            "also after a reopening, in times of 24 hours. Value: age in hours."
        ),
        source=_PROJECT,
        kind=None,
        measure="age",
        unit="hours",
        better="lower",
    ),
    _marathon(
        "marathon_doors",
        "Marathon-Index: Türen",
        "value",
        "Weiterleitungen in dieser Suche, auch zurückgezogene",
        "forwards in this search, recalled ones included",
        "doors",
    ),
    _marathon(
        "marathon_bounces",
        "Marathon-Index: Zurückweisungen",
        "bounces",
        "wie oft es in dieser Suche zurückkam (abgelehnt, verfallen, entzogen)",
        "how often it came back in this search (rejected, expired, withdrawn)",
        "bounces",
    ),
    _marathon(
        "marathon_lost_minutes",
        "Marathon-Index: verlorene Servicezeit",
        "lost_minutes",
        "Servicezeit, die in dieser Suche zwischen Türen verging",
        "service time that passed between doors in this search",
        "service_minutes",
    ),
)
FORMULAS: dict[str, Formula] = {formula.code: formula for formula in _ALL}
"""Every figure there is, by code."""
