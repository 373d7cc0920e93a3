package pod

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// place is where a Pod runs: what its status will say.
type place struct{ ip, nodeIP, node string }

// field is the value of a fieldRef of the downward API.
func field(p *corev1.Pod, at place, path string) (string, error) {
	switch path {
	case "metadata.name":
		return p.Name, nil
	case "metadata.namespace":
		return p.Namespace, nil
	case "metadata.uid":
		return string(p.UID), nil
	case "metadata.labels":
		return quoted(p.Labels), nil
	case "metadata.annotations":
		return quoted(p.Annotations), nil
	case "status.podIP", "status.podIPs":
		return at.ip, nil
	case "status.hostIP", "status.hostIPs":
		return at.nodeIP, nil
	case "spec.nodeName":
		return at.node, nil
	case "spec.serviceAccountName":
		return p.Spec.ServiceAccountName, nil
	}
	if key, ok := subscript(path, "metadata.labels"); ok {
		return p.Labels[key], nil
	}
	if key, ok := subscript(path, "metadata.annotations"); ok {
		return p.Annotations[key], nil
	}
	return "", fmt.Errorf("field %s is not known to the test cluster", path)
}

// subscript is the key in MAP['KEY'].
func subscript(path, of string) (string, bool) {
	rest, ok := strings.CutPrefix(path, of+"['")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, "']")
}

// quoted is a map as a downward API file has it: KEY="VALUE" lines, sorted.
func quoted(m map[string]string) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, fmt.Sprintf("%s=%q", key, m[key]))
	}
	return strings.Join(lines, "\n")
}
