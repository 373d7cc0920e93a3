# A fresh cluster for one command. Sourced.

with_cluster() {
  images=${TC_IMAGES-}
  if [ "${1-}" = --images ]; then
    images=$2
    shift 2
  fi
  TC_STATE=$(mktemp -d)
  TC_NETNS=antechamber-$$
  export TC_HOME TC_STATE TC_NETNS
  . "$here/lib/down.sh"
  trap 'down --wipe; rm -rf "$TC_STATE"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  up ${images:+--images "$images"}
  KUBECONFIG=$TC_STATE/kubeconfig inside "$@"
}
