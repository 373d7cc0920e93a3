package pod

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// sandbox holds a Pod's network and mount namespaces: a process that sleeps in them.
type sandbox struct{ pause *exec.Cmd }

// mount puts the file or folder source at target, inside the Pod.
type mount struct{ source, target string }

// newSandbox joins the Pod to the bridge with its address.
func newSandbox(ip, nodeIP string, mounts []mount) (*sandbox, error) {
	pause := exec.Command("sleep", "infinity")
	// Unshareflags and not Cloneflags: Go then makes the mounts private. Killed with the agent, and so is all that
	// lives in its namespaces.
	pause.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL,
		Unshareflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if err := pause.Start(); err != nil {
		return nil, err
	}
	s := &sandbox{pause}
	if err := s.join(ip, nodeIP, mounts); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *sandbox) pid() int { return s.pause.Process.Pid }

func (s *sandbox) join(ip, nodeIP string, mounts []mount) error {
	pid := strconv.Itoa(s.pid())
	link := "v" + pid
	if err := run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid); err != nil {
		return err
	}
	if err := run("ip", "link", "set", link, "master", "br0", "up"); err != nil {
		return err
	}
	script := "ip link set lo up && ip addr add " + ip + "/17 dev eth0 && ip link set eth0 up && ip route add default via " + nodeIP
	for _, m := range mounts {
		if m.target != resolver {
			script += " && mkdir -p " + quote(m.target)
		}
		script += " && mount --bind " + quote(m.source) + " " + quote(m.target)
	}
	return run("nsenter", "-t", pid, "-n", "-m", "sh", "-c", script)
}

func (s *sandbox) remove() {
	_ = s.pause.Process.Kill()
	_ = s.pause.Wait()
}

// resolver is a file, and there already.
const resolver = "/etc/resolv.conf"

// hides says whether a mount at target would hide one of the paths, such as the program that is to run: a manifest
// that mounts an emptyDir on /tmp is common, and so is a clone in /tmp.
func hides(target string, paths []string) bool {
	prefix := strings.TrimSuffix(filepath.Clean(target), "/") + "/"
	for _, path := range paths {
		if strings.HasPrefix(filepath.Clean(path)+"/", prefix) {
			return true
		}
	}
	return false
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
