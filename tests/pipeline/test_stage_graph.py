"""Stages come after the ones they depend on; a new one joins by being listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bbva_core.errors import InvalidSettings
from bbva_core.pipeline.control import Control
from bbva_core.pipeline.stages import STAGES, stages_of
from bbva_core.pipeline.worker import Worker
from bbva_core.settings import AppSettings, make_run_settings
from bbva_core.store import RunState, Store
from tests import fakes


@pytest.mark.parametrize(
    ("detector", "ocr", "expected"),
    [
        ("opencv-hog", "rapidocr", ("detect", "ocr")),
        ("opencv-hog", "none", ("detect",)),
        ("none", "rapidocr", ("ocr",)),
    ],
    ids=str,
)
def test_only_wanted_stages_in_order(detector: str, ocr: str, expected: tuple[str, ...]) -> None:
    assert stages_of(make_run_settings(detector=detector, ocr=ocr)) == expected


def test_nothing_to_do_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="nothing to do"):
        make_run_settings(detector="none", ocr="none")


def test_dependencies_decide_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STAGES, "detect", replace(STAGES["detect"], after=("ocr", "track")))
    monkeypatch.setitem(STAGES, "ocr", replace(STAGES["ocr"], after=()))
    monkeypatch.setitem(STAGES, "track", replace(STAGES["ocr"], name="track", after=("ocr",)))
    assert stages_of(make_run_settings(detector="opencv-hog")) == ("ocr", "track", "detect")


def test_stages_that_wait_for_each_other_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STAGES, "detect", replace(STAGES["detect"], after=("ocr",)))
    monkeypatch.setitem(STAGES, "ocr", replace(STAGES["ocr"], after=("detect",)))
    with pytest.raises(ValueError, match="wait for each other"):
        stages_of(make_run_settings(detector="opencv-hog"))


def test_a_new_stage_works_by_being_listed(
    app: AppSettings, store: Store, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.use_fake_stages(monkeypatch.setitem)
    brightness = replace(STAGES["detect"], name="brightness", after=("ocr",), wanted=lambda _settings: True)
    monkeypatch.setitem(STAGES, "brightness", brightness)
    control = Control(app, store)
    uuid = control.create_run(control.add_video(clip), make_run_settings(detector="none", ocr_interval=0.4))
    control.close()
    worker = Worker(app, store)
    worker.acquire()
    assert worker.run_next() == RunState.COMPLETE
    worker.close()
    run = store.queries.run(uuid)
    assert {name: (stage.completed, stage.total, stage.frames) for name, stage in run.stages.items()} == {
        "ocr": (2, 2, 6),
        "brightness": (2, 2, 60),
    }
    rows = store.queries.detections(run.id)
    assert {row["frame_index"] for row in rows} == {frame for frame in range(60) if fakes.rows_of("detect", frame)}
    assert run.readings == 6
