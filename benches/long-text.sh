#!/bin/sh
# Peak memory of `runbench tokens count` on one long text: less that on an empty text, by the text's size.
#
#   benches/long-text.sh [TOKENIZERS] [SETS] [MB]
#
# TOKENIZERS and SETS are lists such as qwen2,bert-base-uncased and en,zh; RUNBENCH_TOKENIZERS names the folder of the
# full files. Needs GNU time as /usr/bin/time and room for the text in TMPDIR; nothing is left behind.
set -eu
tokenizers=${1:-qwen2,deepseek3-style,bert-base-uncased} sets=${2:-en} mb=${3:-64}
cd "$(dirname "$0")/.."
cargo build --release -q -p runbench -p runbench-benches --bins --examples
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
: >"$folder/empty"
peak() { # TOKENIZER TEXT [OPTION]...: KiB
    file=${RUNBENCH_TOKENIZERS:+$RUNBENCH_TOKENIZERS/$1/tokenizer.json}
    text=$2 tokenizer=${file:-proptests/tokenizers/$1.json}
    shift 2
    /usr/bin/time -f %M target/release/runbench tokens count "$@" --tokenizer "$tokenizer" "$text" 2>&1 >/dev/null | tail -n 1
}
for set in $(echo "$sets" | tr , ' '); do
    target/release/examples/write_text "$folder/text" "$set" "$mb"
    bytes=$(wc -c <"$folder/text")
    for tokenizer in $(echo "$tokenizers" | tr , ' '); do
        for cores in "" "--cores 0"; do
            # shellcheck disable=SC2086
            empty=$(peak "$tokenizer" "$folder/empty" $cores) full=$(peak "$tokenizer" "$folder/text" $cores)
            echo "$tokenizer $set ${cores:-all cores} $empty $full $bytes" | awk '{
                empty = $(NF - 2); full = $(NF - 1); bytes = $NF; $(NF - 2) = $(NF - 1) = $NF = ""
                printf "%-40s %6.1f MiB empty, %6.1f MiB peak, %.2f x the text of %.1f MiB\n", $0, empty / 1024, full / 1024, (full - empty) * 1024 / bytes, bytes / 1048576
            }'
        done
    done
done
