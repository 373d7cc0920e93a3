# Where everything is. Sourced.
: "${TC_HOME:=${XDG_CACHE_HOME:-$HOME/.cache}/antechamber/testcluster}"
: "${TC_STATE:=$TC_HOME/state}"
: "${TC_NETNS:=antechamber}"
TC_BIN=$TC_HOME/bin
root=$(cd "$here/../.." && pwd)

# Addresses are those of the namespace, so clusters side by side have the same.
node_ip=10.88.0.1
api=https://$node_ip:16443
token=test-cluster-administrator

inside() {
  [ -e "/run/netns/$TC_NETNS" ] || fail "Cannot enter the test cluster: it is not running; start it with 'npm run cluster -- up'"
  # Not `ip netns exec`: its private mounts would hide the Pods' namespaces.
  nsenter "--net=/run/netns/$TC_NETNS" "$@"
}

find_kubectl() {
  if [ -x "$TC_BIN/kubectl" ]; then echo "$TC_BIN/kubectl"; else command -v kubectl; fi ||
    fail "Cannot find kubectl: it is neither built nor on PATH; run 'npm run cluster -- build kubectl'"
}

# The process of a component, if it runs. A pid that has passed to another program since (a reboot) is not ours.
component_pid() {
  pid=$(cat "$TC_STATE/run/$1.pid" 2>/dev/null) || return 1
  case $(readlink "/proc/$pid/exe") in "$TC_BIN"/*) echo "$pid" ;; *) return 1 ;; esac
}

stop_component() {
  pid=$(component_pid "${1:?which component}") || { rm -f "$TC_STATE/run/$1.pid" && return; }
  kill "$pid"
  waited=0
  while kill -0 "$pid" 2>/dev/null; do
    [ "$waited" -lt 100 ] || kill -9 "$pid" 2>/dev/null || true
    waited=$((waited + 1))
    sleep 0.1
  done
  rm -f "$TC_STATE/run/$1.pid"
}
