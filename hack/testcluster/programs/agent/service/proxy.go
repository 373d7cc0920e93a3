package service

import (
	"context"
	"fmt"
	"log"
	"maps"
	"net"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	core "k8s.io/client-go/listers/core/v1"
	discovery "k8s.io/client-go/listers/discovery/v1"
)

// Proxy listens on every address of a Service that has somewhere to go: its ClusterIP, its external ones and, if it is a
// load balancer, an address of its own. Without backends nobody listens, so that connections are refused. TCP only.
type Proxy struct {
	client    kubernetes.Interface
	services  core.ServiceLister
	slices    discovery.EndpointSliceLister
	kicked    chan struct{}
	listeners map[string]*listening
	balancers map[string]string
}

type listening struct {
	net.Listener
	target target
}

// target is what an address leads to.
type target struct{ namespace, service, port string }

func NewProxy(client kubernetes.Interface, services core.ServiceLister, slices discovery.EndpointSliceLister) *Proxy {
	return &Proxy{client: client, services: services, slices: slices, kicked: make(chan struct{}, 1),
		listeners: map[string]*listening{}, balancers: map[string]string{}}
}

// Kick says that a Service or an EndpointSlice has changed.
func (p *Proxy) Kick() {
	select {
	case p.kicked <- struct{}{}:
	default:
	}
}

// Run follows the Services until ctx ends. It looks every second without a kick too: an address may have been taken.
func (p *Proxy) Run(ctx context.Context) {
	for {
		p.reconcile(ctx)
		select {
		case <-ctx.Done():
			for _, l := range p.listeners {
				_ = l.Close()
			}
			return
		case <-p.kicked:
		case <-time.After(time.Second):
		}
	}
}

func (p *Proxy) reconcile(ctx context.Context) {
	services, err := p.services.List(labels.Everything())
	if err != nil {
		return
	}
	wanted := map[string]target{}
	slices := byService(p.slices)
	p.forgetBalancers(services)
	for _, s := range services {
		if s.Spec.Type == corev1.ServiceTypeLoadBalancer {
			p.publish(ctx, s)
		}
		for address, target := range p.addresses(s) {
			if len(backends(slices[s.Namespace+"/"+s.Name], target.port)) > 0 {
				wanted[address] = target
			}
		}
	}
	for address, l := range p.listeners {
		if wanted[address] != l.target {
			_ = l.Close()
			delete(p.listeners, address)
		}
	}
	for address, target := range wanted {
		if p.listeners[address] == nil {
			p.listen(address, target)
		}
	}
}

func (p *Proxy) listen(address string, to target) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Printf("service %s/%s: %v", to.namespace, to.service, err)
		return
	}
	p.listeners[address] = &listening{l, to}
	go forward(l, func() []string { return backends(slicesOf(p.slices, to.namespace, to.service), to.port) })
}

// addresses are where a Service is to be reached.
func (p *Proxy) addresses(s *corev1.Service) map[string]target {
	ips := slices.Clone(s.Spec.ExternalIPs)
	if ip := s.Spec.ClusterIP; ip != "" && ip != corev1.ClusterIPNone {
		ips = append(ips, ip)
	}
	if ip := p.balancers[s.Namespace+"/"+s.Name]; ip != "" && s.Spec.Type == corev1.ServiceTypeLoadBalancer {
		ips = append(ips, ip)
	}
	all := map[string]target{}
	for _, port := range s.Spec.Ports {
		if port.Protocol != corev1.ProtocolTCP && port.Protocol != "" {
			continue
		}
		for _, ip := range ips {
			all[net.JoinHostPort(ip, fmt.Sprint(port.Port))] = target{s.Namespace, s.Name, port.Name}
		}
	}
	return all
}

// publish gives a load balancer its address and says so in its status. Nobody gets the address of another, and an
// agent that starts anew goes on with what is published.
func (p *Proxy) publish(ctx context.Context, s *corev1.Service) {
	key := s.Namespace + "/" + s.Name
	if p.balancers[key] == "" {
		p.balancers[key] = p.chooseAddress(s)
	}
	ip := p.balancers[key]
	if in := s.Status.LoadBalancer.Ingress; len(in) == 1 && in[0].IP == ip {
		return
	}
	changed := s.DeepCopy()
	changed.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}}
	if _, err := p.client.CoreV1().Services(s.Namespace).UpdateStatus(ctx, changed, metav1.UpdateOptions{}); err != nil {
		log.Printf("service %s: %v", key, err)
	}
}

// forgetBalancers frees the addresses of Services that are gone.
func (p *Proxy) forgetBalancers(services []*corev1.Service) {
	there := map[string]bool{}
	for _, s := range services {
		there[s.Namespace+"/"+s.Name] = s.Spec.Type == corev1.ServiceTypeLoadBalancer
	}
	maps.DeleteFunc(p.balancers, func(key, _ string) bool { return !there[key] })
}

func (p *Proxy) chooseAddress(s *corev1.Service) string {
	if s.Spec.LoadBalancerIP != "" {
		return s.Spec.LoadBalancerIP
	}
	if in := s.Status.LoadBalancer.Ingress; len(in) > 0 && in[0].IP != "" {
		return in[0].IP
	}
	taken := map[string]bool{}
	for _, ip := range p.balancers {
		taken[ip] = true
	}
	others, _ := p.services.List(labels.Everything())
	for _, other := range others {
		for _, in := range other.Status.LoadBalancer.Ingress {
			taken[in.IP] = true
		}
	}
	for i := 1; ; i++ {
		if ip := fmt.Sprintf("10.88.%d.%d", 130+i>>8, i&255); !taken[ip] {
			return ip
		}
	}
}
