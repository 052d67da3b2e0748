"""The house has floors: a module imports only from lower ones, and neighbours do not know each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "archiver"
FLOORS = {
    "_version": 0, "model": 0, "errors": 0, "urls": 0, "urlkeys": 0, "options": 0, "site_rules": 0, "clock": 0, "appending": 0,
    "warc": 1, "demo_site": 1,
    "index": 2, "extraction": 2, "dataset": 2, "sites": 2, "collection": 2,
    "capture": 3, "reextract": 3, "wacz": 3, "verify": 3, "export": 3,
    "selection": 4, "replay": 4, "history": 4, "report": 4,
    "fleet": 4, "spiders": 4, "pipelines": 4, "middlewares": 4, "extensions": 4,
    "settings": 5, "cli": 6, "__main__": 7,
}  # fmt: skip
# Who may know which outside library (DESIGN section 2).
ALLOWED = {
    "scrapy": ("capture", "middlewares", "extensions", "spiders", "pipelines", "settings", "cli", "addon"),
    "twisted": ("capture", "middlewares", "extensions", "spiders", "pipelines", "settings", "cli", "addon"),
    "trafilatura": ("extraction/article.py",),
    "dask": ("fleet", "reextract"),
    "distributed": ("fleet", "reextract"),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_floor_imports_only_lower_floors(path: Path) -> None:
    here = room(path)
    if here in ("__init__", "addon"):
        return
    assert here in FLOORS, f"{here} has no floor yet: say where it belongs in FLOORS and docs/architecture.md"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "archiver" or len(parts) < 2 or parts[1] not in FLOORS or parts[1] == here:
            continue
        assert FLOORS[parts[1]] < FLOORS[here] or (FLOORS[here] == FLOORS[parts[1]] == 0), f"{path} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_outside_libraries_are_known_only_where_they_belong(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    for name in imports(path):
        allowed = ALLOWED.get(name.split(".")[0])
        if allowed is not None:
            assert relative.startswith(allowed), f"{relative} imports {name}"


def test_only_the_wiretap_touches_private_names_of_scrapy_and_twisted() -> None:
    for path in modules():
        if path.relative_to(PACKAGE).as_posix() in ("capture/wiretap.py", "capture/wiretap_parser.py"):
            continue
        for name in imports(path):
            if name.split(".")[0] in ("scrapy", "twisted"):
                assert not any(part.startswith("_") for part in name.split(".")), f"{path} imports {name}"


def test_nothing_that_is_read_can_run_code() -> None:
    """No unpickling, no evaluation, no YAML loader (docs/security.md)."""
    for path in modules():
        assert not {name.split(".")[0] for name in imports(path)} & {"pickle", "cPickle", "marshal", "shelve", "dill", "yaml"}, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), path
