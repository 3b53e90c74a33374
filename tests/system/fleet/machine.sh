# The machines of a fleet. Each has a folder $dir/<name>:
#   number, options   as it was plugged in
#   rw/               what it writes: an overlay's upper layer, Docker's folders; perhaps a disk
#   disk.img          that disk, when it has a size of its own
#   root/             what it sees
#   wrapper           process id of what keeps it running; absent when it is off
#   console.log       what it says
# Sourced by fleet.

cgroup=/sys/fs/cgroup

machines() {
  local file
  for file in "$dir"/*/number; do
    if [[ -f $file ]]; then basename "$(dirname "$file")"; fi
  done
}

address() { echo "$net.$((10 + $(<"$dir/$1/number")))"; }
has_option() { grep -qw -- "$2" "$dir/$1/options"; }

# ---- cgroups: one per machine in every hierarchy, to freeze and to find its processes ------------
hierarchies() {
  if [[ -f $cgroup/cgroup.procs ]]; then
    echo "$cgroup"
  else
    find "$cgroup" -mindepth 1 -maxdepth 1 -type d
  fi
}

cgroups_make() {  # PATH
  local one
  for one in $(hierarchies); do
    mkdir -p "$one/$1"
    if [[ $one == */cpuset ]]; then
      for part in "${1%%/*}" "$1"; do
        cat "$one/cpuset.cpus" >"$one/$part/cpuset.cpus"
        cat "$one/cpuset.mems" >"$one/$part/cpuset.mems"
      done
    fi
  done
}

cgroups_remove() {  # PATH
  local one
  for one in $(hierarchies); do
    if [[ -d $one/$1 ]]; then find "$one/$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true; fi
  done
}

cgroups_enter() {  # PATH: the calling subshell
  local one
  for one in $(hierarchies); do echo "$BASHPID" >"$one/$1/cgroup.procs"; done
}

freezer() {  # NAME: the folder of the cgroup that freezes it
  if [[ -d $cgroup/freezer ]]; then
    echo "$cgroup/freezer/$prefix/$1"
  else
    echo "$cgroup/$prefix/$1"
  fi
}

machine_pids() {  # NAME
  find "$(freezer "$1")" -name cgroup.procs -exec cat {} + 2>/dev/null | grep -v '^0$' || true
}

machine_pause() {
  local folder
  folder=$(freezer "$1")
  if [[ -f $folder/freezer.state ]]; then
    echo FROZEN >"$folder/freezer.state"
    within 5 "$1 to freeze" grep -q FROZEN "$folder/freezer.state"
  else
    echo 1 >"$folder/cgroup.freeze"
    within 5 "$1 to freeze" grep -q 'frozen 1' "$folder/cgroup.events"
  fi
}

machine_resume() {
  local folder
  folder=$(freezer "$1")
  if [[ -f $folder/freezer.state ]]; then
    echo THAWED >"$folder/freezer.state"
  elif [[ -d $folder ]]; then
    echo 0 >"$folder/cgroup.freeze"
  fi
}

# ---- what it is made of --------------------------------------------------------------------------
machine_plug() {  # NAME NUMBER [OPTION...]
  local name=$1 number=$2 here=$dir/$1 size
  shift 2
  mkdir -p "$here/rw" "$here/root"
  echo "$number" >"$here/number"
  echo "$*" >"$here/options"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$here/hostkey"
  echo "$(address "$name") $(cut -d' ' -f1,2 "$here/hostkey.pub")" >"$here/known_hosts"
  size=$(grep -o 'disk=[^ ]*' "$here/options" | cut -d= -f2 || true)
  if [[ -n $size ]]; then
    truncate -s "$size" "$here/disk.img"
    mkfs.ext4 -q -m0 "$here/disk.img"
  fi
  machine_mount "$name"
  machine_dress "$name"
}

machine_mount() {
  local here=$dir/$1
  if [[ -f $here/disk.img ]]; then mount -o loop "$here/disk.img" "$here/rw"; fi
  mkdir -p "$here"/rw/{upper,work,docker,containerd}
  mount -t overlay "$prefix-$1" \
    -o "lowerdir=$(<"$dir/tree"),upperdir=$here/rw/upper,workdir=$here/rw/work" "$here/root"
}

machine_unmount() {
  local here=$dir/$1
  if mountpoint -q "$here/root"; then umount "$here/root"; fi
  if mountpoint -q "$here/rw"; then umount "$here/rw"; fi
}

