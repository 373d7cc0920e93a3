package container

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// maxLines are kept for `kubectl logs`; the file has all.
const maxLines = 20_000

type line struct {
	at   time.Time
	text string
}

// Log is what a container has written, through all its restarts.
type Log struct {
	mu      sync.Mutex
	lines   []line
	dropped int
	file    *os.File
}

func NewLog(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &Log{file: file}, err
}

func (l *Log) Close() { _ = l.file.Close() }

// read takes lines until the writer's end. A line that is too long is cut, so that the writer never waits for ever.
func (l *Log) read(r io.Reader) {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		text, tooLong, err := in.ReadLine()
		if err != nil {
			return
		}
		l.add(string(text))
		for tooLong && err == nil {
			_, tooLong, err = in.ReadLine()
		}
	}
}

func (l *Log) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.file, text)
	l.lines = append(l.lines, line{time.Now(), text})
	if len(l.lines) > maxLines {
		l.dropped += len(l.lines) / 2
		l.lines = append([]line(nil), l.lines[len(l.lines)/2:]...)
	}
}

// From are the lines from position on that were not written before since, and the position after them.
func (l *Log) From(position int, since time.Time) ([]string, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var texts []string
	for _, x := range l.lines[max(0, position-l.dropped):] {
		if !x.at.Before(since) {
			texts = append(texts, x.text)
		}
	}
	return texts, l.dropped + len(l.lines)
}

// Tail is the position from which n lines are left.
func (l *Log) Tail(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped + max(0, len(l.lines)-n)
}

// Note adds a line of the agent's own.
func (l *Log) Note(text string) { l.add("agent: " + text) }
