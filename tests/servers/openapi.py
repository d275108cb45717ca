"""Checks requests and answers against an OpenAPI description (3.0), as far as GitHub's makes use of it."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class Description:
    """An API as its description tells it."""

    def __init__(self, path: Path) -> None:
        self._document: dict[str, Any] = json.loads(path.read_text())
        self._routes = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)), operations)
            for template, operations in self._document["paths"].items()
        ]

    def add(self, template: str, operations: dict[str, Any]) -> None:
        """Adds a path that the description leaves out."""
        self._routes.append((re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)), operations))

    def request_problems(self, method: str, path: str, query: str, body: bytes) -> list[str]:
        """What is wrong with a request; undeclared parameters are, undeclared properties of a body are too."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        return [*self._query_problems(operation, query), *self._body_problems(operation, body)]

    def answer_problems(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer's body."""
        operation = self._operation(method, path)
        answer = self._resolved((operation or {"responses": {}})["responses"].get(str(status)))
        if not answer:
            return [f"{method} {path} never answers with {status}"]
        return list(self._problems(answer["content"]["application/json"]["schema"], body, "answer", closed=False))

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        found = (operations for pattern, operations in self._routes if pattern.fullmatch(path))
        operations: dict[str, Any] = next(found, {})
        operation: dict[str, Any] | None = operations.get(method.lower())
        return operation

    def _query_problems(self, operation: dict[str, Any], query: str) -> Iterator[str]:
        declared = {known["name"]: known for known in map(self._resolved, operation.get("parameters", []))}
        declared = {name: known for name, known in declared.items() if known["in"] == "query"}
        given = parse_qsl(query, keep_blank_values=True)
        for name, text in given:
            if name not in declared:
                yield f"parameter {name} is not described"
            else:
                yield from self._problems(declared[name]["schema"], _typed(declared[name]["schema"], text), name)
        if len(given) > len(dict(given)):
            yield "a parameter is given twice"

    def _body_problems(self, operation: dict[str, Any], body: bytes) -> Iterator[str]:
        described = self._resolved(operation.get("requestBody"))
        if not described:
            if body:
                yield "a body is not described"
            return
        try:
            value = json.loads(body)
        except ValueError:
            yield "the body is not JSON"
            return
        yield from self._problems(described["content"]["application/json"]["schema"], value, "body")

    def _problems(self, schema: dict[str, Any], value: Any, at: str, *, closed: bool = True) -> Iterator[str]:
        schema = self._resolved(schema)
        if value is None and (schema.get("nullable") or not schema):
            return
        choices = [kind for word in ("oneOf", "anyOf") for kind in schema.get(word, [])]
        if choices:
            tries = [list(self._problems(kind, value, at, closed=closed)) for kind in choices]
            yield from [] if any(not problems for problems in tries) else min(tries, key=len)
        for part in schema.get("allOf", []):
            yield from self._problems(part, value, at, closed=False)
        yield from self._own_problems(schema, value, at, closed=closed and not choices)

    def _own_problems(self, schema: dict[str, Any], value: Any, at: str, *, closed: bool) -> Iterator[str]:
        kind = schema.get("type")
        if kind and (not isinstance(value, _KINDS[kind]) or (kind != "boolean" and isinstance(value, bool))):
            yield f"{at} is not of type {kind}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{at} is none of {schema['enum']}"
        elif schema.get("format") == "date-time" and not _is_moment(value):
            yield f"{at} is no time"
        elif isinstance(value, list):
            for place, item in enumerate(value):
                yield from self._problems(schema.get("items", {}), item, f"{at}[{place}]", closed=closed)
        elif isinstance(value, dict) and (kind == "object" or "properties" in schema):
            yield from self._member_problems(schema, value, at, closed=closed)

    def _member_problems(
        self, schema: dict[str, Any], value: dict[str, Any], at: str, *, closed: bool
    ) -> Iterator[str]:
        described = schema.get("properties", {})
        yield from (f"{at}.{name} is missing" for name in schema.get("required", []) if name not in value)
        for name, member in value.items():
            if name in described:
                yield from self._problems(described[name], member, f"{at}.{name}", closed=closed)
            elif closed and described:
                yield f"{at}.{name} is not described"

    def _resolved(self, node: Any) -> dict[str, Any]:
        while node and "$ref" in node:
            target: Any = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node or {}


def _typed(schema: dict[str, Any], text: str) -> Any:
    return int(text) if schema.get("type") == "integer" and re.fullmatch(r"-?\d{1,9}", text) else text


def _is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
