import { readFileSync } from "node:fs";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

let registry: FileRegistry | undefined;

/** Every message that this program can encode. Read when the first resource is shown, as most runs show none. */
export function descriptors(): FileRegistry {
  registry ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, readFileSync(new URL("../../gen/descriptors.binpb", import.meta.url))),
  );
  return registry;
}
