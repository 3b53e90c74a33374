#!/usr/bin/env bash
# Compares gannet with plain parallel ssh, clush and ansible (where installed) over a loopback
# fleet: one real sshd per address. Prints a markdown table; docs/benchmarks.md keeps one.
#
#   tests/bench/fleet.sh [N...]     default: 10 50 200
#
#   BENCH_JOBS=64      hosts at once, for every tool
#   BENCH_REPEAT=3     runs of each; the one with the median wall time is shown
#   BENCH_BUILD=DIR    where gannet is; default build/release, which scripts/demo makes
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0"
  exit 0
fi
sizes=("${@:-}")
[[ -n ${sizes[0]} ]] || sizes=(10 50 200)
jobs=${BENCH_JOBS:-64}
repeat=${BENCH_REPEAT:-3}
build=$(realpath "${BENCH_BUILD:-build/release}")
gannet=$build/controller/gannet
[[ -x $gannet ]] || { echo "no $gannet: run scripts/demo first, or set BENCH_BUILD" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/gannet-bench-XXXXXX")
servers=()
cleanup() {
  set +e
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

g++ -O2 -std=c++20 tests/bench/measure.cpp -o "$work/measure"
export HOME=$work/home GANNET_STATE_DIR=$work/results
unset SSH_AUTH_SOCK
mkdir -p "$HOME" "$work/project/site"
# The sshds give the sessions this home, too: what the user's own shell profile does would be
# counted otherwise, many times over.
[[ $(id -u) -ne 0 ]] || mkdir -p -m 0755 /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$work/id"
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
uses_pam=no
if grep -qs "^$(id -un):!" /etc/shadow; then uses_pam=yes; fi

most=0
for n in "${sizes[@]}"; do ((n > most)) && most=$n; done
port=$((20000 + RANDOM % 12000))
address() { echo "127.0.$((100 + $1 / 200)).$((1 + $1 % 200))"; }
for ((i = 0; i < most; i++)); do
  where=$(address "$i")
  mkdir -p "$work/h$i/root"
  /usr/sbin/sshd -D -e -f /dev/null -o "ListenAddress $where" -o "Port $port" \
    -o "HostKey $work/host_key" -o "AuthorizedKeysFile $work/id.pub" -o "PidFile none" \
    -o "SetEnv HOME=$HOME" -o "StrictModes no" -o "PermitRootLogin yes" -o "UsePAM $uses_pam" -o "UseDNS no" \
    -o "MaxStartups 1000" -o "Subsystem sftp internal-sftp" 2>"$work/h$i/log" &
  servers+=($!)
  printf '[%s]:%s %s\n' "$where" "$port" "$(cut -d' ' -f1,2 "$work/host_key.pub")" \
    >>"$work/known_hosts"
done
for ((i = 0; i < most; i++)); do
  until grep -q 'Server listening' "$work/h$i/log"; do
    kill -0 "${servers[$i]}" || { cat "$work/h$i/log" >&2; exit 1; }
    sleep 0.02
  done
done

for ((i = 0; i < 200; i++)); do
  head -c 7500 /dev/urandom | base64 >"$work/project/site/page-$i.html"
done
cat >"$work/project/gannet.yaml" <<'YAML'
project: bench
inventory: inventory.yaml
strategy: { watchdog: 120s }
services:
  site:
    files: [ { src: site/, dest: "{{var.root}}/site/" } ]
    health: { checks: [ { file: "{{var.root}}/site/page-0.html" } ], stable_for: 1ms }
YAML
cat >"$work/ssh_config" <<CONFIG
Host *
  Port $port
  IdentityFile $work/id
  UserKnownHostsFile $work/known_hosts
  BatchMode yes
  LogLevel ERROR
CONFIG
sed 's/^  BatchMode/  KexAlgorithms curve25519-sha256\n  BatchMode/' "$work/ssh_config" \
  >"$work/ssh_config_curve"

# 5,000 other hosts, hashed as ssh-keygen -H does, and the fleet's own lines hashed, too.
head -c 160000 /dev/urandom | base64 -w 42 | head -n 5000 |
  awk '{ printf "host-%d ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA%s\n", NR, $1 }' >"$work/hashed_hosts"
cat "$work/known_hosts" >>"$work/hashed_hosts"
ssh-keygen -q -H -f "$work/hashed_hosts" >/dev/null 2>&1

make_inventory() {  # N, known_hosts
  local i
  {
    printf 'defaults:\n  ssh: { user: %s, port: %s, identity_files: [%s], known_hosts: %s }\n' \
      "$(id -un)" "$port" "$work/id" "$2"
    echo hosts:
    for ((i = 0; i < $1; i++)); do
      printf '  h%d: { address: %s, state_dir: %s, vars: { root: %s } }\n' "$i" "$(address "$i")" \
        "$work/h$i/state" "$work/h$i/root"
    done
  } >"$work/project/inventory.yaml"
  : >"$work/hosts"
  for ((i = 0; i < $1; i++)); do address "$i" >>"$work/hosts"; done
}

rows=()
row() {  # N, label, what to do before each run or ':', command...
  local n=$1 label=$2 before=$3 result=$work/result line i
  shift 3
  rm -f "$result"
  for ((i = 0; i < repeat; i++)); do
    $before
    "$work/measure" "$result" "$@" || { rows+=("| $n | $label | failed | | |"); return; }
  done
  line=$(sort -n "$result" | sed -n "$(((repeat + 1) / 2))p")
  rows+=("$(awk -v n="$n" -v label="$label" '{
    printf "| %d | %s | %.2f | %.2f | %.1f |", n, label, $1, $2 * 1000 / n, $3 / 1024 }' <<<"$line")")
  echo "${rows[-1]}" >&2
}
forget() { rm -rf "$work"/h*/root/* "$work"/h*/state/{blobs,releases,current,journal}; }
forget_files() { rm -rf "$work"/h*/root/*; }
ssh_all() {  # config, command
  row "$n" "ssh, xargs -P $jobs${3:-}" : bash -c \
    "xargs -P $jobs -I{} ssh -F $1 {} $2 <$work/hosts"
}

for n in "${sizes[@]}"; do
  make_inventory "$n" "$work/known_hosts"
  g=("$gannet" -C "$work/project" -j "$jobs")
  "${g[@]}" exec -- true >/dev/null  # installs the agent
  row "$n" "**gannet exec -- true**" : "${g[@]}" exec -- true
  make_inventory "$n" "$work/hashed_hosts"
  row "$n" "**gannet exec -- true**, 5,000 hashed known_hosts" : "${g[@]}" exec -- true
  make_inventory "$n" "$work/known_hosts"
  ssh_all "$work/ssh_config_curve" true ", curve25519: true"
  ssh_all "$work/ssh_config" true ", defaults: true"
  if command -v clush >/dev/null; then
    row "$n" "clush -f $jobs, curve25519: true" : clush -q -f "$jobs" --hostfile "$work/hosts" \
      -o "-F $work/ssh_config_curve" true
  fi
  if command -v ansible >/dev/null; then
    export ANSIBLE_SSH_ARGS="-F $work/ssh_config_curve" ANSIBLE_PIPELINING=1
    row "$n" "ansible -f $jobs -m raw, curve25519: true" : ansible all -i "$work/hosts" \
      -f "$jobs" -m raw -a true
  fi
  row "$n" "**gannet check**" : "${g[@]}" check
  row "$n" "**gannet deploy**, 200 files, first" forget "${g[@]}" deploy -y
  row "$n" "**gannet deploy**, nothing to do" : "${g[@]}" deploy -y
  tar -C "$work/project" -cf "$work/site.tar" site
  row "$n" "tar over ssh, xargs -P $jobs, curve25519: 200 files" forget_files bash -c \
    "xargs -P $jobs -I{} sh -c 'ssh -F $work/ssh_config_curve {} \
     \"mkdir -p $work/tar-{} && tar -C $work/tar-{} -xf -\" <$work/site.tar' <$work/hosts"
  rm -rf "$work"/tar-*
  forget
done

echo
printf 'Machine: %s, %s cores; %s; %s; %s at once; median of %s.\n\n' \
  "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(nproc)" \
  "$(ssh -V 2>&1 | cut -d, -f1)" "$("$gannet" version | head -n 1)" "$jobs" "$repeat"
echo '| hosts | what | wall s | controller CPU, ms per host | peak MB |'
echo '|---|---|---|---|---|'
printf '%s\n' "${rows[@]}"
