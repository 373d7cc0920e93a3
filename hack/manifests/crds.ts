/** The CRDs that we install: of kinds that a cluster may lack, since nobody publishes them any more or their publisher is not installed. */
import type { TObject } from "typebox";
import type { KindDeclaration } from "../../src/resources/kind.ts";
import { backend } from "../../src/resources/kinds/backend.ts";
import { backendTrafficPolicy } from "../../src/resources/kinds/backend-traffic-policy.ts";
import { envoyProxy } from "../../src/resources/kinds/envoy-proxy.ts";
import { inferenceModel } from "../../src/resources/kinds/inference-model.ts";
import { inferenceModelRewrite } from "../../src/resources/kinds/inference-model-rewrite.ts";
import { inferenceObjective } from "../../src/resources/kinds/inference-objective.ts";
import { inferencePoolV1Alpha2 } from "../../src/resources/kinds/inference-pool.ts";
import type { StructuralSchema } from "../../src/resources/structural.ts";
import { type OpenApi, openApi } from "./schema.ts";
import { conditionsByAncestor, conditionsByParent, ownConditions } from "./status.ts";

interface Crd {
  readonly kind: KindDeclaration;
  readonly status: TObject;
  readonly description: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** JSONPath by column of `kubectl get`, beside the age. */
  readonly columns?: Readonly<Record<string, string>>;
}

const envoyGateway = { categories: ["envoy-gateway"] };
const accepted = '.status.conditions[?(@.type=="Accepted")].reason';

export const crds: readonly Crd[] = [
  {
    kind: inferencePoolV1Alpha2,
    status: conditionsByParent,
    description: "The model servers, chosen by their Pods' labels, that serve the same models, as one backend.",
    columns: { Port: ".spec.targetPortNumber" },
  },
  {
    kind: inferenceModel,
    status: ownConditions,
    description:
      "A name that clients ask for, how much it matters, and the model or adapter of the pool that serves it.",
    columns: {
      "Model Name": ".spec.modelName",
      "Inference Pool": ".spec.poolRef.name",
      Criticality: ".spec.criticality",
    },
  },
  {
    kind: inferenceObjective,
    status: ownConditions,
    description: "The priority of the requests that name it.",
    columns: { "Inference Pool": ".spec.poolRef.name", Priority: ".spec.priority" },
  },
  {
    kind: inferenceModelRewrite,
    status: ownConditions,
    description: "Which models of a pool serve the names that clients ask for, with weights.",
    columns: { "Inference Pool": ".spec.poolRef.name" },
  },
  {
    kind: backendTrafficPolicy,
    status: conditionsByAncestor,
    description: "How a Gateway or a route treats connections to its backends and requests on their way there.",
    shortNames: ["btp"],
    ...envoyGateway,
  },
  {
    kind: envoyProxy,
    status: conditionsByAncestor,
    description: "How the Envoys of a Gateway, or of all Gateways of a class, are run.",
    shortNames: ["eproxy"],
    ...envoyGateway,
  },
  {
    kind: backend,
    status: ownConditions,
    description: "Endpoints outside of Kubernetes, or reached by another way than a Service.",
    shortNames: ["be"],
    ...envoyGateway,
    columns: { Status: accepted },
  },
];

export function crdName({ group, plural }: KindDeclaration): string {
  return `${plural}.${group}`;
}

/** The manifest of one. */
export function crdManifest({ kind, status, description, shortNames, categories, columns = {} }: Crd): OpenApi {
  const printed = Object.entries(columns).map(([name, jsonPath]) => ({ name, type: columnType(jsonPath), jsonPath }));
  const age = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crdName(kind), labels: { "app.kubernetes.io/part-of": "antechamber" } },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        ...(shortNames === undefined ? {} : { shortNames }),
        ...(categories === undefined ? {} : { categories }),
      },
      scope: kind.scope,
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          additionalPrinterColumns: [...printed, age],
          subresources: { status: {} },
          schema: { openAPIV3Schema: { description, ...wholeSchema(kind, status) } },
        },
      ],
    },
  };
}

function columnType(jsonPath: string): string {
  return /port|priority/i.test(jsonPath) ? "integer" : "string";
}

function wholeSchema(kind: KindDeclaration, status: TObject): OpenApi {
  const properties = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    ...Object.fromEntries(
      Object.entries(kind.body.properties).map(([name, field]) => [
        name,
        openApi(field as unknown as StructuralSchema),
      ]),
    ),
    status: openApi(status as unknown as StructuralSchema),
  };
  return { type: "object", required: kind.body.required ?? [], properties };
}
