package pod

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tokenLife outlasts every test: tokens are not rotated.
const tokenLife = int64(7 * 24 * 3600)

// volumes writes the Pod's volumes as folders below dir: name -> folder. A Secret or ConfigMap that is missing is an
// error, to be tried again.
func volumes(ctx context.Context, r reader, p *corev1.Pod, at place, dir string) (map[string]string, error) {
	folders := map[string]string{}
	for _, v := range p.Spec.Volumes {
		files, err := contents(ctx, r, p, at, v.VolumeSource)
		if err != nil {
			return nil, fmt.Errorf("volume %s: %w", v.Name, err)
		}
		folder := filepath.Join(dir, "volumes", v.Name)
		if err := project(folder, files); err != nil {
			return nil, err
		}
		folders[v.Name] = folder
	}
	return folders, nil
}

func contents(ctx context.Context, r reader, p *corev1.Pod, at place, v corev1.VolumeSource) (map[string]string, error) {
	switch {
	case v.EmptyDir != nil:
		return nil, nil
	case v.Secret != nil:
		all, err := r.secret(ctx, v.Secret.SecretName, v.Secret.Optional)
		return choose(all, err, v.Secret.Items)
	case v.ConfigMap != nil:
		all, err := r.config(ctx, v.ConfigMap.Name, v.ConfigMap.Optional)
		return choose(all, err, v.ConfigMap.Items)
	case v.DownwardAPI != nil:
		return fields(p, at, v.DownwardAPI.Items)
	case v.Projected != nil:
		return projected(ctx, r, p, at, v.Projected.Sources)
	}
	return nil, fmt.Errorf("its kind is not known to the test cluster")
}

func projected(ctx context.Context, r reader, p *corev1.Pod, at place, sources []corev1.VolumeProjection) (map[string]string, error) {
	files := map[string]string{}
	for _, s := range sources {
		var some map[string]string
		var err error
		switch {
		case s.ServiceAccountToken != nil:
			some, err = r.token(ctx, p, s.ServiceAccountToken)
		case s.Secret != nil:
			some, err = r.secret(ctx, s.Secret.Name, s.Secret.Optional)
			some, err = choose(some, err, s.Secret.Items)
		case s.ConfigMap != nil:
			some, err = r.config(ctx, s.ConfigMap.Name, s.ConfigMap.Optional)
			some, err = choose(some, err, s.ConfigMap.Items)
		case s.DownwardAPI != nil:
			some, err = fields(p, at, s.DownwardAPI.Items)
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(files, some)
	}
	return files, nil
}

// token is a real one, bound to the Pod, so that RBAC is tested.
func (r reader) token(ctx context.Context, p *corev1.Pod, s *corev1.ServiceAccountTokenProjection) (map[string]string, error) {
	life := tokenLife
	spec := authv1.TokenRequestSpec{ExpirationSeconds: &life,
		BoundObjectRef: &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.Name, UID: p.UID}}
	if s.Audience != "" {
		spec.Audiences = []string{s.Audience}
	}
	answer, err := r.client.CoreV1().ServiceAccounts(p.Namespace).CreateToken(ctx, p.Spec.ServiceAccountName,
		&authv1.TokenRequest{Spec: spec}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return map[string]string{s.Path: answer.Status.Token}, nil
}

// choose are the files of a volume: all keys, or the items where the manifest names some.
func choose(all map[string]string, err error, items []corev1.KeyToPath) (map[string]string, error) {
	if err != nil || len(items) == 0 || all == nil {
		return all, err
	}
	files := map[string]string{}
	for _, item := range items {
		text, ok := all[item.Key]
		if !ok {
			return nil, fmt.Errorf("there is no key %s", item.Key)
		}
		files[item.Path] = text
	}
	return files, nil
}

func fields(p *corev1.Pod, at place, items []corev1.DownwardAPIVolumeFile) (map[string]string, error) {
	files := map[string]string{}
	for _, item := range items {
		if item.FieldRef == nil {
			files[item.Path] = "0"
			continue
		}
		text, err := field(p, at, item.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		files[item.Path] = text
	}
	return files, nil
}

func writeFiles(folder string, files map[string]string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for path, text := range files {
		file := filepath.Join(folder, path)
		if !strings.HasPrefix(file, folder+string(filepath.Separator)) {
			return fmt.Errorf("%s leads out of the volume", path)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
