"""What is said in lists and drawings is what is there."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module

import pytest

from bbva_core import errors
from bbva_core.errors import BBVAError
from bbva_core.settings import PROJECT_ROOT

PACKAGES = sorted(
    ".".join(path.parent.relative_to(PROJECT_ROOT).parts)
    for path in (PROJECT_ROOT / "bbva_core").rglob("__init__.py")
    if "__all__" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("package", PACKAGES)
def test_listed_names_exist_and_are_listed_once(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("package", [name for name in PACKAGES if not name.endswith((".ui", ".synth"))])
def test_imported_names_are_listed(package: str) -> None:
    module = import_module(package)
    tree = ast.parse(inspect.getsource(module))
    own = [node for node in tree.body if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package)]
    names = {alias.asname or alias.name for node in own for alias in node.names}
    private = {name for name in names if name.startswith("_")} | PRIVATE.get(package, set())
    assert names - private <= set(module.__all__)


PRIVATE = {"bbva_core.store": {"read_engine", "write_engine", "prepare_database"}}


def tree_lines() -> list[tuple[int, str]]:
    """(depth, name) of every class drawn in the docstring of errors.py."""
    drawing = (errors.__doc__ or "").split("show\n", 1)[-1]
    lines = []
    for line in drawing.splitlines():
        if "├── " in line or "└── " in line:
            head, _, rest = line.partition("── ")
            lines.append(((len(head) - 1) // 4, rest.split()[0]))
        elif line.strip() == "BBVAError":
            lines.append((0, "BBVAError"))
    return lines


def test_error_tree_is_drawn_as_it_is() -> None:
    drawn: dict[str, str | None] = {}
    path: list[str] = []
    for depth, name in tree_lines():
        del path[depth:]
        drawn[name] = path[-1] if path else None
        path.append(name)
    classes = [item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, BBVAError)]
    assert drawn == {item.__name__: None if item is BBVAError else item.__bases__[0].__name__ for item in classes}


def test_errors_cross_a_process_boundary_whole() -> None:
    import pickle

    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, BBVAError):
            copy = pickle.loads(pickle.dumps(kind("what", safe="safe", do="do")))
            assert (type(copy), copy.what, copy.safe, copy.do) == (kind, "what", "safe", "do")
