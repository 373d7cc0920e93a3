package pod

import (
	"context"
	"log"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// turn is how often a Pod is looked at.
const turn = 100 * time.Millisecond

// worker is one Pod from its binding to its end.
type worker struct {
	node    *Node
	latest  atomic.Pointer[corev1.Pod]
	running atomic.Pointer[started]
	gone    chan struct{}

	reported corev1.PodStatus
	since    time.Time
}

func (w *worker) run(ctx context.Context) {
	defer func() { _ = os.RemoveAll(w.node.dir(w.latest.Load())) }()
	w.since = time.Now()
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	for s := w.running.Load(); ; s = w.running.Load() {
		p := w.latest.Load()
		switch {
		case p.DeletionTimestamp != nil:
			if s != nil {
				w.terminate(ctx, s)
			}
			w.forget(ctx)
			return
		case s == nil:
			w.begin(ctx, p)
		default:
			w.look(ctx, s, false)
		}
		select {
		case <-w.gone:
			if s := w.running.Load(); s != nil {
				s.remove()
			}
			return
		case <-ticker.C:
		}
	}
}

func (w *worker) begin(ctx context.Context, p *corev1.Pod) {
	s, err := w.node.start(ctx, p)
	if err == nil {
		w.running.Store(s)
		w.look(ctx, s, false)
		return
	}
	if w.report(ctx, p, waiting(p, place{nodeIP: w.node.IP}, err)) {
		log.Printf("%s/%s waits: %v", p.Namespace, p.Name, err)
	}
}

func (w *worker) look(ctx context.Context, s *started, leaving bool) {
	p := w.latest.Load()
	var all sync.WaitGroup
	for _, m := range s.members {
		all.Go(func() { m.look(p, time.Now(), leaving) })
	}
	all.Wait()
	w.report(ctx, p, status(p, s.at, w.since, s.members))
}

// terminate ends all containers at once, within the grace that the latest deletion gives (a second one may shorten
// it). Until then probes go on, and the Pod reports what they say.
func (w *worker) terminate(ctx context.Context, s *started) {
	began := time.Now()
	grace, end := context.WithCancel(ctx)
	defer end()
	ended := make(chan struct{})
	var all sync.WaitGroup
	for _, m := range s.members {
		all.Go(func() { m.stop(grace) })
	}
	go func() { all.Wait(); close(ended) }()
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			w.look(ctx, s, true)
			s.remove()
			return
		case <-w.gone:
			end()
			s.remove()
			<-ended
			return
		case <-ticker.C:
			if time.Since(began) >= graceOf(w.latest.Load()) {
				end()
			}
			w.look(ctx, s, true)
		}
	}
}

func graceOf(p *corev1.Pod) time.Duration {
	if p.DeletionGracePeriodSeconds == nil {
		return 0
	}
	return time.Duration(*p.DeletionGracePeriodSeconds) * time.Second
}

// forget tells the API server that nothing is left of the Pod, until it believes it.
func (w *worker) forget(ctx context.Context) {
	p := w.latest.Load()
	now := int64(0)
	for {
		_ = w.node.Client.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, metav1.DeleteOptions{
			GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.UID}})
		select {
		case <-w.gone:
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// report writes a status that differs from the last one, and says whether it did. A conflict is left to the next
// turn, which has the newer object.
func (w *worker) report(ctx context.Context, p *corev1.Pod, s corev1.PodStatus) bool {
	if same(w.reported, s) {
		return false
	}
	changed := p.DeepCopy()
	changed.Status = s
	if _, err := w.node.Client.CoreV1().Pods(p.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return false
	}
	w.reported = s
	return true
}

// same: nothing differs but times of transition.
func same(a, b corev1.PodStatus) bool {
	strip := func(s corev1.PodStatus) corev1.PodStatus {
		s = *s.DeepCopy()
		for i := range s.Conditions {
			s.Conditions[i].LastTransitionTime = metav1.Time{}
			s.Conditions[i].ObservedGeneration = 0
		}
		return s
	}
	return reflect.DeepEqual(strip(a), strip(b))
}

// remove ends what is left, at once.
func (s *started) remove() {
	s.end()
	for _, m := range s.members {
		if m.process != nil {
			m.process.Kill()
			<-m.process.Ended()
		}
		m.log.Close()
	}
	s.sandbox.remove()
	s.free()
}
