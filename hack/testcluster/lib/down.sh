# Stops the cluster, each process by its pid, and removes its namespace; --wipe also its objects and logs. Sourced.

down() {
  for name in agent controllers apiserver etcd; do stop_component "$name"; done
  if [ -e "/run/netns/$TC_NETNS" ]; then ip netns del "$TC_NETNS"; fi
  if [ "${1-}" = --wipe ]; then
    for name in etcd node logs run pki kubeconfig tokens.csv images.json images-first.json; do rm -rf "${TC_STATE:?}/$name"; done
  fi
}
