package service

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// serve answers each connection with its word once it has read all.
func serve(t *testing.T, word string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				text, _ := io.ReadAll(c)
				_, _ = c.Write(append([]byte(word+":"), text...))
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func ask(t *testing.T, address, text string) (string, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		return "", err
	}
	_ = c.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(c)
	return string(answer), err
}

func TestForwardAsksForBackendsPerConnection(t *testing.T) {
	a, b := serve(t, "a"), serve(t, "b")
	var now atomic.Pointer[[]string]
	now.Store(&[]string{a})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go forward(l, func() []string { return *now.Load() })
	for _, c := range []struct {
		backends []string
		wants    string
	}{{[]string{a}, "a:hello"}, {[]string{b}, "b:hello"}} {
		now.Store(&c.backends)
		if got, err := ask(t, l.Addr().String(), "hello"); err != nil || got != c.wants {
			t.Errorf("%v answers %q, %v", c.backends, got, err)
		}
	}
	now.Store(&[]string{})
	if got, err := ask(t, l.Addr().String(), "hello"); err == nil {
		t.Errorf("without backends it answers %q", got)
	}
}
