package pod

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"maps"
	"slices"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"antechamber.dev/testcluster/programs/agent/container"
	"antechamber.dev/testcluster/programs/agent/images"
)

// member is one container of a Pod, through its restarts. Only the Pod's own goroutine touches it.
type member struct {
	spec  corev1.Container
	image *images.Image
	argv  []string
	env   []string
	pause int
	log   *container.Log

	process  *container.Process
	failed   error
	restarts int32
	again    time.Time
	started  bool
	ready    bool
	startup  *container.Prober
	readying *container.Prober
	asker    container.Asker
}

func newMember(c corev1.Container, im *images.Image, env map[string]string, dir string) *member {
	m := &member{spec: c, image: im}
	m.argv = im.Main(expandAll(c.Command, env), expandAll(c.Args, env))
	env = maps.Clone(env)
	for _, name := range []string{"HOME", "TMPDIR"} {
		if _, set := env[name]; !set {
			env[name] = dir
		}
	}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		m.env = append(m.env, key+"="+env[key])
	}
	return m
}

func (m *member) launch() {
	m.started, m.ready, m.failed = false, false, nil
	m.asker.Run = m.exec
	m.startup, m.readying = m.prober(m.spec.StartupProbe), m.prober(m.spec.ReadinessProbe)
	cmd := container.In(m.pause, m.argv)
	cmd.Env, cmd.Dir = m.env, m.spec.WorkingDir
	m.process, m.failed = container.Start(cmd, m.log)
}

func (m *member) prober(p *corev1.Probe) *container.Prober {
	if p == nil {
		return nil
	}
	return &container.Prober{Probe: p, Ask: m.asker.Probe}
}

// running: the process is there. A program that cannot be started counts as one that has ended.
func (m *member) running() bool { return m.process != nil && !m.process.HasEnded() }

// look is one turn: probes, or what follows from the program's end.
func (m *member) look(p *corev1.Pod, now time.Time, leaving bool) {
	if !m.running() {
		m.started, m.ready = false, false
		if leaving || m.done(p) {
			return
		}
		if m.again.IsZero() {
			m.again = now.Add(time.Second << min(m.restarts, 5))
			log.Printf("%s/%s/%s ended: %s", p.Namespace, p.Name, m.spec.Name, m.why())
		}
		if now.After(m.again) {
			m.restarts++
			m.again = time.Time{}
			m.launch()
		}
		return
	}
	m.started = m.started || m.startup == nil || m.startup.Look(now)
	switch {
	case !m.started:
	case m.readying != nil:
		m.ready = m.readying.Look(now)
	case !m.ready:
		m.ready = m.image.NoListen || p.Spec.RestartPolicy != corev1.RestartPolicyAlways || listening(m.pause)
	}
}

// done: it has ended and is not to be started again.
func (m *member) done(p *corev1.Pod) bool {
	if m.process == nil {
		return p.Spec.RestartPolicy == corev1.RestartPolicyNever
	}
	code, _ := m.process.Result()
	return p.Spec.RestartPolicy == corev1.RestartPolicyNever || p.Spec.RestartPolicy == corev1.RestartPolicyOnFailure && code == 0
}

func (m *member) why() string {
	if m.failed != nil || m.process == nil {
		return fmt.Sprint(m.failed)
	}
	code, _ := m.process.Result()
	return fmt.Sprintf("exit code %d", code)
}

// stop ends it within ctx.
func (m *member) stop(ctx context.Context) {
	if !m.running() {
		return
	}
	var hook func(context.Context) error
	if l := m.spec.Lifecycle; l != nil && l.PreStop != nil {
		hook = func(ctx context.Context) error { return m.asker.Hook(ctx, l.PreStop) }
	}
	if err := container.Stop(ctx, m.process, hook); err != nil {
		m.log.Note("preStop failed: " + err.Error())
	}
}

// exec is a command in the container, for a probe or a hook.
func (m *member) exec(ctx context.Context, argv []string) error {
	cmd := container.In(m.pause, m.image.Exec(m.spec.Command, argv))
	cmd.Env, cmd.Dir = m.env, m.spec.WorkingDir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 100 * time.Millisecond
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%v: %w: %s", argv, err, out.String())
	}
	return nil
}
