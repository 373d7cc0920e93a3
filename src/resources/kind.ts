import type { TObject } from "typebox";
import type { EndpointResources, ResourceSet } from "./resource-set.ts";

/** One kind, as kinds/<kind>.ts declares it. */
export interface KindDeclaration {
  /** "" for core. */
  readonly group: string;
  /** The version that is kept; objects of the other served versions have the same shape and are read as this one. */
  readonly version: string;
  readonly otherVersions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** Where the store keeps its objects. */
  readonly collection: keyof ResourceSet | keyof EndpointResources;
  /** Everything but apiVersion, kind and metadata, which all kinds share. */
  readonly body: TObject;
  /** Syntax of metadata.name. */
  readonly nameSyntax: "dns-subdomain" | "dns-label" | "dns-1035-label";
  /** What its objects say is shown nowhere and kept in memory alone. */
  readonly isConfidential?: true;
  /** It says how things run in a cluster: read from a file it is checked, and changes nothing. */
  readonly isForClusters?: true;
}

export function apiVersionOf(kind: KindDeclaration): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}
