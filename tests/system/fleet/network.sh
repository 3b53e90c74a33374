# The network of a fleet: the namespace $prefix with a bridge is the controller's side, each machine
# has a namespace of its own. No default route anywhere, so nothing ever leaves. Sourced by fleet.

net=10.77.0
gateway=$net.1

network_up() {
  ip netns add "$prefix"
  ip -n "$prefix" link set lo up
  ip -n "$prefix" link add br0 type bridge
  ip -n "$prefix" addr add "$gateway/24" dev br0
  ip -n "$prefix" link set br0 up
  # The default of 128 is used up by twenty machines; the next one does not boot and does not say so.
  local limit=/proc/sys/fs/inotify/max_user_instances
  if [[ $(<"$limit") -lt 4096 ]]; then echo 4096 >"$limit"; fi
}

network_down() {
  ip netns del "$prefix" 2>/dev/null || true
}

# Machine $1 gets address $net.(10+$2). Its MAC never changes: the controller's side would go on
# looking for the old one for most of a minute.
wire_in() {
  local space=$prefix-$1 link=v-$1
  ip netns add "$space"
  ip -n "$prefix" link add "$link" type veth peer name eth0 netns "$space" \
    address "$(printf '02:00:0a:4d:00:%02x' "$2")"
  ip -n "$prefix" link set "$link" master br0 up
  ip -n "$space" link set lo up
  ip -n "$space" addr add "$net.$((10 + $2))/24" dev eth0
  ip -n "$space" link set eth0 up
}

# Namespaces go some time after they are told to: the cable is taken out first, by hand.
wire_out() {
  ip -n "$prefix" link del "v-$1" 2>/dev/null || true
  ip netns del "$prefix-$1" 2>/dev/null || true
}

# Everything to machine $1 goes at the rate $2, "20mbit".
slow() {
  ip netns exec "$prefix" tc qdisc replace dev "v-$1" root tbf rate "$2" burst 32kb latency 400ms
}

greets() {  # ADDRESS PORT: somebody listens there
  timeout 2 ip netns exec "$prefix" bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$1" "$2" 2>/dev/null
}

greets_as_ssh() {  # ADDRESS
  timeout 2 ip netns exec "$prefix" bash -c 'exec 3<>"/dev/tcp/$1/22" && head -c 4 <&3' _ "$1" \
    2>/dev/null | grep -q SSH
}

within() {  # SECONDS WHAT COMMAND...: until it succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [[ $SECONDS -lt $end ]] || die "waited in vain for $what"
    sleep 0.05
  done
}

skopeo_push() {  # ARCHIVE NAME
  ip netns exec "$prefix" skopeo copy --quiet --dest-tls-verify=false \
    --insecure-policy --tmpdir "$dir" "docker-archive:$1" "docker://$gateway:5000/$2"
}
