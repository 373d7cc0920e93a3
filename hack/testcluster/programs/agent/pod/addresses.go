package pod

import (
	"fmt"
	"sync"
)

// addresses gives Pods theirs, 10.88.1.1 to 10.88.127.254, each again only when all others have had their turn.
type addresses struct {
	mu    sync.Mutex
	next  int
	taken map[int]bool
}

const firstAddress, lastAddress = 0x0101, 0x7ffe

func (a *addresses) take() (string, func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.taken == nil {
		a.taken = map[int]bool{}
	}
	for {
		if a.next < firstAddress || a.next > lastAddress {
			a.next = firstAddress
		}
		n := a.next
		a.next++
		if n&255 != 0 && n&255 != 255 && !a.taken[n] {
			a.taken[n] = true
			return fmt.Sprintf("10.88.%d.%d", n>>8, n&255), func() {
				a.mu.Lock()
				defer a.mu.Unlock()
				delete(a.taken, n)
			}
		}
	}
}
