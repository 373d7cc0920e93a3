package pod

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// refreshing is how often Secrets and ConfigMaps are compared with their files; a kubelet takes up to a minute.
const refreshing = 2 * time.Second

// refresh keeps the files of Secrets and ConfigMaps up to date until ctx ends. Of what cannot be read they stay.
func refresh(ctx context.Context, r reader, p *corev1.Pod, at place, folders map[string]string) {
	ticker := time.NewTicker(refreshing)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, v := range p.Spec.Volumes {
			if v.Secret == nil && v.ConfigMap == nil {
				continue
			}
			if files, err := contents(ctx, r, p, at, v.VolumeSource); err == nil && ctx.Err() == nil {
				_ = project(folders[v.Name], files)
			}
		}
	}
}

// The names that a kubelet gives, and programs watch for: files are links through "..data", and it is renamed, so that
// all of them change at once.
const data = "..data"

// project makes folder hold these files and no others.
func project(folder string, files map[string]string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	current := filepath.Join(folder, data)
	former, err := os.Readlink(current)
	if err == nil && holds(filepath.Join(folder, former), files) || err != nil && len(files) == 0 {
		return nil
	}
	next, err := os.MkdirTemp(folder, "..")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(next, 0o755), writeFiles(next, files)); err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	fresh := current + "_tmp"
	if err := errors.Join(os.Symlink(filepath.Base(next), fresh), os.Rename(fresh, current)); err != nil {
		return err
	}
	if former != "" {
		_ = os.RemoveAll(filepath.Join(folder, former))
	}
	return link(folder, files)
}

// link makes a link for each file, or for the folder that it is in, and removes those that lead nowhere.
func link(folder string, files map[string]string) error {
	for path := range files {
		top, _, _ := strings.Cut(path, "/")
		if err := os.Symlink(filepath.Join(data, top), filepath.Join(folder, top)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		if _, gone := os.Stat(name); errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, os.Remove(name))
		}
	}
	return err
}

func holds(folder string, files map[string]string) bool {
	found := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found++
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if wanted, ok := files[name]; err == nil && (!ok || wanted != string(text)) {
			return fs.ErrInvalid
		}
		return err
	})
	return err == nil && found == len(files)
}
