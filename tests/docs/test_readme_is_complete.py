"""Every setting, command, page and make target is in the README, and every link in the documents leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbva_core.cli import _parser
from bbva_core.settings import PROJECT_ROOT, AppSettings

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/reliability.md",
    "data/README.md",
    "data/models/README.md",
]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _commands() -> list[str]:
    # argparse keeps subcommands in its only action with choices that are parsers.
    return [name for action in _parser()._actions if isinstance(action.choices, dict) for name in action.choices]


def _targets() -> list[str]:
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    return re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)


def _table_of_settings() -> dict[str, str]:
    return dict(re.findall(r"^\| `(BBVA_\w+)` \| ([^|]*)\|", README, re.MULTILINE))


def _links() -> Iterator[tuple[str, str]]:
    for name in DOCUMENTS:
        for target in _LINK.findall((PROJECT_ROOT / name).read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "#")):
                yield name, target


def test_the_table_of_settings_is_the_settings() -> None:
    assert sorted(_table_of_settings()) == sorted(f"BBVA_{name.upper()}" for name in AppSettings.model_fields)


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("data_dir", "`data`", Path("data")),
        ("max_upload_bytes", "64 GiB", 64 * 1024**3),
        ("threads", "0", 0),
        ("executor", "`process`", "process"),
        ("stall_seconds", "120", 120.0),
    ],
)
def test_defaults_are_as_said(name: str, said: str, value: object) -> None:
    assert _table_of_settings()[f"BBVA_{name.upper()}"].strip() == said
    assert AppSettings.model_fields[name].default == value


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_there(command: str) -> None:
    assert re.search(rf"^{command}\b", README, re.MULTILINE), f"`{command}` is missing from the command line section"


@pytest.mark.parametrize("target", sorted(set(_targets()) - {"help"}))
def test_every_make_target_is_there(target: str) -> None:
    assert re.search(rf"make {target}\b|`{target}`", README), f"`make {target}` is missing"


@pytest.mark.parametrize("page", [path.stem for path in sorted((PROJECT_ROOT / "pages").glob("*.py"))])
def test_every_page_is_there(page: str) -> None:
    assert f"*{page.replace('_', ' ').capitalize()}*" in README


@pytest.mark.parametrize(("document", "target"), list(_links()))
def test_links_lead_somewhere(document: str, target: str) -> None:
    path = (PROJECT_ROOT / document).parent / target.partition("#")[0]
    assert path.exists(), f"{document} links to {target}, which is not there"


def test_every_promise_has_a_test() -> None:
    promised = re.findall(r"^\| (P\d) \|", README, re.MULTILINE)
    assert promised == [f"P{number}" for number in range(1, 9)]
    page = (PROJECT_ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (P\d)\. (.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in sections] == promised
    assert all("](../tests/" in text for _, text in sections)
    assert "kills at random moments" in page.partition("## In numbers")[2]


def test_command_line_examples_are_accepted() -> None:
    block = README.partition("## Command line")[2].split("```")[1]
    for line in filter(None, (line.partition("#")[0].split() for line in block.splitlines())):
        _parser().parse_args(line)


def test_make_without_a_target_lists_them() -> None:
    done = subprocess.run(["make"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  make")] == _targets()


def test_python_version_is_the_one_said() -> None:
    project = (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11"' in project
    assert "Python 3.11 or newer" in README
    assert sys.version_info >= (3, 11)


def test_license_is_the_one_said() -> None:
    text = (PROJECT_ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "Version 3, 19 November 2007" in text
    assert len(text.encode()) == 34523
    assert 'license = "AGPL-3.0-only"' in (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "[AGPL-3.0-only](LICENSE)" in README
