#!/usr/bin/env bash
# Bytes over SSH when one of ten layers of an image changed: gannet against
# `docker save | ssh docker load`. Prints a markdown table. Needs Docker with Compose v2 here (both
# sides are this machine, by an sshd on loopback); says so and ends with 2 where it is missing. Below
# the table: the most memory that any agent took (VmHWM); more than 16 MiB is an error (exit code 1).
#
#   tests/bench/images.sh
#
#   BENCH_LAYER_MIB=8  size of each layer, of bytes that do not pack
#   BENCH_BUILD=DIR    where gannet is; default build/release, which scripts/demo makes
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0"
  exit 0
fi
for program in docker gcc python3 ssh ssh-keygen /usr/sbin/sshd; do
  command -v "$program" >/dev/null || { echo "no $program here: nothing to measure" >&2; exit 2; }
done
docker info >/dev/null 2>&1 || { echo "no Docker answers here (docker info)" >&2; exit 2; }
docker compose version >/dev/null 2>&1 || { echo "no Compose v2 here (docker compose)" >&2; exit 2; }
build=$(realpath "${BENCH_BUILD:-build/release}")
gannet=$build/controller/gannet
[[ -x $gannet ]] || { echo "no $gannet: run scripts/demo first, or set BENCH_BUILD" >&2; exit 2; }
size=${BENCH_LAYER_MIB:-8}

