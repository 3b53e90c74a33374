#!/usr/bin/env bash
# A deployment that finds nothing to do, of three Compose projects on each host: gannet beside
# `docker compose up -d` over DOCKER_HOST=ssh:// and over plain ssh, and ansible's raw module. The
# hosts are machines of tests/system/fleet, so it needs root. Prints markdown tables.
#
#   tests/bench/services.sh [HOSTS]    default 10
#
#   BENCH_BUILD=DIR    where gannet is; default build/release, which scripts/demo makes
#   BENCH_RUNS=3       of each; the fastest counts
#   BENCH_DELAY=100    ms one way, for the count of round trips with one host
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,11s/^# \{0,1\}//p' "$0"
  exit 0
fi
hosts=${1:-10}
runs=${BENCH_RUNS:-3}
delay=${BENCH_DELAY:-100}
fleet=$PWD/tests/system/fleet/fleet
"$fleet" check || { echo "no fleet of machines can be made here" >&2; exit 2; }
build=$(realpath "${BENCH_BUILD:-build/release}")
gannet=$build/controller/gannet
[[ -x $gannet ]] || { echo "no $gannet: run scripts/demo first, or set BENCH_BUILD" >&2; exit 2; }
"$fleet" tree >/dev/null

export GANNET_FLEET=${TMPDIR:-/tmp}/gannet-fleet/bench$$
work=$(mktemp -d "${TMPDIR:-/tmp}/gannet-bench-XXXXXX")
pids=()
cleanup() {
  set +e
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  "$fleet" down
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

g++ -std=c++20 -O2 -o "$work/measure" tests/bench/measure.cpp
gcc -O2 -static -o "$work/web" tests/system/images/web.c

# ---- machines, an image, three projects ----------------------------------------------------------
"$fleet" up
names=()
for ((n = 1; n <= hosts; ++n)); do
  "$fleet" plug "h$n" "$n" docker
  names+=("h$n")
done
"$fleet" start "${names[@]}"
space=$(basename "$GANNET_FLEET")
inside() { ip netns exec "$space" "$@"; }

mkdir -p "$work/project" "$work/home/.ssh"
export HOME=$work/home GANNET_STATE_DIR=$work/results NO_COLOR=1
cat "$GANNET_FLEET"/*/known_hosts >"$HOME/.ssh/known_hosts"
config=$HOME/.ssh/config
printf 'Host *\n  User root\n  IdentityFile %s\n  UserKnownHostsFile %s\n  LogLevel ERROR\n' \
  "$GANNET_FLEET/key" "$HOME/.ssh/known_hosts" >"$config"
ssh_options=(-F "$config")
for name in "${names[@]}"; do
  tar -C "$work" -c web |
    inside ssh "${ssh_options[@]}" "10.77.0.$((10 + ${name#h}))" \
      "docker import -c 'CMD [\"/web\"]' - web:v1" >/dev/null
done
{
  printf 'project: bench\ninventory: inventory.yaml\nstrategy: { canary: 0, batch: %s }\nservices:\n' "$hosts"
  for service in one two three; do printf '  %s: { compose: %s.yml }\n' "$service" "$service"; done
} >"$work/project/gannet.yaml"
for service in one two three; do
  printf 'name: %s\nservices:\n  web:\n    image: web:v1\n    restart: unless-stopped\n' "$service" \
    >"$work/project/$service.yml"
done
write_inventory() {  # HOSTS...: name=address:port
  printf 'defaults:\n  ssh: { user: root, identity_files: [%s], known_hosts: %s }\nhosts:\n' \
    "$GANNET_FLEET/key" "$HOME/.ssh/known_hosts"
  local host
  for host; do
    printf '  %s: { address: %s, ssh: { port: %s } }\n' "${host%%=*}" \
      "$(cut -d: -f1 <<<"${host#*=}")" "${host##*:}"
  done
}
all=()
for name in "${names[@]}"; do all+=("$name=10.77.0.$((10 + ${name#h})):22"); done
write_inventory "${all[@]}" >"$work/project/inventory.yaml"

# ---- gannet ------------------------------------------------------------------------------------
# The highest that any agent ever was, looked at while they run.
watch_agents() {
  local most=0 file now
  while sleep 0.05; do
    for file in /proc/[0-9]*/exe; do
      [[ $(readlink "$file" 2>/dev/null) == */bin/agent-* ]] || continue
      now=$(awk '/^VmHWM:/ { print $2 }' "${file%exe}status" 2>/dev/null || true)  # the highest ever
      if [[ ${now:-0} -gt $most ]]; then
        most=$now
        echo "$most" >"$work/agent.kib"
      fi
    done
  done
}
echo 0 >"$work/agent.kib"
watch_agents &
pids+=($!)

row() {  # WHAT FILE HOSTS: the fastest run of those in FILE
  sort -n "$2" | head -1 | awk -v what="$1" -v hosts="$3" '{
    printf "| %s | %.2f | %.1f | %.1f |\n", what, $1, $2 * 1000 / hosts, $3 / 1024 }'
}
measured() {  # NAME COMMAND...: in the fleet's network
  local name=$1
  shift
  inside "$work/measure" "$work/$name" "$@" || { echo "failed: $*" >&2; exit 1; }
}
deploy=("$gannet" -C "$work/project" deploy -y)

