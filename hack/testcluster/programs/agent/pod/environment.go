package pod

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// reader reads Secrets and ConfigMaps of one namespace.
type reader struct {
	client    kubernetes.Interface
	namespace string
}

// config is a ConfigMap's data; one that is optional may be missing.
func (r reader) config(ctx context.Context, name string, optional *bool) (map[string]string, error) {
	found, err := r.client.CoreV1().ConfigMaps(r.namespace).Get(ctx, name, metav1.GetOptions{})
	if missing(err, optional) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := maps.Clone(found.Data)
	for key, value := range found.BinaryData {
		all = with(all, key, string(value))
	}
	return all, nil
}

func (r reader) secret(ctx context.Context, name string, optional *bool) (map[string]string, error) {
	found, err := r.client.CoreV1().Secrets(r.namespace).Get(ctx, name, metav1.GetOptions{})
	if missing(err, optional) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all map[string]string
	for key, value := range found.Data {
		all = with(all, key, string(value))
	}
	return all, nil
}

func missing(err error, optional *bool) bool {
	return optional != nil && *optional && apierrors.IsNotFound(err)
}

func with(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

// environment are the variables of a container. What the manifest says goes before what every Pod has.
func environment(ctx context.Context, r reader, p *corev1.Pod, c *corev1.Container, at place, always map[string]string) (map[string]string, error) {
	all := map[string]string{"PATH": os.Getenv("PATH"), "HOSTNAME": p.Name}
	maps.Copy(all, always)
	for _, from := range c.EnvFrom {
		var some map[string]string
		var err error
		switch {
		case from.ConfigMapRef != nil:
			some, err = r.config(ctx, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
		case from.SecretRef != nil:
			some, err = r.secret(ctx, from.SecretRef.Name, from.SecretRef.Optional)
		}
		if err != nil {
			return nil, err
		}
		for key, value := range some {
			all[from.Prefix+key] = value
		}
	}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			all[e.Name] = expand(e.Value, all)
			continue
		}
		value, err := r.value(ctx, p, e.ValueFrom, at)
		if errors.Is(err, errAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[e.Name] = value
	}
	return all, nil
}

// errAbsent: an optional key that is not there.
var errAbsent = errors.New("absent")

func (r reader) value(ctx context.Context, p *corev1.Pod, from *corev1.EnvVarSource, at place) (string, error) {
	switch {
	case from.FieldRef != nil:
		return field(p, at, from.FieldRef.FieldPath)
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		all, err := r.secret(ctx, ref.Name, ref.Optional)
		return keyOf(all, err, "Secret "+ref.Name, ref.Key, ref.Optional)
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		all, err := r.config(ctx, ref.Name, ref.Optional)
		return keyOf(all, err, "ConfigMap "+ref.Name, ref.Key, ref.Optional)
	case from.ResourceFieldRef != nil:
		// Limits are not enforced, so there is none to tell.
		return "0", nil
	}
	return "", errors.New("a source of a variable is not known to the test cluster")
}

func keyOf(all map[string]string, err error, object, key string, optional *bool) (string, error) {
	if err != nil {
		return "", err
	}
	value, ok := all[key]
	switch {
	case ok:
		return value, nil
	case optional != nil && *optional:
		return "", errAbsent
	}
	return "", fmt.Errorf("%s has no key %s", object, key)
}
