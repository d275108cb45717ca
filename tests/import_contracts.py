"""Contract types for import-linter, for rules that its own types express only with lists that go stale."""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class InsideAPackage(Contract):
    """Layers ``adapters > every other module > rules`` inside each child of a package.

    A child without ``adapters`` or ``rules`` is fine; a new use case needs no entry here.
    """

    type_name = "inside_a_package"

    parent = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Finds direct imports against the order; indirect ones need a direct one somewhere."""
        wrong = sorted(
            (importer, imported)
            for importer, imported in _imports(graph)
            if (place := _floor(importer, str(self.parent)))
            and (other := _floor(imported, str(self.parent)))
            and place[0] == other[0]
            and place[1] < other[1]
        )
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Prints each wrong import."""
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} is not allowed to import {imported}")


class Pure(Contract):
    """Modules that import no library beyond an allow-list, and no part of the standard library that does I/O.

    Both count through other modules of the project too: a pure module imports only pure modules.
    """

    type_name = "pure"

    root = fields.StringField()
    pure_modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_libraries = fields.SetField(subfield=fields.StringField())
    forbidden_standard = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Finds direct imports of forbidden libraries, and of modules of the project that are not pure."""
        packages = {
            str(module)
            for each in cast("set[str]", self.pure_modules)
            for module in graph.find_matching_modules(str(each))
        }
        wrong = sorted(
            (importer, imported)
            for importer, imported in _imports(graph)
            if _is_in(importer, packages) and not self._may_import(imported, packages)
        )
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def _may_import(self, imported: str, packages: set[str]) -> bool:
        top = imported.split(".", maxsplit=1)[0]
        if top == str(self.root):
            return imported == top or _is_in(imported, packages)
        if top in sys.stdlib_module_names:
            return top not in cast("set[str]", self.forbidden_standard)
        return top in cast("set[str]", self.allowed_libraries)

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Prints each wrong import."""
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} is not allowed to import {imported}")


def _is_in(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _imports(graph: ImportGraph) -> list[tuple[str, str]]:
    return [(each, to) for each in graph.modules for to in graph.find_modules_directly_imported_by(each)]


def _floor(module: str, parent: str) -> tuple[str, int] | None:
    """The child that a module belongs to, and its floor there: rules 0, use cases 1, adapters 2."""
    if not module.startswith(f"{parent}."):
        return None
    child, _, inner = module.removeprefix(f"{parent}.").partition(".")
    floors = {"rules": 0, "adapters": 2}
    return child, floors.get(inner.split(".")[0], 1)
