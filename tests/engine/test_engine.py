"""Engines: the same answers in the same order wherever the work is done, on two real worker processes too."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crimemap.engine import LocalEngine, current_engine, open_engine, running_on
from crimemap.engine.dask_workers import _require_same_version
from crimemap.errors import CrimemapError, EmptyInputError, ParameterError


def square(number: int) -> int:
    return number * number


def process_of(_: int) -> int:
    return os.getpid()


def refuse(number: int) -> int:
    raise EmptyInputError(f"nothing in {number}", where="there", fix="Look elsewhere.")


def die_once(given: tuple[int, str]) -> int:
    """Kill the worker that does this the first time, as a machine that fails would."""
    number, folder = given
    mark = Path(folder) / f"tried-{number}"
    if number == 3 and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number * number


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.fixture(scope="module")
def dask():
    pytest.importorskip("distributed")
    with open_engine("dask", workers=2, memory="1GiB") as engine:
        yield engine


class TestLocal:
    def test_results_come_in_the_order_of_the_partitions(self):
        assert LocalEngine(3).map(square, range(50)) == [n * n for n in range(50)]

    def test_work_runs_on_the_innermost_engine_named(self):
        inner = LocalEngine(1)
        with open_engine(workers=5) as outer:
            assert current_engine() is outer
            with running_on(inner):
                assert current_engine() is inner
            assert current_engine() is outer
        assert current_engine() == LocalEngine()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"name": "spark"}, "is no engine"),
            ({"workers": 0}, "0 workers do no work"),
            ({"scheduler": "tcp://127.0.0.1:1"}, "local engine has no scheduler"),
            ({"name": "dask", "memory": "plenty"}, "no amount of memory"),
        ],
    )
    def test_what_is_no_engine_is_refused(self, asked, said):
        with pytest.raises(ParameterError, match=said), open_engine(**asked):
            pass


class TestTwoWorkerProcesses:
    def test_results_are_those_of_threads_in_the_same_order(self, dask):
        assert dask.map(square, range(50)) == LocalEngine().map(square, range(50))
        assert dask.map(square, []) == []

    def test_work_is_done_by_both_and_by_neither_thread_of_ours(self, dask):
        seen = set(dask.map(process_of, range(40)))
        assert len(seen) == 2
        assert os.getpid() not in seen

    def test_what_the_work_raises_is_passed_on_whole(self, dask):
        with pytest.raises(EmptyInputError, match="nothing in 5") as raised:
            dask.map(refuse, [5])
        assert (raised.value.where, raised.value.fix) == ("there", "Look elsewhere.")

    def test_memory_of_each_is_bounded(self, dask):
        limits = [worker["memory_limit"] for worker in dask.client.scheduler_info()["workers"].values()]
        assert limits == [2**30, 2**30]

    def test_nothing_listens_but_on_this_machine(self, dask):
        told = dask.client.scheduler_info()
        addresses = [told["address"], *told["workers"], *(worker["nanny"] for worker in told["workers"].values())]
        assert len(addresses) == 5
        assert all(address.startswith("tcp://127.0.0.1:") for address in addresses)

    def test_work_of_a_lost_worker_is_done_again(self, dask, tmp_path):
        before = set(dask.map(process_of, range(40)))
        given = [(number, str(tmp_path)) for number in range(12)]
        assert dask.map(die_once, given) == [number * number for number in range(12)]
        killed = int((tmp_path / "tried-3").read_text())
        assert killed in before
        with pytest.raises(ProcessLookupError):
            os.kill(killed, 0)

    def test_work_that_kills_every_worker_is_given_up_with_the_reason(self, dask):
        with pytest.raises(CrimemapError, match="has lost 4 workers: most often it needs more memory"):
            dask.map(die, [1])


def test_a_cluster_is_found_by_its_schedulers_address():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs="ERROR"
        ) as cluster,
        open_engine("dask", scheduler=cluster.scheduler_address) as engine,
    ):
        assert engine.map(square, [3, 4]) == [9, 16]


def test_workers_of_another_version_or_without_crimemap_are_refused():
    class Client:
        def __init__(self, answer):
            self.answer = answer

        def run(self, _):
            return self.answer()

    with pytest.raises(CrimemapError, match=r"the workers have crimemap 0\.0\.1"):
        _require_same_version(Client(lambda: {"tcp://a": "0.0.1", "tcp://b": "0.0.1"}))
    with pytest.raises(CrimemapError, match="cannot run crimemap"):
        _require_same_version(Client(lambda: __import__("no_such_package")))


def test_no_scheduler_is_an_error_that_says_where(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("crimemap.engine.dask_workers._SECONDS_TO_CONNECT", 1)
    with (
        pytest.raises(CrimemapError, match=r"tcp://127.0.0.1:9: no scheduler with workers answers here"),
        open_engine("dask", scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_without_dask_it_says_what_to_install():
    code = (
        "import sys; sys.modules['dask'] = None\n"
        "from crimemap.engine import open_engine\n"
        "from crimemap.errors import CrimemapError\n"
        "try:\n    open_engine('dask').__enter__()\nexcept CrimemapError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'crimemap[cluster]'" in said
