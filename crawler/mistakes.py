"""Puts what pydantic says of a settings file into plain words that name the key, and the one that was meant. Pure."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError


def first_mistake(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong: its place with dots between, and why."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {_reason(first, model)}" if place else _reason(first, model)


def _reason(mistake: Mapping[str, Any], model: type[BaseModel]) -> str:
    *path, name = mistake["loc"] or ("",)
    match mistake["type"]:
        case "extra_forbidden":
            near = get_close_matches(str(name), _settings(model, path), n=1)
            return f"there is no such setting; did you mean {near[0]}?" if near else "there is no such setting"
        case "missing":
            return "is missing"
    return str(mistake["msg"]).removeprefix("Value error, ")


def _settings(model: type[BaseModel], path: Sequence[Any]) -> list[str]:
    """The settings of the table that a path of keys and numbers leads to; none where it leads to no table."""
    for part in path:
        if isinstance(part, str):
            field = model.model_fields.get(part)
            inner = _model_in(field.annotation) if field else None
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def _model_in(kind: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `Smtp | None` or `tuple[Subscription, ...]`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((model for inner in typing.get_args(kind) if (model := _model_in(inner))), None)
