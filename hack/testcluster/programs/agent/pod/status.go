package pod

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// status is what the Pod reports. What it leaves out (times of transition) is taken over from before where the
// condition is the same.
func status(p *corev1.Pod, at place, since time.Time, members []*member) corev1.PodStatus {
	s := corev1.PodStatus{Phase: phase(p, members), HostIP: at.nodeIP, PodIP: at.ip, QOSClass: p.Status.QOSClass,
		HostIPs: []corev1.HostIP{{IP: at.nodeIP}}, PodIPs: []corev1.PodIP{{IP: at.ip}}, StartTime: &metav1.Time{Time: since}}
	ready := len(members) > 0
	for _, m := range members {
		ready = ready && m.ready
		s.ContainerStatuses = append(s.ContainerStatuses, containerStatus(p, m))
	}
	add := func(kind corev1.PodConditionType, holds bool) {
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, ObservedGeneration: p.Generation, LastTransitionTime: metav1.Now()}
		if holds {
			c.Status = corev1.ConditionTrue
		}
		for _, old := range p.Status.Conditions {
			if old.Type == kind && old.Status == c.Status && !old.LastTransitionTime.IsZero() {
				c.LastTransitionTime = old.LastTransitionTime
			}
		}
		s.Conditions = append(s.Conditions, c)
	}
	add(corev1.PodScheduled, true)
	add(corev1.PodInitialized, true)
	add(corev1.ContainersReady, ready)
	add(corev1.PodReady, ready)
	return s
}

func phase(p *corev1.Pod, members []*member) corev1.PodPhase {
	failed := false
	for _, m := range members {
		if m.running() || !m.done(p) {
			return corev1.PodRunning
		}
		if m.process == nil {
			failed = true
		} else if code, _ := m.process.Result(); code != 0 {
			failed = true
		}
	}
	if failed {
		return corev1.PodFailed
	}
	return corev1.PodSucceeded
}

func containerStatus(p *corev1.Pod, m *member) corev1.ContainerStatus {
	started := m.started
	s := corev1.ContainerStatus{Name: m.spec.Name, Image: m.spec.Image, ImageID: "local://" + m.spec.Image,
		ContainerID: "process://" + string(p.UID) + "/" + m.spec.Name, Ready: m.ready, Started: &started, RestartCount: m.restarts}
	switch {
	case m.running():
		s.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(m.process.Started)}
	case m.process != nil && (m.done(p) || p.DeletionTimestamp != nil):
		code, at := m.process.Result()
		s.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: int32(code), Reason: reason(code),
			StartedAt: metav1.NewTime(m.process.Started), FinishedAt: metav1.NewTime(at)}
	default:
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: m.why()}
	}
	return s
}

func reason(code int) string {
	if code == 0 {
		return "Completed"
	}
	return "Error"
}

// waiting is the status of a Pod that cannot be started yet, for what why says.
func waiting(p *corev1.Pod, at place, why error) corev1.PodStatus {
	s := *p.Status.DeepCopy()
	s.Phase, s.HostIP, s.HostIPs = corev1.PodPending, at.nodeIP, []corev1.HostIP{{IP: at.nodeIP}}
	s.ContainerStatuses = nil
	for _, c := range p.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image,
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: waitingReason(why), Message: fmt.Sprint(why)}}})
	}
	return s
}
