# The base tree that every machine of a fleet boots from, read only: Debian 12 with systemd, sshd,
# Caddy, Docker and Compose v2. Sourced by fleet.
#
# It is kept in ${XDG_CACHE_HOME:-~/.cache}/gannet/lab/tree-<hash of this file>, so a changed recipe
# means a new tree. A tree counts only when it stands under that name and its list of files is still
# the one that was written down when it was finished; whatever else is there is built again.

tree_suite=bookworm
tree_packages=(
  systemd systemd-sysv dbus dbus-user-session libpam-systemd
  openssh-server sudo iproute2 iptables procps curl ca-certificates
  caddy docker.io
)
# Debian 12 has Compose v1 only. The plugin of the next release is one program that needs no more
# than the C library.
compose_suite=trixie
compose_package=docker-compose

# Installed, but running only where a test wants it.
tree_disabled=(caddy.service docker.service docker.socket containerd.service)

# What a machine in a box has no use for, and what costs it time to boot.
tree_masked=(
  systemd-networkd.service systemd-networkd.socket systemd-network-generator.service
  systemd-networkd-wait-online.service systemd-timesyncd.service systemd-resolved.service
  console-getty.service container-getty@.service getty@.service getty-static.service
  systemd-firstboot.service systemd-udevd.service systemd-hwdb-update.service ldconfig.service
  systemd-journal-catalog-update.service systemd-modules-load.service modprobe@.service
  systemd-machine-id-commit.service systemd-pstore.service dev-hugepages.mount
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer
)

lab_dir=${XDG_CACHE_HOME:-$HOME/.cache}/gannet/lab

tree_path() {
  echo "$lab_dir/tree-$(sha256sum "$here/tree.sh" | cut -c1-16)"
}

tree_list() {  # TREE: one line per file; not its content, which costs a minute to read
  (cd "$1" && find . -printf '%P %y %m %U:%G %s %l\n' | LC_ALL=C sort | sha256sum | cut -d' ' -f1)
}

# The mirror that this machine's apt uses, for it is near and may be the only one that answers.
tree_mirror() {
  local site
  site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
    grep -m1 -E '/debian/?$' || true)
  echo "${GANNET_LAB_MIRROR:-${site:-http://deb.debian.org/debian}}"
}

tree_compose() {  # TREE MIRROR WORK: unpacks the Compose plugin of the later release
  local tree=$1 mirror=$2 apt=$3/apt options
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/deb"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
$mirror $compose_suite main" >"$apt/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o Acquire::Languages=none
    -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$apt/deb" && apt-get "${options[@]}" download "$compose_package")
  dpkg-deb -x "$apt"/deb/*.deb "$apt/files"
  install -D -m 755 "$apt/files/usr/libexec/docker/cli-plugins/docker-compose" \
    "$tree/usr/libexec/docker/cli-plugins/docker-compose"
}

tree_settle() {  # TREE: a quick, quiet test machine
  local tree=$1 units=$1/etc/systemd/system unit
  rm -f "$tree"/etc/ssh/ssh_host_* "$tree"/etc/caddy/Caddyfile
  printf '%s\n' 'PasswordAuthentication no' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'UseDNS no' \
    >"$tree/etc/ssh/sshd_config.d/gannet.conf"
  install -d -m 700 "$tree/root/.ssh"
  for unit in "${tree_disabled[@]}"; do
    find "$units" -name "$unit" -type l -path '*.wants/*' -delete
  done
  for unit in "${tree_masked[@]}"; do ln -sf /dev/null "$units/$unit"; done
  ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
  mkdir -p "$tree/etc/systemd/journald.conf.d"
  printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n' \
    >"$tree/etc/systemd/journald.conf.d/gannet.conf"
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,man,locale}/*
}

tree_build() (  # TREE; a shell of its own, for the trap
  tree=$1
  mirror=$(tree_mirror)
  work=$(mktemp -d "$lab_dir/building.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "fleet: building the base tree $tree (minutes, once per recipe)" >&2
  mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${tree_packages[*]}")" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    "$tree_suite" "$work/tree.tar" "deb $mirror $tree_suite main" || exit 1
  mkdir "$work/tree"
  tar -C "$work/tree" --numeric-owner -xf "$work/tree.tar" || exit 1
  chmod 755 "$work/tree"
  tree_compose "$work/tree" "$mirror" "$work" || exit 1
  tree_settle "$work/tree" || exit 1
  list=$(tree_list "$work/tree") || exit 1
  sync -f "$work/tree"
  rm -rf "$tree"
  echo "$list" >"$tree.list"
  mv "$work/tree" "$tree"
)

# Prints the path of a tree that is whole, building it when needed.
tree() {
  local path old
  path=$(tree_path)
  mkdir -p "$lab_dir"
  exec 9>"$lab_dir/lock"
  flock 9
  if [[ ! -d $path || $(tree_list "$path") != $(cat "$path.list" 2>/dev/null) ]]; then
    tree_build "$path" || die "could not build the base tree"
  fi
  touch "$path.list"
  # Trees of recipes that nobody used for a month.
  find "$lab_dir" -maxdepth 1 -name 'tree-*.list' -mtime +30 | while read -r old; do
    rm -rf "${old%.list}" "$old"
  done
  exec 9>&-
  echo "$path"
}
