/**
 * Which servers have probably computed the beginning of a prompt before. It reads what was placed where; it produces
 * the share of a prompt that a server has in its cache; it owns the blocks that are remembered of each server.
 *
 *   prompt --hash by blocks--> chain --remembered of the server?--> share
 */
import type { PoolSettingsIr } from "../../../model/ir.ts";
import type { ModelServer } from "../../../pool/server.ts";
import type { Hashing, PrefixChain } from "./chain.ts";
import { KnownPrefixes } from "./known-prefixes.ts";

/** No server tells how many bytes its tokens stand for: of English text about four. */
const bytesPerToken = 4;
/** Of the published picker: 16 tokens at least, since an engine may have blocks of one, and a cache of 800,000. */
const defaultBlockBytes = 64;
const defaultCapacity = 50_000;
const mostBlocks = 1_000_000;

interface Memory {
  readonly known: KnownPrefixes;
  /** The server's counter of generated tokens when it was last looked at: it falls when the server starts anew. */
  generatedTokens: number;
}

export class PrefixAffinity {
  #settings: PoolSettingsIr["prefix"];
  #blockBytes = 0;
  #memories = new WeakMap<ModelServer, Memory>();

  constructor(settings: PoolSettingsIr["prefix"]) {
    this.#settings = settings;
  }

  configure(settings: PoolSettingsIr["prefix"]): void {
    if (!settings.enabled) this.#memories = new WeakMap();
    this.#settings = settings;
  }

  /** How prompts are to be hashed; undefined: not at all. Blocks are those of the pool's first server that tells them. */
  hashing(servers: readonly ModelServer[]): Hashing | undefined {
    const { enabled, blockBytes, maxBlocks } = this.#settings;
    if (!enabled) return undefined;
    this.#setBlockBytes(blockBytes > 0 ? blockBytes : tunedBlockBytes(servers));
    return { blockBytes: this.#blockBytes, maxBlocks };
  }

  /** 0..1. */
  share(server: ModelServer, chain: PrefixChain): number {
    return chain.length === 0 ? 0 : (this.#memory(server)?.known.matched(chain) ?? 0) / chain.length;
  }

  placed(server: ModelServer, chain: PrefixChain): void {
    if (chain.length === 0 || !this.#settings.enabled) return;
    const capacity = this.#capacity(server);
    let memory = this.#memory(server);
    if (memory?.known.capacity !== capacity) {
      memory = { known: new KnownPrefixes(capacity), generatedTokens: 0 };
      this.#memories.set(server, memory);
    }
    memory.known.remember(chain);
  }

  /** A server that was started anew has an empty cache. */
  #memory(server: ModelServer): Memory | undefined {
    const memory = this.#memories.get(server);
    if (memory === undefined) return undefined;
    const generatedTokens = server.reading?.generationTokensTotal ?? memory.generatedTokens;
    if (generatedTokens < memory.generatedTokens) {
      this.#memories.delete(server);
      return undefined;
    }
    memory.generatedTokens = generatedTokens;
    return memory;
  }

  #capacity(server: ModelServer): number {
    const { capacity } = this.#settings;
    if (capacity > 0) return capacity;
    const { cacheTokens } = server;
    if (cacheTokens === undefined) return defaultCapacity;
    const blocks = Math.floor((cacheTokens * bytesPerToken) / this.#blockBytes);
    return Math.min(mostBlocks, Math.max(1, blocks));
  }

  /** Blocks of another size have other hashes, so that what was remembered is of no use. */
  #setBlockBytes(blockBytes: number): void {
    if (this.#blockBytes !== blockBytes) this.#memories = new WeakMap();
    this.#blockBytes = blockBytes;
  }
}

function tunedBlockBytes(servers: readonly ModelServer[]): number {
  for (const { reading } of servers) {
    if (reading?.cache !== undefined) return Math.max(defaultBlockBytes, reading.cache.blockSize * bytesPerToken);
  }
  return defaultBlockBytes;
}
