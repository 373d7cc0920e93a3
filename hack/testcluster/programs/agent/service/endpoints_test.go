package service

import (
	"slices"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
)

func slice(port string, number int32, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{Ports: []discoveryv1.EndpointPort{{Name: &port, Port: &number}}, Endpoints: endpoints}
}

func endpoint(ip string, ready, serving, terminating bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{ip},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating}}
}

func TestBackends(t *testing.T) {
	ready, leaving, broken := endpoint("1.1.1.1", true, true, false), endpoint("2.2.2.2", false, true, true), endpoint("3.3.3.3", false, false, false)
	for name, c := range map[string]struct {
		slices []*discoveryv1.EndpointSlice
		wants  []string
	}{
		"ready ones only":            {[]*discoveryv1.EndpointSlice{slice("http", 80, ready, leaving, broken)}, []string{"1.1.1.1:80"}},
		"leaving ones if none ready": {[]*discoveryv1.EndpointSlice{slice("http", 80, leaving, broken)}, []string{"2.2.2.2:80"}},
		"none":                       {[]*discoveryv1.EndpointSlice{slice("http", 80, broken)}, nil},
		"of the port":                {[]*discoveryv1.EndpointSlice{slice("grpc", 81, ready)}, nil},
		"of all slices":              {[]*discoveryv1.EndpointSlice{slice("http", 80, ready), slice("http", 81, ready)}, []string{"1.1.1.1:80", "1.1.1.1:81"}},
	} {
		if got := backends(c.slices, "http"); !slices.Equal(got, c.wants) {
			t.Errorf("%s: %v, not %v", name, got, c.wants)
		}
	}
}
