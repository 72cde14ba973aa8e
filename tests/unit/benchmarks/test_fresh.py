import os

from benchmarks.fresh import in_fresh_process, peak_in, resident_in


def test_work_in_a_fresh_process_does_not_run_in_this_one() -> None:
    assert in_fresh_process(os.getpid) != os.getpid()


def test_the_peak_is_read_from_the_high_water_mark_and_not_from_what_is_resident_now() -> None:
    status = "Name:\tpython\nVmPeak:\t  900000 kB\nVmHWM:\t  250000 kB\nVmRSS:\t  100000 kB\n"

    assert peak_in(status) == 256.0


def test_resident_memory_is_what_is_resident_now_and_not_the_peak() -> None:
    status = "Name:\tpython\nVmHWM:\t  900000 kB\nVmRSS:\t  250000 kB\n"

    assert resident_in(status) == 256.0
