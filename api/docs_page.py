"""The documentation page: Swagger UI from the installed package, so that it works without the internet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import flask_swagger_ui
from apispec import APISpec
from flask import Flask, Response, current_app, json, send_from_directory
from markupsafe import Markup

from api.context import nonce
from api.topic import PUBLIC

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_SERVED = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

_PAGE = Markup("""<!DOCTYPE html>
<html lang="de">
<head>
<meta charset="utf-8">
<title>casebackbone: API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script nonce="{nonce}">
SwaggerUIBundle({{url: "openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null}});
</script>
</body>
</html>
""")


def register(app: Flask, spec: APISpec) -> None:
    """``/openapi.json``, ``/docs`` and what the page loads."""

    def openapi() -> Response:
        return current_app.response_class(json.dumps(spec.to_dict(), indent=2), mimetype="application/json")

    def docs() -> Response:
        response = current_app.response_class(_PAGE.format(nonce=nonce()), mimetype="text/html")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return response

    def docs_asset(name: str) -> Response:
        response = send_from_directory(_ASSETS, name)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    served: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("/openapi.json", openapi),
        ("/docs", docs),
        (f"/docs/<any({', '.join(repr(name) for name in _SERVED)}):name>", docs_asset),
    )
    for rule, view in served:
        vars(view)["permission"] = PUBLIC
        app.add_url_rule(rule, None, view, methods=["GET"])
