// Package container runs the containers of a Pod: processes in the Pod's namespaces, with probes, hooks and logs.
package container

import (
	"io"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Process is one run of a container's program, in the namespaces of the process Pause.
type Process struct {
	cmd     *exec.Cmd
	Started time.Time
	ended   chan struct{}

	mu sync.Mutex
	// Exit is valid once Ended.
	exit     int
	finished time.Time
}

// In is the command that runs argv in the namespaces of a Pod. It replaces itself by argv, so signals reach that.
func In(pause int, argv []string) *exec.Cmd {
	command := []string{"-t", strconv.Itoa(pause), "-n", "-m", "--"}
	cmd := exec.Command("nsenter", append(command, argv...)...)
	// A group of its own, so that children go with it; killed with the agent.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Start runs cmd, its output into log.
func Start(cmd *exec.Cmd, log *Log) (*Process, error) {
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	// What a child of the program keeps open does not keep the container running.
	cmd.WaitDelay = 100 * time.Millisecond
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, Started: time.Now(), ended: make(chan struct{})}
	go log.read(r)
	go func() {
		_ = cmd.Wait()
		_ = w.Close()
		// In a container everything ends with its first process.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		p.mu.Lock()
		p.exit, p.finished = exitCode(cmd), time.Now()
		p.mu.Unlock()
		close(p.ended)
	}()
	return p, nil
}

func exitCode(cmd *exec.Cmd) int {
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

func (p *Process) Ended() <-chan struct{} { return p.ended }

func (p *Process) HasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Result is the exit code and when it ended.
func (p *Process) Result() (int, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit, p.finished
}

func (p *Process) Terminate() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

func (p *Process) Kill() {
	if !p.HasEnded() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}
