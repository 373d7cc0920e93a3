import { sdsFolder, sdsSecrets } from "../../infra/kube/config-map.ts";
import { controllerAnnotation, selectorLabels } from "../../infra/kube/labels.ts";
import { objectName } from "../../infra/kube/names.ts";
import type { InfrastructureSettings } from "../../infra/kube/settings.ts";
import { proxyPorts } from "../../lib/container-ports.ts";
import type { ProxySecret } from "../../trust/trust.ts";
import type { PodOptions } from "../../xds/build/options.ts";
import type { ServeConfig } from "./serve-config.ts";

/** The release of Envoy that has all filters of the request path, without a shell. */
const defaultEnvoyImage = "docker.io/envoyproxy/envoy:distroless-v1.40.0";

export function infrastructureSettingsOf(config: ServeConfig): InfrastructureSettings {
  const { namespace, images, controllerName, xdsHost, ports } = config;
  return {
    namespace,
    image: images.own,
    envoyImage: images.envoy ?? defaultEnvoyImage,
    controllerName,
    xds: { host: xdsHost, port: ports.xds, serverName: xdsServerName(namespace) },
  };
}

/** In the server's certificate, whatever name or address leads to it. */
export function xdsServerName(namespace: string): string {
  return `antechamber.${namespace}.svc`;
}

/** Replicas that serve one controllerName share one Lease, whatever else runs in the namespace. */
export function leaseName(controllerName: string): string {
  return `antechamber.${controllerName.replaceAll(/[^a-z0-9.-]+/g, "-")}`;
}

/** As the proxies' ConfigMap and bootstrap have it. */
export function podOptions(namespace: string): PodOptions {
  const { certificate, trustedCa } = sdsSecrets;
  return {
    readyPort: proxyPorts.ready,
    serverName: xdsServerName(namespace),
    certificate: { name: certificate.name, path: `${sdsFolder}/${certificate.file}` },
    authorities: { name: trustedCa.name, path: `${sdsFolder}/${trustedCa.file}` },
  };
}

/** It is one of the objects of the Gateway, and removed with them. */
export function proxySecret(gateway: string, controllerName: string): ProxySecret {
  return {
    gateway,
    name: objectName(gateway),
    labels: selectorLabels(gateway),
    annotations: { [controllerAnnotation]: controllerName },
  };
}
