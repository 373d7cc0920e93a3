// Package inference is the conformance suite of the inference extension as one test binary. With PICKER=builtin its
// pools do without their endpointPickerRef, so that they are the gateway's own picker's; nothing else differs.
package inference

import (
	"io/fs"
	"os"
	"regexp"
	"testing"

	suite "sigs.k8s.io/gateway-api-inference-extension/conformance"
)

var pickerRef = regexp.MustCompile(`(?m)^  endpointPickerRef:\n(?:    .*\n)+`)

// stripFS is the suite's manifests without the references; the suite reads them by ReadFile only.
type stripFS struct{ fs.FS }

func (s stripFS) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(s.FS, name)
	if err != nil || name != "resources/base.yaml" {
		return b, err
	}
	return pickerRef.ReplaceAll(b, nil), nil
}

func TestInference(t *testing.T) {
	options := suite.DefaultOptions(t)
	if os.Getenv("PICKER") == "builtin" {
		options.ManifestFS = []fs.FS{stripFS{&suite.Manifests}}
	}
	suite.RunConformanceWithOptions(t, options)
}
