"""Puts the web page together: pages, JSON, feed, the headers that guard them, and errors in plain sentences."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from crawler.config import Config
from crawler.status import read_vitals
from crawler.store import Store, StoreError
from crawler.web import api, feed, metrics, pages
from crawler.web.asked import READ, Language
from crawler.web.kept import Here, Kept
from crawler.web.render import render, words

logger = logging.getLogger("huixun.web")

# Nothing but our own style sheet is ever loaded, and nothing runs: planted markup that got through would stay dead.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

router = APIRouter(include_in_schema=False)


def create_app(store: Store, config: Config) -> FastAPI:
    """The application on an open store, which stays the caller's to close."""
    # FastAPI's own pages of documentation load scripts from elsewhere.
    app = FastAPI(title="Huixun 会讯", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.kept = Kept(store, config)
    for part in (pages.router, api.router, feed.router, metrics.router, router):
        app.include_router(part)
    app.middleware("http")(_guarded)
    app.add_exception_handler(RequestValidationError, _bad_parameter)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(StoreError, _no_store)
    app.add_exception_handler(SQLAlchemyError, _no_store)
    app.add_exception_handler(Exception, _our_fault)
    return app


@router.api_route("/livez", methods=READ)
def live(here: Here) -> dict[str, bool]:
    """True while the page and the store answer; 503 where the store does not."""
    with here.store.read() as conn:
        conn.execute(select(1))
    return {"ok": True}


@router.api_route("/healthz", methods=READ)
def health(here: Here, response: Response) -> dict[str, Any]:
    """How the whole service is; 503 where the store does not answer or the watch has fallen silent."""
    with here.store.read() as conn:
        vitals = read_vitals(conn, now=here.now(), silent_after=here.silent_after)
    response.status_code = 200 if vitals.ok else 503
    return vitals.as_json()


@router.api_route("/style.css", methods=READ)
def style() -> Response:
    """The one style sheet."""
    css = (resources.files("crawler.web") / "static" / "style.css").read_bytes()
    return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def _guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await go_on(request)
    response.headers.update(HEADERS)
    return response


async def _bad_parameter(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    name = str(error.errors()[0]["loc"][-1])
    said = words(_language(request))["bad"]
    return _said(request, 422, said.get(name, said["other"]))


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = words(_language(request))["error"]
    return _said(request, error.status_code, said["not_here"] if error.status_code == 404 else said["not_so"])


async def _no_store(request: Request, error: Exception) -> Response:
    logger.error("the store did not answer path=%s: %s", request.url.path, error)
    return _said(request, 503, words(_language(request))["error"]["store"])


async def _our_fault(request: Request, error: Exception) -> Response:
    """The server logs the error by itself; this answer goes out past `_guarded`."""
    response = _said(request, 500, words(_language(request))["error"]["ours"])
    response.headers.update(HEADERS)
    return response


def _said(request: Request, status: int, message: str) -> Response:
    """One plain sentence, as JSON for programs."""
    if request.url.path.startswith(("/api/", "/healthz", "/livez")):
        return JSONResponse({"error": message}, status)
    return HTMLResponse(render("error.html", _language(request), status=status, message=message), status)


def _language(request: Request) -> Language:
    """English for programs and for whoever asked for it."""
    is_english = request.query_params.get("lang") == "en" or request.url.path.startswith("/api/")
    return "en" if is_english else "zh"
