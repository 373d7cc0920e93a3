// Compares a FileDescriptorSet on standard input with the official descriptors of Envoy's API. Prints each difference;
// the exit code is 1 if there is any.
package main

import (
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

func main() {
	bytes, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail("Cannot read descriptors on standard input: %v", err)
	}
	var ours descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(bytes, &ours); err != nil {
		fail("Cannot read descriptors on standard input: %v", err)
	}
	differences, compared, err := compare(&ours, protoregistry.GlobalFiles)
	if err != nil {
		fail("%v", err)
	}
	for _, difference := range differences {
		fmt.Println(difference)
	}
	if len(differences) > 0 {
		fail("protos: %d differences from the official descriptors", len(differences))
	}
	fmt.Printf("protos: %d fields, values and methods equal the official descriptors\n", compared)
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// official is where the official descriptors are looked up by full name.
type official interface {
	FindDescriptorByName(protoreflect.FullName) (protoreflect.Descriptor, error)
}
