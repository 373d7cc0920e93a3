// Package pod runs the Pods of a node, each in a goroutine of its own: a Pod that is slow to answer its probes holds
// up nobody else. It reads Pods, Secrets and ConfigMaps, makes namespaces and processes, and writes Pods' statuses.
package pod

import (
	"context"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"antechamber.dev/testcluster/programs/agent/container"
	"antechamber.dev/testcluster/programs/agent/images"
)

// Node is where the Pods run. What is exported is set before the first Pod.
type Node struct {
	Name, IP string
	Client   kubernetes.Interface
	Images   images.Table
	// State is the folder for volumes and logs.
	State string
	// Variables are in every container's environment.
	Variables map[string]string
	// Keep are paths that no mount may hide.
	Keep []string

	addresses addresses
	mu        sync.Mutex
	workers   map[types.UID]*worker
}

// Update is told of every Pod that is new or has changed. Those of other nodes are somebody else's.
func (n *Node) Update(ctx context.Context, p *corev1.Pod) {
	if p.Spec.NodeName != "" && p.Spec.NodeName != n.Name {
		return
	}
	if p.Spec.NodeName == "" && p.DeletionTimestamp == nil {
		// Every Pod fits. A second binding, of an object that is older than the first, is refused.
		go func() {
			_ = n.Client.CoreV1().Pods(p.Namespace).Bind(ctx, &corev1.Binding{
				ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, UID: p.UID},
				Target:     corev1.ObjectReference{Kind: "Node", Name: n.Name}}, metav1.CreateOptions{})
		}()
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.workers == nil {
		n.workers = map[types.UID]*worker{}
	}
	w := n.workers[p.UID]
	if w == nil {
		w = &worker{node: n, gone: make(chan struct{})}
		n.workers[p.UID] = w
		w.latest.Store(p)
		go w.run(ctx)
	}
	w.latest.Store(p)
}

// Remove is told of every Pod that is no more.
func (n *Node) Remove(uid types.UID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if w := n.workers[uid]; w != nil {
		close(w.gone)
		delete(n.workers, uid)
	}
}

// Log is what a container has written, nil where there is none.
func (n *Node) Log(namespace, pod, name string) *container.Log {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range n.workers {
		p := w.latest.Load()
		if s := w.running.Load(); p.Namespace == namespace && p.Name == pod && s != nil {
			for _, m := range s.members {
				if m.spec.Name == name {
					return m.log
				}
			}
		}
	}
	return nil
}

func (n *Node) dir(p *corev1.Pod) string { return filepath.Join(n.State, "pods", string(p.UID)) }

func (n *Node) logFile(p *corev1.Pod, name string) string {
	return filepath.Join(n.State, "logs", p.Namespace+"_"+p.Name+"_"+name+".log")
}
