"""One place reads the environment, and what it finds wrong is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbva_core.errors import InvalidSettings, ResumeRefused
from bbva_core.settings import AppSettings, load_app_settings, make_run_settings, stored_run_settings


@pytest.mark.parametrize("field", sorted(AppSettings.model_fields))
def test_an_empty_variable_is_an_unset_one(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BBVA_{field.upper()}", "")
    assert getattr(load_app_settings(), field) == AppSettings.model_fields[field].default


def test_an_empty_models_folder_trusts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BBVA_MODELS_DIR", "")
    assert load_app_settings().models_dir is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BBVA_THREADS", "abc"),
        ("BBVA_THREADS", "-1"),
        ("BBVA_EXECUTOR", "cluster"),
        ("BBVA_STALL_SECONDS", "inf"),
        ("BBVA_MAX_UPLOAD_BYTES", "64 GiB"),
        ("BBVA_FAILPOINT", "before_commit"),
        ("BBVA_FAILPOINT", "before_commit:explode"),
        ("BBVA_FAILPOINT", "before_commit:kill:0"),
        ("BBVA_MEDIA_DIRS", "~nobody-at-all/games"),
        ("BBVA_DATABASE_URL", "my.db"),
        ("BBVA_DATABASE_URL", "sqlite://"),
        ("BBVA_DATABASE_URL", "sqlite:///:memory:"),
        ("BBVA_DATABASE_URL", "nosuchbase://me@127.0.0.1/bbva"),
    ],
)
def test_a_bad_value_is_said_in_words(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=name) as refused:
        load_app_settings()
    assert refused.value.safe and refused.value.do
    assert "validation error" not in str(refused.value)


def test_a_password_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BBVA_DATABASE_URL", "nosuchbase://me:hunter2@127.0.0.1/bbva")
    with pytest.raises(InvalidSettings) as refused:
        load_app_settings()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


@pytest.mark.parametrize("value", ["before_commit:kill", "mid_decode:hang:3", ""])
def test_failpoints_are_accepted(value: str) -> None:
    assert load_app_settings(failpoint=value).failpoint == value


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BBVA_DATA_DIR", "/somewhere")
    assert load_app_settings(data_dir=Path("/else")).data_dir == Path("/else")
    assert load_app_settings(data_dir=None).data_dir == Path("/somewhere")


def test_settings_of_a_stored_run_are_those_it_was_created_with() -> None:
    settings = make_run_settings(conf=0.3, scoreboard_region=(1, 2, 3, 4))
    stored = settings.model_dump(mode="json")
    assert stored_run_settings(stored, settings.digest()) == settings
    with pytest.raises(ResumeRefused, match="not those it was created with") as refused:
        stored_run_settings({**stored, "conf": 0.4}, settings.digest())
    assert refused.value.safe and refused.value.do


def test_settings_stored_before_there_was_a_field_are_still_good() -> None:
    settings = make_run_settings()
    stored = settings.model_dump(mode="json")
    del stored["ocr_interval"]
    import hashlib
    import json

    digest = hashlib.sha256(json.dumps(stored, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert stored_run_settings(stored, digest) == settings


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (50, 50), (50, 0), (0, 50)],
        [(0, 0), (0, 0), (50, 50), (0, 50)],
        [(50, 0), (0, 0), (0, 50), (50, 50)],
    ],
    ids=["crossed", "two in one place", "counted the other way"],
)
def test_corners_that_are_none_of_a_board_are_refused(corners: list[tuple[int, int]]) -> None:
    with pytest.raises(InvalidSettings, match="upper left, upper right, lower right, lower left"):
        make_run_settings(scoreboard_corners=corners)
