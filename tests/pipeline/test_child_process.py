"""The child process: calls, errors, death and silence; and nothing is left when it is closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bbva_core.errors import ComputeCrashed, ComputeFailed, ComputeHung, VideoReadError
from bbva_core.pipeline.child import ChildProcess
from bbva_core.settings import PROJECT_ROOT


@pytest.fixture
def child() -> Iterator[ChildProcess]:
    process = ChildProcess("tests.served:Served", "hello", stall_seconds=60)
    yield process
    process.close()


def test_calls_go_to_one_object_in_another_process(child: ChildProcess) -> None:
    assert child.pid is None and child.resident_bytes() == 0
    greeting, value, pid, calls = child.call("echo", {"a": (1, 2)})
    assert (greeting, value, calls) == ("hello", {"a": (1, 2)}, 1)
    assert pid == child.pid != os.getpid()
    assert child.call("echo", None)[3] == 2
    assert child.resident_bytes() > 0


def test_progress_arrives_in_order(child: ChildProcess) -> None:
    seen: list[tuple[int, int]] = []
    assert child.call("count", 5, progress=lambda done, total: seen.append((done, total))) == 5
    assert seen == [(i, 5) for i in range(5)]


def test_what_a_library_prints_does_not_spoil_the_answers(child: ChildProcess) -> None:
    assert child.call("shout") == "done"


def test_our_errors_arrive_whole(child: ChildProcess) -> None:
    with pytest.raises(VideoReadError) as error:
        child.call("fail", True)
    assert (error.value.what, error.value.safe, error.value.do) == ("cannot read", "all safe", "put it back")
    assert child.call("echo", 1)[3] == 1  # the child lives


def test_other_errors_arrive_in_words(child: ChildProcess) -> None:
    with pytest.raises(ComputeFailed, match="KeyError: 'odd'"):
        child.call("fail", False)


@pytest.mark.parametrize(
    ("how", "words"), [(-9, "killed by SIGKILL"), (-11, "killed by SIGSEGV"), (3, "exit code 3")], ids=str
)
def test_a_child_that_dies_is_started_again(child: ChildProcess, how: int, words: str) -> None:
    first = child.call("echo", 1)[2]
    with pytest.raises(ComputeCrashed, match=words):
        child.call("die", how)
    assert child.pid is None
    assert child.call("echo", 1)[2] != first


def test_a_child_killed_between_two_calls_is_started_again(child: ChildProcess) -> None:
    pid = child.call("echo", 1)[2]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert child.call("echo", 1)[2] != pid


def test_a_target_that_cannot_be_made_is_a_crash() -> None:
    child = ChildProcess("tests.served:Served", stall_seconds=60)  # its argument is missing
    with pytest.raises(ComputeCrashed, match="exit code 1"):
        child.call("echo", 1)
    child.close()


def test_a_silent_child_is_stopped() -> None:
    child = ChildProcess("tests.served:Served", "hello", stall_seconds=60)
    child.call("echo", 1)
    child._stall_seconds = 0.2
    with pytest.raises(ComputeHung, match="no progress"):
        child.call("hang")
    assert child.pid is None
    child._stall_seconds = 60
    assert child.call("echo", 1)[3] == 1
    child.close()


def test_the_time_that_a_child_takes_to_start_is_not_taken_for_silence(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    child = ChildProcess("tests.served:Marked", str(mark), stall_seconds=0.01)  # no interpreter starts so fast
    with pytest.raises(ComputeHung):
        child.call("hang")
    assert mark.exists()
    child.close()


def test_ctrl_c_does_not_reach_the_child(child: ChildProcess) -> None:
    pid = child.call("echo", 1)[2]
    os.kill(pid, signal.SIGINT)
    assert child.call("echo", 1)[2] == pid


def test_nothing_is_left_after_close() -> None:
    me = psutil.Process()
    # What earlier tests left may end meanwhile: it is compared what is there more, not how many are there.
    threads, children = set(threading.enumerate()), set(me.children(recursive=True))
    files = me.num_fds()
    for _ in range(3):
        child = ChildProcess("tests.served:Served", "hello", stall_seconds=60)
        child.call("echo", 1)
        with pytest.raises(ComputeCrashed):
            child.call("die", 1)
        child.call("echo", 1)
        child.close()
        child.close()
        assert set(threading.enumerate()) <= threads
        assert set(me.children(recursive=True)) <= children
    assert me.num_fds() <= files


def test_closing_while_another_thread_starts_the_child_ends_both() -> None:
    for _ in range(20):
        child = ChildProcess("tests.served:Served", "hello", stall_seconds=60)
        with ThreadPoolExecutor(1) as pool:
            calling = pool.submit(child.call, "hang")
            while not calling.done():
                child.close()  # at whatever point of the start it is
        with pytest.raises(ComputeCrashed):
            calling.result()
        assert child.pid is None


PARENT = """
import sys
from bbva_core.pipeline.child import ChildProcess
child = ChildProcess("tests.served:Served", "hello", stall_seconds=600)
print(child.call("echo", 1)[2], flush=True)
{then}
"""


@pytest.mark.parametrize("then", ["child.call('hang')", "sys.stdin.read()"], ids=["in a call", "idle"])
def test_the_child_dies_with_its_parent(then: str, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(then=then)],
        cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdin is not None and parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    with suppress(psutil.NoSuchProcess):
        orphan.wait(timeout=30)  # our own limit only: it goes at once
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    parent.stdin.close()
    parent.stdout.close()


def test_a_call_that_was_left_cannot_answer_the_next_one(child: ChildProcess) -> None:
    class PageWasLeft(BaseException):
        pass

    def leave(_done: int, _total: int) -> None:
        raise PageWasLeft

    with pytest.raises(PageWasLeft):
        child.call("count", 1000, progress=leave)
    assert child.call("echo", "mine")[1] == "mine"
    assert child.call("echo", "mine too")[1] == "mine too"
