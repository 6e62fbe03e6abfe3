#!/bin/sh
# Judges a v1.5 submission in which one results.json has 1 GiB of answers beside its scores, and reads the same file with
# `cat` and `sha256sum`, in turn; prints processor seconds (user and system), rates and peak memory.
#
#   benches/long-file.sh [ROUNDS] [MIB]
#
# Needs GNU time as /usr/bin/time and room for the file in TMPDIR; nothing is left behind.
set -eu
rounds=${1:-3} mib=${2:-1024}
cd "$(dirname "$0")/.."
cargo build --release -q -p runbench -p runbench-benches --bins --examples
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
target/release/examples/write_submission "$folder/acme" v1.5
python3 - "$folder/acme" "$PWD/target/release/runbench" "$rounds" "$mib" <<'PYTHON'
import glob, os, statistics, subprocess, sys

folder, runbench, rounds, mib = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
scores = sorted(glob.glob(folder + "/results/*/*/*/accuracy_results.json"))[0]
long = os.path.join(os.path.dirname(scores), "results.json")
with open(scores) as file:
    judged = file.read()
os.remove(scores)
row = '{"id": %d, "prompt_tokens": 812, "latency_ns": 1834921837, "text": "' + "an answer of some words, " * 36 + '"},\n'
with open(long, "w") as file:
    file.write('{"responses": [\n')
    written, number = 0, 0
    while written < mib << 20:
        written += file.write(row % number)
        number += 1
    file.write('{}],\n"accuracy_scores": ' + judged + "}\n")

def run(*command):
    """Processor seconds and peak memory in KiB."""
    timed = subprocess.run(
        ["/usr/bin/time", "-f", "%U %S %M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    user, system, peak = timed.stderr.split("\n")[-2].split()
    return float(user) + float(system), int(peak)

ways = {
    "cat": ["cat", long],
    "sha256sum": ["sha256sum", long],
    "runbench check": [runbench, "check", folder, "--ruleset", "v1.5", "-q"],
}
found = {name: [] for name in ways}
run("cat", long)
for _ in range(rounds):
    for name, command in ways.items():
        found[name].append(run(*command))
read = statistics.median(seconds for seconds, _ in found["cat"])
for name, runs in found.items():
    seconds = statistics.median(seconds for seconds, _ in runs)
    peak = max(peak for _, peak in runs)
    print(f"{name:16} {seconds:7.2f} s  {mib / seconds:7.0f} MiB/s  {peak / 1024:7.1f} MiB peak")
print(f"runbench takes {statistics.median(s for s, _ in found['runbench check']) / max(read, 0.01):.1f} x the time of cat")
PYTHON
