// Package images says which program stands for a container image.
package images

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Image is one line of the table.
type Image struct {
	// Match is a regular expression, looked for anywhere in the image's name.
	Match string `json:"match"`
	// Cmd takes the place of the image's entry point and of the first word of the manifest's command; empty: the
	// manifest's command is run as it stands.
	Cmd []string `json:"cmd"`
	// NoListen: ready without a listening socket; what the manifest says to run is not passed on.
	NoListen bool `json:"noListen"`

	match *regexp.Regexp
}

// Table is looked through from its start; the first match counts.
type Table []Image

// Read joins the tables of files, those of the first file first.
func Read(files ...string) (Table, error) {
	var all Table
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var some Table
		if err := json.Unmarshal(text, &some); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for i := range some {
			if some[i].match, err = regexp.Compile(some[i].Match); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		all = append(all, some...)
	}
	return all, nil
}

// Find is the image's line, nil where there is none.
func (t Table) Find(name string) *Image {
	for i := range t {
		if t[i].match.MatchString(name) {
			return &t[i]
		}
	}
	return nil
}

// Main is the command line of a container with this command and these arguments.
func (im *Image) Main(command, args []string) []string {
	switch {
	case len(im.Cmd) == 0:
		return join(command, args)
	case im.NoListen:
		return join(im.Cmd)
	case len(command) > 0:
		return join(im.Cmd, command[1:], args)
	}
	return join(im.Cmd, args)
}

// Exec is the command line of a probe or hook: a program that is named as the container's own is the same program.
func (im *Image) Exec(command, exec []string) []string {
	if len(im.Cmd) == 0 || len(exec) == 0 {
		return exec
	}
	own := filepath.Base(exec[0]) == filepath.Base(im.Cmd[0]) || len(command) > 0 && exec[0] == command[0]
	if own {
		return join(im.Cmd, exec[1:])
	}
	return exec
}

func join(parts ...[]string) []string {
	var all []string
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
