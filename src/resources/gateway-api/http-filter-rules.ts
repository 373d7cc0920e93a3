/** Rules across the fields of filters, with the messages of upstream's CRDs. */
import type { Rules } from "../schema.ts";

const fieldOfType = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  ExtensionRef: "extensionRef",
  CORS: "cors",
  ExternalAuth: "externalAuth",
} as const;

interface Typed {
  readonly type: string;
}

/** A filter has the field of its type, and no other. */
export const filterTypeRules: Rules<Typed> = Object.fromEntries(
  Object.entries(fieldOfType).flatMap(([type, field]) => [
    [
      `filter.${field} must be nil if the filter.type is not ${type}`,
      (self: Typed) => !(field in self) || self.type === type,
    ],
    [`filter.${field} must be specified for ${type} filter.type`, (self: Typed) => self.type !== type || field in self],
  ]),
);

const singleTypes = ["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"];

export const onceEach: Rules<readonly Typed[]> = {
  "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both": (self) =>
    !(self.some((filter) => filter.type === "RequestRedirect") && self.some((filter) => filter.type === "URLRewrite")),
  ...Object.fromEntries(
    singleTypes.map((type) => [
      `${type} filter cannot be repeated`,
      (self: readonly Typed[]) => self.filter((filter) => filter.type === type).length <= 1,
    ]),
  ),
};

interface PathModifier extends Typed {
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

export const pathModifierRules: Rules<PathModifier> = {
  "replaceFullPath must be specified when type is set to 'ReplaceFullPath'": (self) =>
    self.type !== "ReplaceFullPath" || self.replaceFullPath !== undefined,
  "type must be 'ReplaceFullPath' when replaceFullPath is set": (self) =>
    self.replaceFullPath === undefined || self.type === "ReplaceFullPath",
  "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'": (self) =>
    self.type !== "ReplacePrefixMatch" || self.replacePrefixMatch !== undefined,
  "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set": (self) =>
    self.replacePrefixMatch === undefined || self.type === "ReplacePrefixMatch",
};
