"""A few articles of the made-up city's Infodatenbank: what Anna at the telephone looks up."""

from __future__ import annotations

from api import demo_directory as directory
from casebackbone.article_words import Words

ARTICLES: dict[str, Words] = {
    "sperrmuell": Words(
        question="Wann wird mein Sperrmüll abgeholt?",
        answer="Nach der Anmeldung **innerhalb von vier Wochen**. Der Termin kommt per Post; bitte alles bis 6 Uhr "
        "an die Straße stellen.\n\n- Elektrogeräte gesondert anmelden\n- Bauschutt gehört nicht dazu",
        keywords=("Möbel", "Sofa", "Grobmüll"),
        services=(directory.BULKY_WASTE,),
        departments=("tiefbau",),
    ),
    "personalausweis": Words(
        question="Was brauche ich für einen neuen Personalausweis?",
        answer="Den alten Ausweis, ein **biometrisches Foto** und die Geburts- oder Heiratsurkunde, wenn der letzte "
        "Ausweis anderswo ausgestellt wurde. Die Herstellung dauert etwa drei Wochen.",
        keywords=("Perso", "Ausweis", "Passbild"),
        services=(directory.ID_CARD,),
        departments=("buergerbuero",),
    ),
    "ummelden": Words(
        question="Bis wann muss ich mich nach einem Umzug ummelden?",
        answer="Innerhalb von **zwei Wochen** nach dem Einzug, im Bürgerbüro, mit der Bestätigung des Wohnungsgebers.",
        keywords=("Wohnsitz", "Anmeldung", "neue Wohnung"),
        services=(directory.MOVING,),
        departments=("buergerbuero",),
    ),
    "laterne": Words(
        question="Eine Straßenlaterne ist ausgefallen. Wer kümmert sich darum?",
        answer="Das Tiefbauamt. Die Nummer auf dem Mast hilft, sie zu finden; repariert wird meist in einer Woche.",
        keywords=("Lampe", "Beleuchtung"),
        services=(directory.STREET_LIGHTS,),
        departments=("tiefbau",),
    ),
}
