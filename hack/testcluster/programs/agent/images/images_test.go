package images

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func read(t *testing.T, texts ...string) Table {
	t.Helper()
	var files []string
	for i, text := range texts {
		file := filepath.Join(t.TempDir(), string(rune('a'+i))+".json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	table, err := Read(files...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTheFirstMatchOfTheFirstTableCounts(t *testing.T) {
	table := read(t, `[{"match": "^sim:", "cmd": ["mine"]}]`, `[{"match": "sim", "cmd": ["theirs"]}]`)
	if got := table.Find("sim:v1").Cmd[0]; got != "mine" {
		t.Errorf("sim:v1 is %s", got)
	}
	if got := table.Find("other/sim:v1").Cmd[0]; got != "theirs" {
		t.Errorf("other/sim:v1 is %s", got)
	}
	if table.Find("nginx") != nil {
		t.Error("nginx has a program")
	}
}

func TestMainPutsTheProgramInPlaceOfTheFirstWord(t *testing.T) {
	ante, pause, any := Image{Cmd: []string{"/bin/ante"}}, Image{Cmd: []string{"sleep", "1"}, NoListen: true}, Image{}
	for _, c := range []struct {
		image                *Image
		command, args, wants []string
	}{
		{&ante, nil, []string{"sim", "--port", "1"}, []string{"/bin/ante", "sim", "--port", "1"}},
		{&ante, []string{"/app/ante", "serve"}, []string{"-v"}, []string{"/bin/ante", "serve", "-v"}},
		{&pause, []string{"pause"}, []string{"-x"}, []string{"sleep", "1"}},
		{&any, []string{"sh", "-c"}, []string{"true"}, []string{"sh", "-c", "true"}},
	} {
		if got := c.image.Main(c.command, c.args); !slices.Equal(got, c.wants) {
			t.Errorf("%v %v runs %v, not %v", c.command, c.args, got, c.wants)
		}
	}
}

func TestExecKnowsTheContainersOwnProgram(t *testing.T) {
	ante := Image{Cmd: []string{"/clone/bin/ante"}}
	for _, c := range []struct{ command, exec, wants []string }{
		{nil, []string{"ante", "drain"}, []string{"/clone/bin/ante", "drain"}},
		{[]string{"/entry"}, []string{"/entry", "drain"}, []string{"/clone/bin/ante", "drain"}},
		{nil, []string{"sleep", "1"}, []string{"sleep", "1"}},
	} {
		if got := ante.Exec(c.command, c.exec); !slices.Equal(got, c.wants) {
			t.Errorf("%v runs %v, not %v", c.exec, got, c.wants)
		}
	}
}
