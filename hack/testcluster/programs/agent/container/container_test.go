package container

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// start runs a shell script and waits until it has said "ready".
func start(t *testing.T, script string) (*Process, *Log) {
	t.Helper()
	log, err := NewLog(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p, err := Start(cmd, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	for {
		if lines, _ := log.From(0, time.Time{}); len(lines) > 0 {
			return p, log
		}
		time.Sleep(time.Millisecond)
	}
}

func TestStopRunsTheHookBeforeSIGTERM(t *testing.T) {
	p, _ := start(t, "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done")
	hooked := false
	err := Stop(context.Background(), p, func(context.Context) error {
		hooked = !p.HasEnded()
		return nil
	})
	if code, _ := p.Result(); err != nil || !hooked || code != 7 {
		t.Errorf("hook %v, exit code %d, %v", hooked, code, err)
	}
}

func TestStopKillsAtTheEndOfTheGrace(t *testing.T) {
	p, _ := start(t, "trap '' TERM; echo ready; while :; do sleep 0.01; done")
	ctx, end := context.WithCancel(context.Background())
	end()
	_ = Stop(ctx, p, nil)
	if code, _ := p.Result(); code != 128+9 {
		t.Errorf("exit code %d", code)
	}
}

func TestProberKeepsItsThresholds(t *testing.T) {
	answer := error(nil)
	p := &Prober{Probe: &corev1.Probe{PeriodSeconds: 1}, Ask: func(context.Context, corev1.ProbeHandler) error { return answer }}
	now := time.Unix(0, 0)
	look := func() bool { now = now.Add(time.Second); return p.Look(now) }
	if !look() {
		t.Fatal("does not pass at once")
	}
	answer = errors.New("away")
	if !look() || !look() || look() {
		t.Error("does not fail with the third failure")
	}
	answer = nil
	if !look() {
		t.Error("does not pass again")
	}
}
