"""The directory of the made-up city: departments, services, who is responsible. The service keys have the form of LeiKa
keys and are made up as well."""

from __future__ import annotations

from collections.abc import Iterator

from casebackbone.commands import AddMember, AssignResponsibility, Command, DescribeDepartment, DescribeService
from casebackbone.directory_events import Department, Service

AREA = "07339000"

ID_CARD = "99000000000001"
BULKY_WASTE = "99000000000002"
ROAD_DAMAGE = "99000000000003"
TREES = "99000000000004"
STREET_LIGHTS = "99000000000005"
HOUSING_BENEFIT = "99000000000006"
CARS = "99000000000007"
BIRTH_CERTIFICATE = "99000000000008"
TRADE = "99000000000009"
NOISE = "99000000000010"
MOVING = "99000000000011"
DOG_TAX = "99000000000012"

DEPARTMENTS = {
    "tiefbau": Department("Tiefbauamt", AREA, phone="115", office="Rathaus", opening_hours="Mo-Fr 08:00-16:00"),
    "gruenflaechen": Department("Grünflächenamt", AREA, phone="115", opening_hours="Mo-Fr 08:00-15:00"),
    "buergerbuero": Department("Bürgerbüro", AREA, phone="115", office="Rathaus, Erdgeschoss"),
    "sozialamt": Department("Sozialamt", AREA, phone="115", office="Bahnhofstraße 3"),
}
SERVICES = {
    ID_CARD: (Service("Personalausweis beantragen", ("Perso", "Ausweis")), "buergerbuero"),
    BULKY_WASTE: (Service("Sperrmüll abholen lassen", ("Sofa", "Möbel")), "tiefbau"),
    ROAD_DAMAGE: (Service("Straßenschaden melden", ("Schlagloch", "Straße kaputt")), "tiefbau"),
    TREES: (Service("Baumkontrolle", ("Ast", "Baum")), "gruenflaechen"),
    STREET_LIGHTS: (Service("Straßenbeleuchtung, Störung melden", ("Laterne", "Straßenlampe")), "tiefbau"),
    HOUSING_BENEFIT: (Service("Wohngeld beantragen", ("Mietzuschuss",)), "sozialamt"),
    CARS: (Service("Kraftfahrzeug abmelden", ("Auto", "Zulassung")), "buergerbuero"),
    BIRTH_CERTIFICATE: (Service("Geburtsurkunde", ("Standesamt",)), "buergerbuero"),
    TRADE: (Service("Gewerbe anmelden", ("Nagelstudio", "Laden")), "buergerbuero"),
    NOISE: (Service("Lärm melden", ("Baulärm", "Ruhestörung")), None),
    MOVING: (Service("Wohnsitz ummelden", ("Umzug", "Ummeldung")), "buergerbuero"),
    DOG_TAX: (Service("Hundesteuer", ("Hund abmelden",)), "buergerbuero"),
}
MEMBERS = (
    ("agent:anna", "desk:front", "member"),
    ("agent:cem", "desk:front", "member"),
    ("agent:doris", "desk:background", "member"),
    ("agent:eva", "desk", "supervisor"),
    ("agent:frank", "department:tiefbau", "supervisor"),
    ("agent:gina", "department:gruenflaechen", "supervisor"),
    ("agent:hakan", "department:buergerbuero", "member"),
)


def statements() -> Iterator[Command]:
    """All that is said of the directory, in an order in which it can be said."""
    for department, described in DEPARTMENTS.items():
        yield DescribeDepartment(department=department, described=described)
    for service, (name, responsible) in SERVICES.items():
        yield DescribeService(service=service, described=name)
        if responsible is not None:
            yield AssignResponsibility(service=service, department=responsible)
    for person, unit, function in MEMBERS:
        yield AddMember(person=person, unit=unit, function=function)
