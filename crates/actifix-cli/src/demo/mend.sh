# Mends one program of the demo. `actifix work` runs this once for each ticket: the ticket's facts are in the environment
# (and as JSON on stdin), its lease is renewed meanwhile, and the evidence on stdout completes it.
set -eu
file=${ACTIFIX_SOURCE##*/} # programs/average.py:2
file=${file%%:*}
case $file in *.py) run=python3 ;; *.js) run=node ;; *) run=sh ;; esac
bench=work/$ACTIFIX_AS
copy=$bench/$file
mkdir -p "$bench"
echo $$ > "$bench/pid"

# See it fail, in a copy.
cp "programs/$file" "$copy"
if $run "$copy" > "$bench/first" 2>&1; then saw='it runs'; else saw="exit $?"; fi
echo "sees it fail: $saw" >&2

# The demo's pause: meanwhile one worker is killed and another stopped.
while [ -e hold/all ] || [ -e "hold/$ACTIFIX_TICKET_ID" ]; do sleep 0.05; done

# Edit the copy, and test it: it ends well, and prints what it should.
sed -f "fixes/$file.sed" "$copy" > "$copy.new"
mv "$copy.new" "$copy"
got=$($run "$copy" 2>&1) || got="exit $?: $got"
want=$(cat "expected/$file")
[ "$got" = "$want" ] || { echo "still wrong: $got" >&2; exit 1; }

# Still ours? Whoever was away for too long must not touch the program.
"$ACTIFIX" renew "$ACTIFIX_TICKET_ID" --token "$ACTIFIX_LEASE_TOKEN" --lease 5s > /dev/null
mv "$copy" "programs/$file"

# The evidence.
did=$(cat "fixes/$file.txt")
printf '{"did":"%s","files":["programs/%s"],"tested":"%s","results":"It prints: %s"}\n' \
    "$did" "$file" "$run programs/$file" "$got"
