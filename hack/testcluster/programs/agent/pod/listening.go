package pod

import (
	"fmt"
	"os"
	"strings"
)

// listening: somebody in the network namespace of pid has a TCP socket that listens or a bound UDP socket. Each read
// walks the kernel's table of all namespaces, so it is for containers that have not been Ready yet only.
func listening(pid int) bool {
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, kind))
		for _, row := range strings.Split(string(table), "\n") {
			columns := strings.Fields(row)
			if len(columns) > 3 && (columns[3] == "0A" || kind[0] == 'u' && columns[3] == "07") {
				return true
			}
		}
	}
	return false
}
