/** Encoded elements of a repeated field concatenate, so a changed element costs its own encoding only. */

/** One element of the repeated message field `fieldNumber`. https://protobuf.dev/programming-guides/encoding/#length-types */
export function frame(fieldNumber: number, body: Uint8Array): Uint8Array {
  const lengthDelimited = 2;
  return Buffer.concat([varint((fieldNumber << 3) | lengthDelimited), varint(body.length), body]);
}

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Uint8Array.from(bytes);
}
