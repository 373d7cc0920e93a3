package service

import (
	"net"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	core "k8s.io/client-go/listers/core/v1"
	discovery "k8s.io/client-go/listers/discovery/v1"
)

// Names answers SERVICE.NAMESPACE.svc.cluster.local with the ClusterIP, that of a headless Service with its ready
// endpoints. Anything else does not exist: nothing is asked of the world outside.
type Names struct {
	Services core.ServiceLister
	Slices   discovery.EndpointSliceLister
}

const zone = ".svc.cluster.local."

func (n Names) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	_ = w.WriteMsg(n.answer(request))
}

func (n Names) answer(request *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(request)
	m.Authoritative = true
	if len(request.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	q := request.Question[0]
	ips, ok := n.lookUp(strings.ToLower(q.Name))
	if !ok {
		m.Rcode = dns.RcodeNameError
		return m
	}
	if q.Qtype == dns.TypeA {
		for _, ip := range ips {
			header := dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 2}
			m.Answer = append(m.Answer, &dns.A{Hdr: header, A: net.ParseIP(ip)})
		}
	}
	return m
}

func (n Names) lookUp(name string) ([]string, bool) {
	short, inZone := strings.CutSuffix(name, zone)
	service, namespace, two := strings.Cut(short, ".")
	if !inZone || !two {
		return nil, false
	}
	s, err := n.Services.Services(namespace).Get(service)
	if err != nil {
		return nil, false
	}
	if s.Spec.ClusterIP != corev1.ClusterIPNone && s.Spec.ClusterIP != "" {
		return []string{s.Spec.ClusterIP}, true
	}
	return readyIPs(slicesOf(n.Slices, namespace, service)), true
}
