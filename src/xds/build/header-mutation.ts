import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValueOption,
} from "../../gen/envoy/config/core/v3/base.ts";
import type { HeaderIr, HeaderMutationIr } from "../../model/ir.ts";

/** The fields that Route and WeightedCluster.ClusterWeight share. Empty lists are not encoded. */
export interface HeaderFields {
  readonly requestHeadersToAdd: HeaderValueOption[];
  readonly requestHeadersToRemove: string[];
  readonly responseHeadersToAdd: HeaderValueOption[];
  readonly responseHeadersToRemove: string[];
}

export function headerFields(request: HeaderMutationIr, response: HeaderMutationIr): HeaderFields {
  return {
    requestHeadersToAdd: additions(request),
    requestHeadersToRemove: [...request.remove],
    responseHeadersToAdd: additions(response),
    responseHeadersToRemove: [...response.remove],
  };
}

export function isEmpty(mutation: HeaderMutationIr): boolean {
  return mutation.set.length + mutation.add.length + mutation.remove.length === 0;
}

export function setHeader(header: HeaderIr): HeaderValueOption {
  return option(header, Append.OVERWRITE_IF_EXISTS_OR_ADD);
}

/** Envoy reads `%...%` in values and formats as its own commands; a user's text is none. */
export function literalFormat(text: string): string {
  return text.replaceAll("%", "%%");
}

export function additions(mutation: HeaderMutationIr): HeaderValueOption[] {
  return [
    ...mutation.set.map(setHeader),
    ...mutation.add.map((header) => option(header, Append.APPEND_IF_EXISTS_OR_ADD)),
  ];
}

function option({ name, value }: HeaderIr, appendAction: Append): HeaderValueOption {
  return { header: { key: name, value: literalFormat(value) }, appendAction, keepEmptyValue: true };
}
