package container

import (
	"context"
	"time"
)

// afterHook is what a program gets at least between SIGTERM and SIGKILL when its hook has used up the grace, as with
// the kubelet.
const afterHook = 2 * time.Second

// Stop ends a container as the kubelet does: its hook, SIGTERM, and at the end of the grace (when ctx ends) SIGKILL.
// It returns when the process has ended.
func Stop(ctx context.Context, p *Process, hook func(context.Context) error) error {
	var failed error
	if hook != nil && !p.HasEnded() {
		failed = hook(ctx)
	}
	p.Terminate()
	select {
	case <-p.Ended():
		return failed
	case <-ctx.Done():
	}
	if hook != nil {
		select {
		case <-p.Ended():
		case <-time.After(afterHook):
		}
	}
	p.Kill()
	<-p.Ended()
	return failed
}
