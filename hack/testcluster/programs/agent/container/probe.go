package container

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Prober keeps a probe's thresholds and intervals. initialDelaySeconds is not waited for, and until the first success
// it asks at every look, so that Pods are Ready as soon as they can be.
type Prober struct {
	Probe *corev1.Probe
	Ask   func(context.Context, corev1.ProbeHandler) error

	ok     bool
	streak int
	next   time.Time
}

// Look asks if it is time to, and says whether the container passes.
func (p *Prober) Look(now time.Time) bool {
	if now.Before(p.next) {
		return p.ok
	}
	ctx, cancel := context.WithTimeout(context.Background(), seconds(p.Probe.TimeoutSeconds, 1))
	defer cancel()
	passed := p.Ask(ctx, p.Probe.ProbeHandler) == nil
	if passed == p.ok {
		p.streak = 0
	} else {
		p.streak++
	}
	threshold := max(p.Probe.SuccessThreshold, 1)
	if p.ok {
		threshold = p.Probe.FailureThreshold
		if threshold == 0 {
			threshold = 3
		}
	}
	if p.streak >= int(threshold) {
		p.ok, p.streak = passed, 0
	}
	if p.ok {
		p.next = now.Add(seconds(p.Probe.PeriodSeconds, 10))
	}
	return p.ok
}

func seconds(n, otherwise int32) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}
