package container

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Asker does what probes and hooks say to one container.
type Asker struct {
	// IP is the Pod's.
	IP string
	// Ports are the container's, for those that are called by name.
	Ports []corev1.ContainerPort
	// Run executes a command in the container; an error for another exit code than 0.
	Run func(ctx context.Context, argv []string) error
}

// Probe is nil for success.
func (a Asker) Probe(ctx context.Context, h corev1.ProbeHandler) error {
	switch {
	case h.HTTPGet != nil:
		return a.get(ctx, h.HTTPGet)
	case h.TCPSocket != nil:
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", a.address("", h.TCPSocket.Port))
		if err == nil {
			_ = c.Close()
		}
		return err
	case h.GRPC != nil:
		return a.check(ctx, h.GRPC)
	case h.Exec != nil:
		return a.Run(ctx, h.Exec.Command)
	}
	return nil
}

// Hook runs a preStop hook to its end.
func (a Asker) Hook(ctx context.Context, h *corev1.LifecycleHandler) error {
	switch {
	case h.HTTPGet != nil:
		return a.get(ctx, h.HTTPGet)
	case h.Exec != nil:
		return a.Run(ctx, h.Exec.Command)
	case h.Sleep != nil:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(h.Sleep.Seconds) * time.Second):
		}
	}
	return nil
}

func (a Asker) get(ctx context.Context, g *corev1.HTTPGetAction) error {
	scheme := strings.ToLower(string(g.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	url := scheme + "://" + a.address(g.Host, g.Port) + "/" + strings.TrimPrefix(g.Path, "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	for _, h := range g.HTTPHeaders {
		request.Header.Add(h.Name, h.Value)
		if http.CanonicalHeaderKey(h.Name) == "Host" {
			request.Host = h.Value
		}
	}
	// Certificates are not verified, as by the kubelet.
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode < 200 || response.StatusCode >= 400 {
		return fmt.Errorf("%s answers %d", url, response.StatusCode)
	}
	return nil
}

func (a Asker) check(ctx context.Context, g *corev1.GRPCAction) error {
	c, err := grpc.NewClient("passthrough:///"+a.address("", intstr.FromInt32(g.Port)),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer c.Close()
	service := ""
	if g.Service != nil {
		service = *g.Service
	}
	answer, err := health.NewHealthClient(c).Check(ctx, &health.HealthCheckRequest{Service: service})
	if err == nil && answer.Status != health.HealthCheckResponse_SERVING {
		err = fmt.Errorf("health is %s", answer.Status)
	}
	return err
}

func (a Asker) address(host string, port intstr.IntOrString) string {
	if host == "" {
		host = a.IP
	}
	number := port.String()
	for _, p := range a.Ports {
		if port.Type == intstr.String && p.Name == port.StrVal {
			number = strconv.Itoa(int(p.ContainerPort))
		}
	}
	return net.JoinHostPort(host, number)
}