machine_dress() {  # what tells it from the others
  local name=$1 here=$dir/$1 root=$dir/$1/root
  echo "$name" >"$root/etc/hostname"
  echo "$prefix-$name" | md5sum | cut -c1-32 >"$root/etc/machine-id"
  printf '127.0.0.1 localhost\n%s %s\n' "$(address "$name")" "$name" >"$root/etc/hosts"
  install -m 600 "$here/hostkey" "$root/etc/ssh/ssh_host_ed25519_key"
  install -m 600 "$dir/key.pub" "$root/root/.ssh/authorized_keys"
  has_option "$name" docker || return 0
  mkdir -p "$root/etc/docker"
  echo "{ \"insecure-registries\": [\"$gateway:5000\"] }" >"$root/etc/docker/daemon.json"
  systemctl --quiet --root="$root" enable containerd.service docker.socket docker.service
}

# ---- on and off ----------------------------------------------------------------------------------
machine_start() {
  local name=$1 here=$dir/$1 options=()
  [[ ! -f $here/wrapper ]] || die "$name is running"
  ip netns list | grep -qw -- "$prefix-$name" || wire_in "$name" "$(<"$here/number")"
  mountpoint -q "$here/root" || machine_mount "$name"
  cgroups_make "$prefix/$name"
  if has_option "$name" docker; then
    options+=(--bind="$here/rw/docker:/var/lib/docker"
      --bind="$here/rw/containerd:/var/lib/containerd")
  fi
  machine_keep_running "$name" "${options[@]}" </dev/null >>"$here/console.log" 2>&1 9>&- &
  within 5 "$name to begin" test -f "$here/wrapper"
}

# nspawn leaves with 133 when the machine wants to reboot; anything else is its end.
machine_keep_running() {
  local name=$1 here=$dir/$1 code=133
  shift
  trap '' HUP INT
  echo "$BASHPID" >"$here/wrapper"
  while [[ $code -eq 133 ]]; do
    code=0
    (
      cgroups_enter "$prefix/$name"
      # The first makes a cgroup v2 inside, as Docker and systemd want it; the second lets Docker
      # set up its network.
      export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
      exec setsid systemd-nspawn -q --boot -D "$here/root" -M "$prefix-$name" --hostname="$name" \
        --register=no --keep-unit --console=pipe --network-namespace-path="/run/netns/$prefix-$name" \
        --resolv-conf=off --timezone=off --link-journal=no \
        --capability=all --drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE \
        --system-call-filter="add_key keyctl bpf" "$@"
    ) || code=$?
    echo "fleet: nspawn of $name ended with $code"
  done
  rm -f "$here/wrapper"
}

machine_wait() {
  local name
  for name; do within 60 "the sshd of $name" greets_as_ssh "$(address "$name")"; done
}

is_off() { [[ ! -f $dir/$1/wrapper && -z $(machine_pids "$1") ]]; }

machine_init() {  # NAME: the process that is number 1 inside
  local pid
  for pid in $(machine_pids "$1"); do
    if grep -qsE '^NSpid:[[:space:]]+[0-9]+[[:space:]]+1$' "/proc/$pid/status"; then
      echo "$pid"
      return
    fi
  done
  die "$1 is off"
}

machine_exec() {
  local init
  init=$(machine_init "$1")
  shift
  exec nsenter -t "$init" -m -u -i -n -p -r -w -- "$@"
}

machine_stop() {
  local init
  init=$(machine_init "$1")
  kill -s RTMIN+4 "$init"  # systemd's signal for a clean power-off
  within 30 "$1 to shut down" is_off "$1"
}

# Ending nspawn alone would leave the machine running: every process of its cgroup has to go.
machine_kill() {
  local end=$((SECONDS + 10)) pids
  while ! is_off "$1"; do
    pids=$(machine_pids "$1")
    # shellcheck disable=SC2086
    if [[ -n $pids ]]; then kill -KILL $pids 2>/dev/null || true; fi
    machine_resume "$1"
    [[ $SECONDS -lt $end ]] || die "$1 does not die"
    sleep 0.02
  done
}

machine_crash() {
  local here=$dir/$1
  machine_cut "$1"
  if [[ -f $here/disk.img ]]; then
    # What was not written back yet is in the page cache of the file system, not in the image.
    machine_pause "$1"
    cp --sparse=always "$here/disk.img" "$here/disk.cut"
  fi
  machine_kill "$1"
  wire_out "$1"
  if [[ -f $here/disk.cut ]]; then
    machine_unmount "$1"
    mv "$here/disk.cut" "$here/disk.img"
    machine_mount "$1"
  fi
}

machine_cut() { ip -n "$prefix" link set "v-$1" down; }
machine_mend() { ip -n "$prefix" link set "v-$1" up; }

machine_destroy() {
  machine_kill "$1"
  machine_unmount "$1"
  wire_out "$1"
  cgroups_remove "$prefix/$1"
}
