package main

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The official ext_proc service and all that it imports, changed in one place by each test.
func changed(t *testing.T, edit func(file *descriptorpb.FileDescriptorProto)) []string {
	t.Helper()
	const path = "envoy/service/ext_proc/v3/external_processor.proto"
	root, err := protoregistry.GlobalFiles.FindFileByPath(path)
	if err != nil {
		t.Fatal(err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	add(root)
	edit(set.File[len(set.File)-1])
	differences, compared, err := compare(set, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	if compared == 0 {
		t.Fatal("nothing was compared")
	}
	return differences
}

func message(file *descriptorpb.FileDescriptorProto, name string) *descriptorpb.DescriptorProto {
	return file.MessageType[slices.IndexFunc(file.MessageType, func(m *descriptorpb.DescriptorProto) bool { return m.GetName() == name })]
}

func TestTheOfficialDescriptorsEqualThemselves(t *testing.T) {
	if differences := changed(t, func(*descriptorpb.FileDescriptorProto) {}); len(differences) > 0 {
		t.Fatal(differences)
	}
}

func TestEachKindOfDifferenceIsNamed(t *testing.T) {
	const file = "envoy/service/ext_proc/v3/external_processor.proto: envoy.service.ext_proc.v3."
	cases := map[string]func(*descriptorpb.FileDescriptorProto){
		"HttpHeaders.end_of_stream: number is 9, officially 3": func(f *descriptorpb.FileDescriptorProto) {
			message(f, "HttpHeaders").Field[2].Number = proto.Int32(9)
		},
		"HttpBody.body: type is string, officially bytes": func(f *descriptorpb.FileDescriptorProto) {
			message(f, "HttpBody").Field[0].Type = descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum()
		},
		"HttpBody.body: label is repeated, officially singular": func(f *descriptorpb.FileDescriptorProto) {
			message(f, "HttpBody").Field[0].Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		},
		"BodyMutation.streamed_response: oneof is none, officially mutation": func(f *descriptorpb.FileDescriptorProto) {
			message(f, "BodyMutation").Field[2].OneofIndex = nil
		},
		"HttpBody.bodies: officially envoy.service.ext_proc.v3.HttpBody has no such field": func(f *descriptorpb.FileDescriptorProto) {
			body := message(f, "HttpBody").Field[0]
			body.Name, body.JsonName = proto.String("bodies"), proto.String("bodies")
		},
		"ExternalProcessor.Process: server streaming is false, officially true": func(f *descriptorpb.FileDescriptorProto) {
			f.Service[0].Method[0].ServerStreaming = proto.Bool(false)
		},
	}
	for want, edit := range cases {
		if differences := changed(t, edit); !slices.Equal(differences, []string{file + want}) {
			t.Errorf("want %s%s, got %v", file, want, differences)
		}
	}
}
