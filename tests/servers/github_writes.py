"""What a GitHub on loopback does when it is written to; requests are valid by the description when they come here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from servers.github_state import Call, Repository, Told, label_value, message

if TYPE_CHECKING:
    from servers.github_server import GitHubServer

TITLE_LIMIT, TEXT_LIMIT, LABEL_LIMIT = 256, 65_536, 50


def create_issue(server: GitHubServer, repository: Repository, call: Call) -> Told:
    value = json.loads(call.body)
    refusal = _too_long(value)
    if refusal is not None:
        return refusal
    number = server.open_issue(repository, value["title"], value.get("body"), _granted(repository, value))
    return Told(server.shown(repository, repository.issues[number]), 201)


def edit_issue(server: GitHubServer, repository: Repository, call: Call, number: int) -> Told:
    value = json.loads(call.body)
    refusal = _absent(repository, number) or _too_long(value)
    if refusal is not None:
        return refusal
    if "labels" in value:
        value["labels"] = [label_value(place, name) for place, name in enumerate(_granted(repository, value), 1)]
    server.edit(repository, number, **value)
    return Told(server.shown(repository, repository.issues[number]))


def add_comment(server: GitHubServer, repository: Repository, call: Call, number: int) -> Told:
    body = json.loads(call.body)["body"]
    refusal = _absent(repository, number) or _too_long({"body": body})
    if number in repository.locked:
        refusal = message("Unable to create comment because issue is locked.", 403)
    if refusal is None and not body.strip():
        refusal = message("Validation Failed", 422)
    if refusal is not None:
        return refusal
    server.add_comment(repository, number, body)
    return Told(server.comments_of(repository, number)[-1], 201)


def add_labels(server: GitHubServer, repository: Repository, call: Call, number: int) -> Told:
    refusal = _absent(repository, number)
    if refusal is not None:
        return refusal
    have = [label["name"] for label in repository.issues[number]["labels"]]
    names = dict.fromkeys([*have, *_granted(repository, json.loads(call.body))])
    server.edit(repository, number, labels=[label_value(place, name) for place, name in enumerate(names, 1)])
    urls = {"url": "https://github.example/label", "node_id": "L_1"}
    return Told([label | urls for label in repository.issues[number]["labels"]])


def remove_label(server: GitHubServer, repository: Repository, call: Call, number: int, name: int | str) -> Told:
    refusal = _absent(repository, number)
    if refusal is not None:
        return refusal
    unwanted = unquote(str(name)).lower()
    have = repository.issues[number]["labels"]
    kept = [label for label in have if label["name"].lower() != unwanted]
    if len(kept) == len(have):
        return message("Label does not exist", 404)
    server.edit(repository, number, labels=kept)
    urls = {"url": "https://github.example/label", "node_id": "L_1"}
    return Told([label | urls for label in kept])


def remove_all_labels(server: GitHubServer, repository: Repository, call: Call, number: int) -> Told:
    """What a client does by mistake that removes the label ``..``."""
    server.edit(repository, number, labels=[])
    return Told([])


def create_label(server: GitHubServer, repository: Repository, call: Call) -> Told:
    value = json.loads(call.body)
    if value["name"].lower() in {name.lower() for name in repository.labels} or len(value["name"]) > LABEL_LIMIT:
        error = {"resource": "Label", "code": "already_exists", "field": "name"}
        return Told({"message": "Validation Failed", "errors": [error], "documentation_url": "https://x.test"}, 422)
    repository.labels[value["name"]] = value.get("color")
    told = label_value(len(repository.labels), value["name"], value.get("color"))
    return Told({**told, "url": "https://github.example/label", "node_id": "L_1"}, 201)


WRITES: list[tuple[str, str, Callable[..., Told]]] = [
    ("POST", r"/issues", create_issue),
    ("PATCH", r"/issues/(\d+)", edit_issue),
    ("POST", r"/issues/(\d+)/comments", add_comment),
    ("POST", r"/issues/(\d+)/labels", add_labels),
    ("DELETE", r"/issues/(\d+)/labels/(.+)", remove_label),
    ("DELETE", r"/issues/(\d+)/labels", remove_all_labels),
    ("POST", r"/labels", create_label),
]


def _granted(repository: Repository, value: dict[str, Any]) -> tuple[str, ...]:
    """Labels are known by their names in any case; without the right to push they are dropped in silence."""
    spelt = {name.lower(): name for name in repository.labels}
    names = (spelt.get(name.lower(), name) for name in value.get("labels", []))
    return tuple(dict.fromkeys(names)) if repository.push else ()


def _absent(repository: Repository, number: int) -> Told | None:
    if number in repository.issues:
        return None
    return message("This issue was deleted", 410) if number in repository.comments else message("Not Found", 404)


def _too_long(value: dict[str, Any]) -> Told | None:
    for field, limit in (("title", TITLE_LIMIT), ("body", TEXT_LIMIT)):
        if len(value.get(field) or "") > limit:
            words = f"{field} is too long (maximum is {limit} characters)"
            error = {"resource": "Issue", "code": "custom", "field": field, "message": words}
            return Told({"message": "Validation Failed", "errors": [error], "documentation_url": "https://x.test"}, 422)
    return None
