"""Services of a city as documents, and a read model that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import NAMESPACE_URL, UUID, uuid5

from projections.database import Database
from projections.search import Collection, Document, Field, Hit, SearchEngine, index, remove
from projections.search.inverted import InvertedIndex
from projections.view import View

SERVICES = Collection("services_for_tests", [Field("name", 1.0, 0.3), Field("description", 0.4)])
VIEW = View(
    name="services_for_tests",
    version=1,
    tables=(SERVICES.table,),
    apply=lambda connection, batch: None,
    handles=frozenset(),
)

TEXTS = {
    "Personalausweis beantragen": "Wenn der alte abgelaufen ist. Bringen Sie ein biometrisches Passbild mit.",
    "Reisepass beantragen": "Einen Reisepass beantragen Sie persönlich im Bürgerbüro.",
    "Sperrmüllabholung": "Große Gegenstände wie Möbel werden von der Abfallwirtschaft mitgenommen.",
    "Hundesteuer anmelden": "Wer einen Hund hält, zahlt Steuern.",
    "Hundesteuer abmelden": "Wenn Ihr Hund gestorben ist oder Sie wegziehen.",
    "Wohnsitz ummelden": "Nach einem Umzug innerhalb der Stadt.",
    "Kindergartenbeitrag": "Bei geringem Einkommen wird der Beitrag ermäßigt.",
    "Kraftfahrzeug zulassen": "Zulassung eines neuen oder gebrauchten Fahrzeugs.",
    "Führerschein umtauschen": "Alte Führerscheine müssen umgetauscht werden.",
    "Eheschließung": "Anmeldung beim Standesamt.",
    "Straßenschaden melden": "Schlaglöcher und andere Schäden an Straßen.",
    "Gewerbeanmeldung": "Den Beginn eines Gewerbes anzeigen.",
    "Bewohnerparkausweis": "Parken in Ihrem Viertel.",
    "Lärmbelästigung": "Beschwerde über ruhestörenden Lärm der Nachbarn.",
}


def id_of(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def document(name: str, description: str = "", version: int = 1) -> Document:
    return Document(id=id_of(name), version=version, fields={"name": name, "description": description})


def documents() -> list[Document]:
    return [document(name, description) for name, description in TEXTS.items()]


def labelled(name: str, *labels: str) -> Document:
    return replace(document(name), labels=frozenset(labels))


def inverted(documents: Iterable[Document]) -> InvertedIndex:
    made = InvertedIndex(SERVICES.fields)
    for each in documents:
        made.add(each)
    return made


class Services:
    """The collection in a read model, with a search engine that follows it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.engine = SearchEngine(SERVICES)

    def index(self, *documents: Document) -> None:
        with self.database.write(self.database.live()) as connection:
            index(connection, SERVICES, documents)

    def remove(self, versions: Mapping[str, int]) -> None:
        with self.database.write(self.database.live()) as connection:
            remove(connection, SERVICES, {id_of(name): version for name, version in versions.items()})

    def hits(self, text: str, **how: object) -> list[Hit]:
        with self.database.read() as connection:
            return self.engine.search(connection, text, **{"at": None, **how})  # type: ignore[arg-type]

    def names(self, text: str, **how: object) -> list[str]:
        return [hit.fields["name"] for hit in self.hits(text, **how)]
