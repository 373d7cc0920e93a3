package service

import (
	"testing"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	core "k8s.io/client-go/listers/core/v1"
	discovery "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
)

func indexer(objects ...any) cache.Indexer {
	all := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, o := range objects {
		_ = all.Add(o)
	}
	return all
}

func TestNames(t *testing.T) {
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "ns", Labels: map[string]string{discoveryv1.LabelServiceName: name}}
	}
	headless := slice("http", 80, endpoint("10.88.1.1", true, true, false), endpoint("10.88.1.2", false, false, false))
	headless.ObjectMeta = meta("headless")
	names := Names{
		Services: core.NewServiceLister(indexer(
			&corev1.Service{ObjectMeta: meta("plain"), Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.9"}},
			&corev1.Service{ObjectMeta: meta("headless"), Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone}})),
		Slices: discovery.NewEndpointSliceLister(indexer(headless)),
	}
	for _, c := range []struct {
		name, wants string
		kind        uint16
		code        int
	}{
		{"plain.ns.svc.cluster.local.", "10.96.0.9", dns.TypeA, dns.RcodeSuccess},
		{"PLAIN.ns.svc.Cluster.local.", "10.96.0.9", dns.TypeA, dns.RcodeSuccess},
		{"headless.ns.svc.cluster.local.", "10.88.1.1", dns.TypeA, dns.RcodeSuccess},
		{"plain.ns.svc.cluster.local.", "", dns.TypeAAAA, dns.RcodeSuccess},
		{"other.ns.svc.cluster.local.", "", dns.TypeA, dns.RcodeNameError},
		{"plain.ns.svc.cluster.local.ns.svc.cluster.local.", "", dns.TypeA, dns.RcodeNameError},
		{"example.com.", "", dns.TypeA, dns.RcodeNameError},
	} {
		answer := names.answer(new(dns.Msg).SetQuestion(c.name, c.kind))
		got := ""
		for _, a := range answer.Answer {
			got += a.(*dns.A).A.String()
		}
		if got != c.wants || answer.Rcode != c.code {
			t.Errorf("%s (%d) is %q, code %d", c.name, c.kind, got, answer.Rcode)
		}
	}
}
