import xxhash from "xxhash-wasm";

/** XXH64: 0.1 us for 64 bytes. WebAssembly is compiled once, when this module is loaded. */
export const { h64, h64Raw } = await xxhash();
