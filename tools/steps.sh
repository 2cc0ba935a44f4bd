# Sourced: `step NAME command…` runs one step and remembers how long it took.
taken=""

step() {
    name=$1
    shift
    printf "── %s: %.120s\n" "$name" "$*"
    began=$(date +%s)
    if "$@"; then verdict=ok; else verdict=FAILED; fi
    taken="$taken$(printf '  %-28s %5s s  %s' "$name" "$(($(date +%s) - began))" "$verdict")
"
    [ $verdict = ok ]
}

times_taken() { printf '── time taken\n%s' "$taken"; }