work=$(mktemp -d "${TMPDIR:-/tmp}/gannet-bench-XXXXXX")
name=gannet-bench-$$
server=
relay=
watcher=
cleanup() {
  set +e
  docker compose -p "$name" down --remove-orphans >/dev/null 2>&1
  docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -F "$name" | xargs -r docker rmi -f >/dev/null 2>&1
  [[ -z $server ]] || kill "$server" 2>/dev/null
  [[ -z $relay ]] || kill "$relay" 2>/dev/null
  [[ -z $watcher ]] || kill "$watcher" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# ---- an image with ten layers, twice --------------------------------------------------------
mkdir -p "$work/context" "$work/project" "$work/home"
cat >"$work/wait.c" <<'C'
#include <signal.h>
#include <unistd.h>
static void end(int number) { _exit(number == SIGTERM ? 0 : 1); }
int main(void) {
  signal(SIGTERM, end);
  for (;;) pause();
}
C
gcc -O2 -static -o "$work/context/wait" "$work/wait.c"
{
  echo "FROM scratch"
  echo "COPY wait /wait"
  for n in 1 2 3 4 5 6 7 8 9; do echo "COPY l$n /l$n"; done
  echo 'CMD ["/wait"]'
} >"$work/context/Dockerfile"
for n in 1 2 3 4 5 6 7 8 9; do head -c "${size}M" /dev/urandom >"$work/context/l$n"; done
docker build -q -t "$name:v" "$work/context" >/dev/null
docker save -o "$work/v1.tar" "$name:v"
head -c "${size}M" /dev/urandom >"$work/context/l9"
docker build -q -t "$name:v" "$work/context" >/dev/null
docker save -o "$work/v2.tar" "$name:v"
forget() {
  docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -F "$name" | xargs -r docker rmi -f >/dev/null
  docker image prune -f >/dev/null
}
forget

# ---- a host ---------------------------------------------------------------------------------
ssh-keygen -q -t ed25519 -N '' -f "$work/id"
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
[[ $(id -u) -ne 0 ]] || mkdir -p -m 0755 /run/sshd
port=$((20000 + RANDOM % 12000))
uses_pam=no
if grep -qs "^$(id -un):!" /etc/shadow; then uses_pam=yes; fi
environment="HOME=$work/home"
for variable in DOCKER_HOST DOCKER_CONFIG; do
  [[ -z ${!variable:-} ]] || environment+=" $variable=${!variable}"
done
/usr/sbin/sshd -D -e -f /dev/null -o "ListenAddress 127.0.0.1" -o "Port $((port + 1))" \
  -o "HostKey $work/host_key" -o "AuthorizedKeysFile $work/id.pub" -o "PidFile none" \
  -o "SetEnv $environment" -o "StrictModes no" -o "PermitRootLogin yes" -o "UsePAM $uses_pam" \
  -o "UseDNS no" 2>"$work/sshd.log" &
server=$!
# A relay that counts, since sshd says how much it got only of connections that end politely.
cat >"$work/relay.py" <<'PYTHON'
import socket, sys, threading
port, count = int(sys.argv[1]), sys.argv[2]
total, lock = 0, threading.Lock()
def note(size):
    global total
    with lock:
        total += size
        with open(count, "r+") as out: out.write(str(total))
def pump(source, sink, counted):
    try:
        while data := source.recv(65536):
            if counted: note(len(data))
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()
with open(count, "w") as out: out.write("0")
listener = socket.create_server(("127.0.0.1", port))
print("relay listening", flush=True)
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", port + 1))
    threading.Thread(target=pump, args=(client, server, True), daemon=True).start()
    threading.Thread(target=pump, args=(server, client, False), daemon=True).start()
PYTHON
python3 "$work/relay.py" "$port" "$work/count" >"$work/relay.log" &
relay=$!
printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/host_key.pub")" >"$work/known_hosts"
until grep -q 'Server listening' "$work/sshd.log" && grep -q listening "$work/relay.log"; do
  kill -0 "$server" || { cat "$work/sshd.log" >&2; exit 1; }
  sleep 0.02
done

export HOME=$work/home GANNET_STATE_DIR=$work/results
unset SSH_AUTH_SOCK
cat >"$work/project/inventory.yaml" <<YAML
defaults:
  ssh: { user: $(id -un), port: $port, identity_files: [$work/id], known_hosts: $work/known_hosts }
hosts:
  bench: { address: 127.0.0.1, state_dir: $work/state }
YAML
cat >"$work/project/gannet.yaml" <<YAML
project: bench
inventory: inventory.yaml
services:
  web:
    compose:
      file: compose.yml
      project: $name
      directory: $work/deployed
      images: { web: { archive: $work/project/image.tar } }
YAML
printf 'services:\n  web:\n    image: "%s:v"\n    network_mode: none\n' "$name" >"$work/project/compose.yml"

# ---- measuring ------------------------------------------------------------------------------
# What clients sent, over the relay. It writes before it passes on, so nothing is missing later.
received() { cat "$work/count"; }
row() {  # name, command...
  local label=$1 before begin end
  shift
  before=$(received)
  begin=$(date +%s%N)
  "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; echo "failed: $label" >&2; exit 1; }
  end=$(date +%s%N)
  awk -v l="$label" -v b="$(($(received) - before))" -v t="$((end - begin))" \
    'BEGIN { printf "| %s | %.2f MiB | %.1f s |\n", l, b / 1048576, t / 1e9 }'
}
# Each agent of this host, while it runs; VmHWM is the highest it ever was.
watch_agents() {
  local most=0 file now
  while sleep 0.05; do
    for file in /proc/[0-9]*/exe; do
      [[ $(readlink "$file" 2>/dev/null) == "$work"/state/* ]] || continue
      now=$(awk '/^VmHWM:/ { print $2 }' "${file%exe}status" 2>/dev/null || true)
      if [[ ${now:-0} -gt $most ]]; then
        most=$now
        echo "$most" >"$work/agent.kib"
      fi
    done
  done
}
echo 0 >"$work/agent.kib"
watch_agents &
watcher=$!
deploy() { cp "$work/$1.tar" "$work/project/image.tar" && "$gannet" -C "$work/project" deploy -y; }
pipe() { ssh -F none -i "$work/id" -p "$port" -o "UserKnownHostsFile=$work/known_hosts" 127.0.0.1 docker load <"$work/$1.tar"; }

echo "| ten layers of $size MiB | bytes over SSH | time |"
echo "|---|---|---|"
row "docker save, ssh docker load: first" pipe v1
row "docker save, ssh docker load: one layer changed" pipe v2
forget
row "gannet: first" deploy v1
row "gannet: one layer changed" deploy v2
row "gannet: nothing changed" deploy v2
peak=$(<"$work/agent.kib")
[[ $peak -gt 0 ]] || { echo "no agent was seen at work" >&2; exit 1; }
awk -v kib="$peak" 'BEGIN { printf "\nLargest agent: %.1f MiB (VmHWM).\n", kib / 1024; exit kib > 16 * 1024 }' ||
  { echo "an agent may take 16 MiB" >&2; exit 1; }
