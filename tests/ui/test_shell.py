"""What the head of the pages does when runs come and go."""

from __future__ import annotations

from bbva_core.ui import shell


def test_a_choice_of_a_run_that_is_gone_by_now_changes_nothing() -> None:
    # Outside of a page there is no picker, as when the last run was deleted in another tab while one was chosen.
    shell._picked("run_picker-1", ())
