package main

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// comparison collects what differs. What we leave out is no difference; what only we have is one.
type comparison struct {
	known       official
	differences []string
	compared    int
}

func compare(ours *descriptorpb.FileDescriptorSet, known official) ([]string, int, error) {
	files, err := protodesc.NewFiles(ours)
	if err != nil {
		return nil, 0, fmt.Errorf("Cannot link our descriptors: %w", err)
	}
	c := &comparison{known: known}
	// In the set's order, so that the output is the same each time.
	for _, file := range ours.File {
		linked, err := files.FindFileByPath(file.GetName())
		if err != nil {
			return nil, 0, fmt.Errorf("Cannot find our file %s: %w", file.GetName(), err)
		}
		c.messages(linked.Messages())
		c.enums(linked.Enums())
		c.services(linked.Services())
	}
	return c.differences, c.compared, nil
}

func (c *comparison) differ(where protoreflect.Descriptor, format string, args ...any) {
	c.differences = append(c.differences,
		fmt.Sprintf("%s: %s: %s", where.ParentFile().Path(), where.FullName(), fmt.Sprintf(format, args...)))
}

// same compares one property of a descriptor.
func (c *comparison) same(where protoreflect.Descriptor, property string, ours, theirs any) {
	if ours != theirs {
		c.differ(where, "%s is %v, officially %v", property, ours, theirs)
	}
}

// find gives the official descriptor of ours, and reports where there is none of that kind or it is in another file.
func find[T protoreflect.Descriptor](c *comparison, ours T) (T, bool) {
	var none T
	theirs, err := c.known.FindDescriptorByName(ours.FullName())
	if err != nil {
		c.differ(ours, "officially there is no such name (or main's imports.go lacks its package)")
		return none, false
	}
	typed, ok := theirs.(T)
	if !ok {
		c.differ(ours, "officially it is of another kind (%T)", theirs)
		return none, false
	}
	c.same(ours, "file", ours.ParentFile().Path(), typed.ParentFile().Path())
	return typed, true
}

func (c *comparison) messages(list protoreflect.MessageDescriptors) {
	for i := range list.Len() {
		ours := list.Get(i)
		theirs, ok := find(c, ours)
		if !ok {
			continue
		}
		c.same(ours, "map entry", ours.IsMapEntry(), theirs.IsMapEntry())
		for j := range ours.Fields().Len() {
			c.field(ours.Fields().Get(j), theirs)
		}
		c.messages(ours.Messages())
		c.enums(ours.Enums())
	}
}

func (c *comparison) field(ours protoreflect.FieldDescriptor, message protoreflect.MessageDescriptor) {
	theirs := message.Fields().ByName(ours.Name())
	if theirs == nil {
		c.differ(ours, "officially %s has no such field", message.FullName())
		return
	}
	c.compared++
	c.same(ours, "number", ours.Number(), theirs.Number())
	c.same(ours, "type", typeOf(ours), typeOf(theirs))
	c.same(ours, "label", labelOf(ours), labelOf(theirs))
	c.same(ours, "oneof", oneofOf(ours), oneofOf(theirs))
}

func typeOf(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return string(field.Message().FullName())
	case protoreflect.EnumKind:
		return string(field.Enum().FullName())
	default:
		return field.Kind().String()
	}
}

func labelOf(field protoreflect.FieldDescriptor) string {
	switch {
	case field.IsMap():
		return "map"
	case field.IsList() && field.IsPacked():
		return "repeated packed"
	case field.IsList():
		return "repeated"
	case field.HasOptionalKeyword():
		return "optional"
	default:
		return "singular"
	}
}

func oneofOf(field protoreflect.FieldDescriptor) string {
	oneof := field.ContainingOneof()
	if oneof == nil || oneof.IsSynthetic() {
		return "none"
	}
	return string(oneof.Name())
}

func (c *comparison) enums(list protoreflect.EnumDescriptors) {
	for i := range list.Len() {
		ours := list.Get(i)
		theirs, ok := find(c, ours)
		if !ok {
			continue
		}
		for j := range ours.Values().Len() {
			value := ours.Values().Get(j)
			known := theirs.Values().ByName(value.Name())
			if known == nil {
				c.differ(value, "officially %s has no such value", theirs.FullName())
				continue
			}
			c.compared++
			c.same(value, "number", value.Number(), known.Number())
		}
	}
}

func (c *comparison) services(list protoreflect.ServiceDescriptors) {
	for i := range list.Len() {
		ours := list.Get(i)
		theirs, ok := find(c, ours)
		if !ok {
			continue
		}
		for j := range ours.Methods().Len() {
			method := ours.Methods().Get(j)
			known := theirs.Methods().ByName(method.Name())
			if known == nil {
				c.differ(method, "officially %s has no such method", theirs.FullName())
				continue
			}
			c.compared++
			c.same(method, "input", method.Input().FullName(), known.Input().FullName())
			c.same(method, "output", method.Output().FullName(), known.Output().FullName())
			c.same(method, "client streaming", method.IsStreamingClient(), known.IsStreamingClient())
			c.same(method, "server streaming", method.IsStreamingServer(), known.IsStreamingServer())
		}
	}
}
