# Starts the cluster: about 4 seconds. Sourced.

make_network() {
  [ ! -e "/run/netns/$TC_NETNS" ] || return 0
  ip netns add "$TC_NETNS"
  ip -n "$TC_NETNS" link set lo up
  ip -n "$TC_NETNS" link add br0 type bridge
  ip -n "$TC_NETNS" addr add $node_ip/17 dev br0
  ip -n "$TC_NETNS" link set br0 up
  # Any address of these can be bound without being configured: load balancers and whatever a test wants; ClusterIPs.
  ip -n "$TC_NETNS" route add local 10.88.128.0/17 dev lo
  ip -n "$TC_NETNS" route add local 10.96.0.0/16 dev lo
  inside sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_unprivileged_port_start=0 \
    net.ipv4.ip_local_port_range="20000 60999" net.ipv4.tcp_tw_reuse=1 net.ipv6.conf.all.disable_ipv6=1
}

# An Envoy takes 8 and aborts without them; a user has 128 in all, of every cluster and container of the machine.
raise_limits() {
  instances=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $instances)" -lt 1024 ] || return 0
  { echo 1024 >$instances; } 2>/dev/null ||
    echo "fs.inotify.max_user_instances is $(cat $instances) and cannot be raised: more than a dozen Gateways at once will not run" >&2
}

write_credentials() {
  pki=$TC_STATE/pki
  if [ ! -f "$pki/sa.pub" ]; then
    openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
    openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
  fi
  echo "$token,admin,admin,\"system:masters\"" >"$TC_STATE/tokens.csv"
  cat >"$TC_STATE/kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "$api", certificate-authority: "$pki/apiserver/apiserver.crt"}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
END
}

# The tables of images with their places filled in: that of the caller, then ours.
write_images() {
  envoy=${TC_ENVOY:-$(sed -n 2p "$root/node_modules/.cache/antechamber/envoy" 2>/dev/null || true)}
  fill="s#@BIN@#$TC_BIN#g; s#@ROOT@#$root#g; s#@ENVOY@#${envoy:-envoy}#g"
  if [ -n "${1-}" ]; then sed "$fill" "$1"; else echo '[]'; fi >"$TC_STATE/images-first.json"
  sed "$fill" "$here/images.json" >"$TC_STATE/images.json"
}

start_process() {
  name=$1
  shift
  # It keeps nothing open of the caller's, who may be reading a pipe to its end.
  setsid nsenter "--net=/run/netns/$TC_NETNS" "$@" >>"$TC_STATE/logs/$name.log" 2>&1 </dev/null \
    3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  echo $! >"$TC_STATE/run/$name.pid"
  # The shell's fork, setsid and nsenter become the program in a moment.
  while case $(readlink "/proc/$!/exe") in */*sh | */setsid | */nsenter) ;; *) false ;; esac; do sleep 0.01; done
}

start_component() {
  pki=$TC_STATE/pki
  ! component_pid "${1:?which component}" >/dev/null || return 0
  case $1 in
    etcd)
      start_process etcd "$TC_BIN/etcd" --data-dir "$TC_STATE/etcd" --unsafe-no-fsync \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380 --quota-backend-bytes 2147483648 \
        --auto-compaction-mode=revision --auto-compaction-retention=10000
      ;;
    apiserver)
      start_process apiserver "$TC_BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
        --bind-address=$node_ip --secure-port=16443 --advertise-address=$node_ip \
        --cert-dir="$pki/apiserver" --service-cluster-ip-range=10.96.0.0/16 \
        --token-auth-file="$TC_STATE/tokens.csv" --authorization-mode=RBAC \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$pki/sa.pub" \
        --service-account-signing-key-file="$pki/sa.key" --kubelet-preferred-address-types=InternalIP \
        --allow-privileged=true --profiling=false --v=1
      ;;
    controllers)
      start_process controllers "$TC_BIN/kube-controller-manager" --kubeconfig="$TC_STATE/kubeconfig" \
        --leader-elect=false --bind-address=127.0.0.1 --service-account-private-key-file="$pki/sa.key" \
        --root-ca-file="$pki/apiserver/apiserver.crt" --use-service-account-credentials=false \
        --concurrent-deployment-syncs=5 --concurrent-gc-syncs=5 --controllers="$(controllers)"
      ;;
    agent)
      start_process agent "$TC_BIN/agent" -kubeconfig "$TC_STATE/kubeconfig" -state "$TC_STATE/node" \
        -images "$TC_STATE/images-first.json" -images "$TC_STATE/images.json" -keep "$root" -keep "$TC_BIN"
      ;;
    *) fail "Cannot start $1: there is no such component; there are etcd, apiserver, controllers, agent" ;;
  esac
}

controllers() {
  for name in deployment replicaset endpointslice namespace garbage-collector serviceaccount serviceaccount-token \
    root-ca-certificate-publisher service-cidr validatingadmissionpolicy-status disruption horizontal-pod-autoscaler; do
    printf '%s-controller\n' "$name"
  done | paste -s -d , -
}

ask_api() {
  inside curl -sf --cacert "$TC_STATE/pki/apiserver/apiserver.crt" -H "Authorization: Bearer $token" "$api$1" >/dev/null 2>&1
}

# wait_for_api PATH COMPONENT...: until the API server has an answer; as long as these run, and for 90 s at most.
wait_for_api() {
  path=$1
  shift
  looks=0
  until ask_api "$path"; do
    for name; do
      component_pid "$name" >/dev/null || fail "Cannot start $name: it ended: $(tail -n 3 "$TC_STATE/logs/$name.log")"
    done
    looks=$((looks + 1))
    [ $looks -lt 900 ] || fail "Cannot start the test cluster: $path has no answer after 90 s; see $TC_STATE/logs"
    sleep 0.1
  done
}

up() {
  images=${TC_IMAGES-}
  case ${1-} in
    --images) images=${2:?which file} ;;
    '') ;;
    *) fail "Cannot start the test cluster: unknown argument $1; the only one is --images FILE" ;;
  esac
  refuse_without_root
  refuse_without_tools
  refuse_without_programs $needed
  began=$(date +%s)
  for folder in etcd pki logs run node; do mkdir -p "$TC_STATE/$folder"; done
  ulimit -n "$(ulimit -H -n)"
  raise_limits
  make_network
  write_credentials
  write_images "$images"
  start_component etcd
  start_component apiserver
  wait_for_api /readyz etcd apiserver
  start_component controllers
  start_component agent
  wait_for_api /api/v1/namespaces/default/serviceaccounts/default controllers agent
  echo "up after $(($(date +%s) - began)) s: $TC_STATE/kubeconfig in the namespace $TC_NETNS" >&2
}