printf '| %s hosts, 3 Compose projects each | wall s | controller CPU, ms per host | peak MB |\n' "$hosts"
printf '|---|---|---|---|\n'
measured first "${deploy[@]}" -j "$hosts"
row "**gannet deploy**, first" "$work/first" "$hosts"
for ((run = 0; run < runs; ++run)); do measured noop "${deploy[@]}" -j "$hosts"; done
row "**gannet deploy**, nothing to do" "$work/noop" "$hosts"

# ---- the others --------------------------------------------------------------------------------
addresses=("${all[@]#*=}")
addresses=("${addresses[@]%:*}")
for ((n = 0; n < hosts; ++n)); do
  inside scp -q "${ssh_options[@]}" "$work"/project/{one,two,three}.yml "${addresses[n]}:/root/"
done
up='for p in one two three; do docker compose -f /root/$p.yml up -d || exit 1; done'
cat >"$work/ssh-all" <<SCRIPT
#!/bin/sh
printf '%s\n' ${addresses[*]} | xargs -P $hosts -I{} ssh -F $config {} '$up'
SCRIPT
chmod +x "$work/ssh-all"
inside "$work/ssh-all" >/dev/null 2>&1
for ((run = 0; run < runs; ++run)); do measured ssh "$work/ssh-all"; done
row "ssh, xargs -P $hosts: docker compose up -d, 3 times" "$work/ssh" "$hosts"

plugin=$(ls "$(cat "$GANNET_FLEET/tree")"/usr/libexec/docker/cli-plugins/docker-compose)
if command -v docker >/dev/null; then
  mkdir -p "$work/docker/cli-plugins"
  cp "$plugin" "$work/docker/cli-plugins/docker-compose"
  cat >"$work/docker-all" <<SCRIPT
#!/bin/sh
printf '%s\n' ${addresses[*]} | xargs -P $hosts -I{} env DOCKER_CONFIG=$work/docker DOCKER_HOST=ssh://root@{} \
  sh -c 'for p in one two three; do docker compose -f $work/project/\$p.yml up -d || exit 1; done'
SCRIPT
  chmod +x "$work/docker-all"
  # Its ssh takes its settings from the account's folder, whatever HOME says.
  mkdir -p "$work/bin"
  printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$config" >"$work/bin/ssh"
  chmod +x "$work/bin/ssh"
  for ((run = 0; run < runs; ++run)); do
    PATH=$work/bin:$PATH measured over-docker "$work/docker-all"
  done
  row "DOCKER_HOST=ssh://, xargs -P $hosts: docker compose up -d, 3 times" "$work/over-docker" "$hosts"
else
  echo "| DOCKER_HOST=ssh://: no docker here | | | |"
fi

if command -v ansible >/dev/null; then
  printf '%s\n' "${addresses[@]}" >"$work/hosts"
  for ((run = 0; run < runs; ++run)); do
    ANSIBLE_SSH_ARGS="-F $config" ANSIBLE_HOME=$work/ansible-home measured ansible \
      ansible -i "$work/hosts" -f "$hosts" -m raw -a "$up" all
  done
  row "ansible -f $hosts -m raw: docker compose up -d, 3 times" "$work/ansible" "$hosts"
else
  echo "| ansible: not installed | | | |"
fi

# ---- round trips ---------------------------------------------------------------------------------
# One host, near and far: what the delay adds to the time, in round trips.
ip netns exec "$space" python3 tests/bench/delay.py "$delay" 10.77.0.1:2222 10.77.0.11:22 &
pids+=($!)
ip netns exec "$space" python3 tests/bench/delay.py 0 10.77.0.1:2223 10.77.0.11:22 &
pids+=($!)
key=$(awk '{ print $2, $3; exit }' "$GANNET_FLEET/h1/known_hosts")
printf '[10.77.0.1]:%s %s\n' 2222 "$key" 2223 "$key" >>"$HOME/.ssh/known_hosts"
until inside bash -c 'exec 3<>/dev/tcp/10.77.0.1/2222 4<>/dev/tcp/10.77.0.1/2223' 2>/dev/null; do
  sleep 0.1
done
for port in 2223 2222; do
  write_inventory "h1=10.77.0.1:$port" >"$work/project/inventory.yaml"
  for ((run = 0; run < runs; ++run)); do measured "deploy-$port" "${deploy[@]}"; done
  for ((run = 0; run < runs; ++run)); do
    measured "exec-$port" "$gannet" -C "$work/project" exec -- true
    measured "ssh-$port" ssh "${ssh_options[@]}" -p "$port" 10.77.0.1 true
  done
done
trips() {  # WHAT NAME
  paste <(sort -n "$work/$2-2223" | head -1) <(sort -n "$work/$2-2222" | head -1) |
    awk -v what="$1" -v trip="$((2 * delay))" '{
      printf "| %s | %.2f | %.2f | %.1f |\n", what, $1, $4, ($4 - $1) * 1000 / trip }'
}
printf '\n| one host | wall s, near | wall s, %s ms away | round trips |\n|---|---|---|---|\n' "$((2 * delay))"
trips "**gannet deploy**, nothing to do" deploy
trips "**gannet exec -- true**" exec
trips "ssh: true" ssh

printf '\nThe largest agent had %s KiB resident.\n' "$(cat "$work/agent.kib")"
