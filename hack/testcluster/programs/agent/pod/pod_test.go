package pod

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestExpand(t *testing.T) {
	variables := map[string]string{"A": "x", "B_2": "y"}
	for text, wants := range map[string]string{"$(A)-$(B_2)": "x-y", "$(C)": "$(C)", "$$(A)": "$(A)", "$A": "$A"} {
		if got := expand(text, variables); got != wants {
			t.Errorf("%s is %s, not %s", text, got, wants)
		}
	}
}

func TestField(t *testing.T) {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"a/b": "c", "a": "d"}}}
	at := place{"10.0.0.2", "10.0.0.1", "node"}
	for path, wants := range map[string]string{"metadata.name": "n", "status.podIP": "10.0.0.2", "status.hostIP": "10.0.0.1",
		"metadata.labels['a/b']": "c", "metadata.annotations['none']": "", "metadata.labels": "a=\"d\"\na/b=\"c\""} {
		if got, err := field(p, at, path); err != nil || got != wants {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	if got, err := field(p, at, "spec.nothing"); err == nil {
		t.Errorf("spec.nothing is %q", got)
	}
}

func TestHides(t *testing.T) {
	for target, wants := range map[string]bool{"/tmp": true, "/tmp/clone/bin/": true, "/tmp/cl": false, "/": true, "/etc": false} {
		if got := hides(target, []string{"/tmp/clone/bin"}); got != wants {
			t.Errorf("%s: %v", target, got)
		}
	}
}

func TestAddressesAreUsedAgainOnlyWhenFree(t *testing.T) {
	a := &addresses{next: lastAddress}
	last, _ := a.take()
	first, free := a.take()
	if last != "10.88.127.254" || first != "10.88.1.1" {
		t.Errorf("%s, %s", last, first)
	}
	a.next = firstAddress
	if second, _ := a.take(); second != "10.88.1.2" {
		t.Errorf("%s, though 10.88.1.1 is taken", second)
	}
	free()
	a.next = firstAddress
	if again, _ := a.take(); again != "10.88.1.1" {
		t.Errorf("%s, though 10.88.1.1 is free", again)
	}
}

func TestPodsOfOtherNodesAreNotRun(t *testing.T) {
	n := &Node{Name: "ours"}
	n.Update(context.Background(), &corev1.Pod{Spec: corev1.PodSpec{NodeName: "theirs"}})
	if len(n.workers) != 0 {
		t.Errorf("%d Pods run", len(n.workers))
	}
}

func TestProjectChangesAllFilesOfAVolumeAtOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "volume")
	read := func() map[string]string {
		found := map[string]string{}
		for _, name := range []string{"a", "b", "in/c"} {
			if text, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				found[name] = string(text)
			}
		}
		return found
	}
	var versions []string
	for _, files := range []map[string]string{{"a": "1", "b": "1"}, {"a": "1", "b": "1"}, {"a": "2", "in/c": "2"}, {}} {
		if err := project(folder, files); err != nil {
			t.Fatal(err)
		}
		if got := read(); !maps.Equal(got, files) {
			t.Errorf("%v, not %v", got, files)
		}
		version, err := os.Readlink(filepath.Join(folder, data))
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, version)
	}
	if versions[0] != versions[1] || versions[1] == versions[2] || versions[2] == versions[3] {
		t.Errorf("%v: written again though nothing changed, or not written", versions)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 2 {
		t.Errorf("%v is left", entries)
	}
}

func TestProjectLeavesAVolumeWithoutFilesEmpty(t *testing.T) {
	folder := t.TempDir()
	if err := project(folder, nil); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Errorf("%v", entries)
	}
}
