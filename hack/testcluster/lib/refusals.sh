# What is refused before anything is done, each with what to do. Sourced.

fail() {
  echo "$1" >&2
  exit 69
}

refuse_without_root() {
  [ "$(id -u)" = 0 ] ||
    fail "Cannot make network namespaces: user $(id -un) is not root; run it as root (sudo -E npm run cluster -- ...)"
  why=$(unshare --net --mount true 2>&1) ||
    fail "Cannot make network namespaces: the system refuses ($why); in a container, give it CAP_SYS_ADMIN and CAP_NET_ADMIN (--privileged)"
}

refuse_without_tools() {
  for tool in ip:iproute2 nsenter:util-linux setsid:util-linux sysctl:procps openssl:openssl curl:curl; do
    command -v "${tool%:*}" >/dev/null ||
      fail "Cannot run the test cluster: ${tool%:*} is not on PATH; install the package ${tool#*:}"
  done
}
