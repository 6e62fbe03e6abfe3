#!/bin/sh
# Judges the same 32-point submissions with runbench and with the reference, in turn, and prints medians and ratios.
#
#   benches/compare-check.sh V01_PYTHON V15_PYTHON [ROUNDS]
#
# V01_PYTHON and V15_PYTHON are the interpreters of two virtual environments that hold endpoints-submission-cli
# 0.1.1.9 and 1.5.3.0. Nothing is installed, and nothing is left behind.
set -eu
v01=$1 v15=$2 rounds=${3:-21}
cd "$(dirname "$0")/.."
cargo build --release -q -p runbench -p runbench-benches --bins --examples
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for ruleset in v0.1 v1.5; do
    target/release/examples/write_submission "$folder/$ruleset" "$ruleset"
    if [ "$ruleset" = v0.1 ]; then python=$v01; else python=$v15; fi
    "$python" - "$ruleset" "$folder/$ruleset" "$PWD/target/release/runbench" "$rounds" <<'PYTHON'
import os, statistics, subprocess, sys, time
from pathlib import Path
from submission_checker import SubmissionChecker

ruleset, folder, runbench, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
reference = os.path.join(os.path.dirname(sys.executable), "endpoints-submission-cli")

def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

def command(*arguments):
    return lambda: subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

ways = {
    "reference, in process, warm": lambda: SubmissionChecker(Path(folder)).run().results,
    "reference, command": command(reference, "check-submission", folder, "-q"),
    "runbench, command": command(runbench, "check", folder, "--ruleset", ruleset, "-q"),
}
# Release 0.1.1.9 has the checker, but no command for it.
if ruleset == "v0.1":
    del ways["reference, command"]
times = {name: [] for name in ways}
for work in ways.values():
    work()
for _ in range(rounds):
    for name, work in ways.items():
        times[name].append(timed(work))
own = statistics.median(times["runbench, command"])
for name, values in times.items():
    median = statistics.median(values)
    print(f"{ruleset}  {name:28} {median * 1000:8.1f} ms  {median / own:6.1f} x")
PYTHON
done
