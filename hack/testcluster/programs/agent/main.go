// agent is what a kubelet, a scheduler, kube-proxy and the cluster's DNS are elsewhere, for one node of a test cluster:
// containers are processes. It runs as root in the cluster's network namespace; when it ends, so do the Pods.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"

	"antechamber.dev/testcluster/programs/agent/images"
	"antechamber.dev/testcluster/programs/agent/pod"
	"antechamber.dev/testcluster/programs/agent/service"
)

const (
	nodeName = "node-0"
	nodeIP   = "10.88.0.1"
	logsPort = 10250
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the administrator's kubeconfig")
	state := flag.String("state", "", "folder for volumes and logs")
	var tables, keep []string
	flag.Func("images", "table of images, may be repeated: the first match of the first table counts", appendTo(&tables))
	flag.Func("keep", "path that no volume of a Pod may hide, may be repeated", appendTo(&keep))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *state, tables, keep); err != nil {
		log.Fatal(err)
	}
}

func appendTo(all *[]string) func(string) error {
	return func(one string) error {
		*all = append(*all, one)
		return nil
	}
}

func run(ctx context.Context, kubeconfig, state string, tables, keep []string) error {
	table, err := images.Read(tables...)
	if err != nil {
		return err
	}
	for _, folder := range []string{"pods", "logs"} {
		if err := os.MkdirAll(filepath.Join(state, folder), 0o755); err != nil {
			return err
		}
	}
	client, err := connect(kubeconfig)
	if err != nil {
		return err
	}
	if err := register(ctx, client, nodeName, nodeIP); err != nil {
		return err
	}
	node := &pod.Node{Name: nodeName, IP: nodeIP, Client: client, Images: table, State: state, Keep: append(keep, state),
		Variables: map[string]string{"KUBERNETES_SERVICE_HOST": nodeIP, "KUBERNETES_SERVICE_PORT": "16443"}}
	certificate, err := selfSigned(nodeName, nodeIP)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	services, slices := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	proxy := service.NewProxy(client, services.Lister(), slices.Lister())
	follow(factory.Core().V1().Pods().Informer(), func(o any) {
		if p, ok := o.(*corev1.Pod); ok {
			node.Update(ctx, p)
		}
	}, func(o any) {
		if p, ok := last(o).(*corev1.Pod); ok {
			node.Remove(p.UID)
		}
	})
	kick := func(any) { proxy.Kick() }
	follow(services.Informer(), kick, kick)
	follow(slices.Informer(), kick, kick)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	failed := make(chan error, 3)
	go proxy.Run(ctx)
	names := service.Names{Services: services.Lister(), Slices: slices.Lister()}
	for _, network := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: nodeIP + ":53", Net: network, Handler: names}
		go func() { failed <- server.ListenAndServe() }()
	}
	server := &http.Server{Addr: nodeIP + ":" + strconv.Itoa(logsPort), Handler: logs(node.Log),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	go func() { failed <- server.ListenAndServeTLS("", "") }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func connect(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	return kubernetes.NewForConfig(config)
}

func follow(informer cache.SharedIndexInformer, changed, gone func(any)) {
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: changed, UpdateFunc: func(_, o any) { changed(o) }, DeleteFunc: gone})
}

// last is the object of a deletion, also of one that was missed.
func last(o any) any {
	if missed, ok := o.(cache.DeletedFinalStateUnknown); ok {
		return missed.Obj
	}
	return o
}
