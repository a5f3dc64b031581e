"""From a stored run to what the executor needs, checked anew at every start."""

from __future__ import annotations

from pathlib import Path

from bbva_core.detect import WeightsFile, resolve_weights
from bbva_core.pipeline.identity import as_created, check_same_identity, check_same_video, run_identity
from bbva_core.pipeline.stages import stages_of
from bbva_core.pipeline.tasks import RunSpec
from bbva_core.settings import AppSettings, RunSettings, stored_run_settings
from bbva_core.store import Store
from bbva_core.store.models import Video


def spec_for(app: AppSettings, store: Store, run_uuid: str) -> RunSpec:
    """All that the executor needs for a run, if it may run.

    Raises:
        ResumeRefused: Video, models, library versions, stages or device are not what the run was created with.
        WeightsError: Its weights are not there any more.
    """
    run = store.queries.run(run_uuid)
    settings = stored_run_settings(run.settings, run.settings_hash)
    video = store.queries.video(run.video_id)
    path = video_path(app, video)
    stamp = check_same_video(video, path)
    if stamp != video.stamp:  # a data folder that was moved: once is enough, also after the next start of the app
        store.registry.note_touched(video, mtime_ns=stamp[1], ctime_ns=stamp[2])
    # Trusted: the user agreed when the run was created, and the identity pins the very bytes.
    check_same_identity(run, run_identity(app, settings, weights_of(app, settings, trust=True)))
    return RunSpec(
        run_uuid=run.uuid,
        app=as_created(app, run.identity),
        settings=settings,
        identity=run.identity,
        video_path=path,
        video_info={**video.info, "sha256": video.sha256, "stamp": stamp},
        frame_index=store.queries.frame_index(run.video_id),
        stages=stages_of(settings),
    )


def weights_of(app: AppSettings, settings: RunSettings, *, trust: bool) -> WeightsFile | None:
    """The weights that these settings name; None for engines that need none.

    Raises:
        WeightsMissing: They are not there.
        WeightsUntrusted: They are a pickle of unknown origin and `trust` is false.
    """
    if settings.detector != "ultralytics":
        return None
    return resolve_weights(app, settings.weights, trust=trust)


def video_path(app: AppSettings, video: Video) -> Path:
    """Where a stored video lies: in the data folder when it is ours, else where the user opened it."""
    return app.data_dir.resolve() / video.path
