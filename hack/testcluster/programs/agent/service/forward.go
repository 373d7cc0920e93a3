package service

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// forward splices what comes to listener to one of the backends at that moment, until the listener closes. What is
// established stays, as with kube-proxy. Backends see the node as the client.
func forward(listener net.Listener, backends func() []string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			in := client.(*net.TCPConn)
			all := backends()
			if len(all) == 0 {
				reset(in)
				return
			}
			server, err := net.DialTimeout("tcp", all[rand.IntN(len(all))], 2*time.Second)
			if err != nil {
				reset(in)
				return
			}
			splice(in, server.(*net.TCPConn))
		}()
	}
}

// splice ends when both directions have: an answer that is whole does not cut off the upload, nor the other way round.
// What breaks one side breaks the other.
func splice(a, b *net.TCPConn) {
	var both sync.WaitGroup
	one := func(from, to *net.TCPConn) {
		if _, err := io.Copy(to, from); err != nil {
			reset(a)
			reset(b)
			return
		}
		_ = to.CloseWrite()
	}
	both.Go(func() { one(a, b) })
	both.Go(func() { one(b, a) })
	both.Wait()
	_ = a.Close()
	_ = b.Close()
}

func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
