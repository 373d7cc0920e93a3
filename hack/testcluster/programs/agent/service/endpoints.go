// Package service answers for Services: it listens on their addresses, splices connections to their endpoints, and
// resolves their names. It reads Services and EndpointSlices and writes the addresses of load balancers.
package service

import (
	"net"
	"strconv"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	discovery "k8s.io/client-go/listers/discovery/v1"
)

func slicesOf(lister discovery.EndpointSliceLister, namespace, name string) []*discoveryv1.EndpointSlice {
	found, _ := lister.EndpointSlices(namespace).List(labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: name}))
	return found
}

// byService is all of them at once, by namespace/name: to ask for each Service's would read all for each.
func byService(lister discovery.EndpointSliceLister) map[string][]*discoveryv1.EndpointSlice {
	found := map[string][]*discoveryv1.EndpointSlice{}
	all, _ := lister.List(labels.Everything())
	for _, slice := range all {
		key := slice.Namespace + "/" + slice.Labels[discoveryv1.LabelServiceName]
		found[key] = append(found[key], slice)
	}
	return found
}

// backends are the addresses that new connections to a Service's port go to: the ready ones, or where none is ready
// those that still serve while they terminate.
func backends(slices []*discoveryv1.EndpointSlice, port string) []string {
	var ready, leaving []string
	for _, slice := range slices {
		for _, p := range slice.Ports {
			if p.Port == nil || deref(p.Name, "") != port {
				continue
			}
			for _, e := range slice.Endpoints {
				address := net.JoinHostPort(e.Addresses[0], strconv.Itoa(int(*p.Port)))
				switch c := e.Conditions; {
				case deref(c.Ready, true):
					ready = append(ready, address)
				case deref(c.Serving, false) && deref(c.Terminating, false):
					leaving = append(leaving, address)
				}
			}
		}
	}
	if len(ready) > 0 {
		return ready
	}
	return leaving
}

func readyIPs(slices []*discoveryv1.EndpointSlice) []string {
	var all []string
	for _, slice := range slices {
		for _, e := range slice.Endpoints {
			if deref(e.Conditions.Ready, true) {
				all = append(all, e.Addresses...)
			}
		}
	}
	return all
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
