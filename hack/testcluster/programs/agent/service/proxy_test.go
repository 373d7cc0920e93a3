package service

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAddresses(t *testing.T) {
	p := NewProxy(nil, nil, nil)
	p.balancers["ns/balanced"] = "10.88.130.1"
	ports := []corev1.ServicePort{{Port: 80}, {Port: 53, Protocol: corev1.ProtocolUDP}}
	for name, c := range map[string]struct {
		spec  corev1.ServiceSpec
		wants []string
	}{
		"plain":    {corev1.ServiceSpec{ClusterIP: "10.96.0.9"}, []string{"10.96.0.9:80"}},
		"headless": {corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone}, nil},
		"external": {corev1.ServiceSpec{ClusterIP: "10.96.0.9", ExternalIPs: []string{"10.88.128.7"}},
			[]string{"10.88.128.7:80", "10.96.0.9:80"}},
		"balanced": {corev1.ServiceSpec{ClusterIP: "10.96.0.9", Type: corev1.ServiceTypeLoadBalancer},
			[]string{"10.88.130.1:80", "10.96.0.9:80"}},
	} {
		c.spec.Ports = ports
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Spec: c.spec}
		if got := slices.Sorted(maps.Keys(p.addresses(s))); !slices.Equal(got, c.wants) {
			t.Errorf("%s: %v, not %v", name, got, c.wants)
		}
	}
}
