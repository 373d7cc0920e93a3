package pod

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"

	"antechamber.dev/testcluster/programs/agent/container"
)

var errNoImage = errors.New("no program stands for the image")

func waitingReason(why error) string {
	if errors.Is(why, errNoImage) {
		return "ErrImagePull"
	}
	return "CreateContainerConfigError"
}

// started is a Pod whose containers run.
type started struct {
	at      place
	sandbox *sandbox
	members []*member
	free    func()
	// end stops what keeps the volumes up to date.
	end context.CancelFunc
}

// start makes everything that a Pod needs, or nothing: what fails (a Secret that is not there yet) is tried again.
func (n *Node) start(ctx context.Context, p *corev1.Pod) (*started, error) {
	if len(p.Spec.InitContainers) > 0 {
		return nil, errors.New("init containers are not known to the test cluster")
	}
	ip, free := n.addresses.take()
	s, err := n.startAt(ctx, p, place{ip, n.IP, n.Name})
	if err != nil {
		free()
		return nil, err
	}
	s.free = free
	return s, nil
}

func (n *Node) startAt(ctx context.Context, p *corev1.Pod, at place) (*started, error) {
	dir := n.dir(p)
	r := reader{n.Client, p.Namespace}
	folders, err := volumes(ctx, r, p, at, dir)
	if err != nil {
		return nil, err
	}
	resolv := filepath.Join(dir, "resolv.conf")
	if err := writeFiles(dir, map[string]string{"resolv.conf": resolvConf(n.IP, p.Namespace)}); err != nil {
		return nil, err
	}
	mounts := []mount{{resolv, resolver}}
	var members []*member
	for _, c := range p.Spec.Containers {
		im := n.Images.Find(c.Image)
		if im == nil {
			return nil, fmt.Errorf("%w %q", errNoImage, c.Image)
		}
		env, err := environment(ctx, r, p, &c, at, n.Variables)
		if err != nil {
			return nil, err
		}
		home := filepath.Join(dir, "home", c.Name)
		if err := os.MkdirAll(home, 0o755); err != nil {
			return nil, err
		}
		// Mounted where its path is short: sockets in it have little room.
		short := filepath.Join("/run/home", c.Name)
		mounts = append(mounts, mount{home, short})
		m := newMember(c, im, env, short)
		m.asker = container.Asker{IP: at.ip, Ports: c.Ports}
		members = append(members, m)
		mounts = append(mounts, n.mounts(p, c, folders)...)
	}
	box, err := newSandbox(at.ip, at.nodeIP, mounts)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		m.pause = box.pid()
		if m.log, err = container.NewLog(n.logFile(p, m.spec.Name)); err != nil {
			box.remove()
			return nil, err
		}
	}
	for _, m := range members {
		m.launch()
	}
	alive, end := context.WithCancel(ctx)
	go refresh(alive, r, p, at, folders)
	return &started{at: at, sandbox: box, members: members, end: end}, nil
}

func (n *Node) mounts(p *corev1.Pod, c corev1.Container, folders map[string]string) []mount {
	var all []mount
	for _, v := range c.VolumeMounts {
		folder, ok := folders[v.Name]
		switch {
		case !ok:
		case hides(v.MountPath, n.Keep):
			log.Printf("%s/%s: nothing is mounted on %s, where programs of the test cluster are", p.Namespace, p.Name, v.MountPath)
		default:
			all = append(all, mount{filepath.Join(folder, v.SubPath), v.MountPath})
		}
	}
	return all
}

func resolvConf(nodeIP, namespace string) string {
	return fmt.Sprintf("nameserver %s\nsearch %s.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", nodeIP, namespace)
}
