/** What is the same for the proxies of all Gateways. */
export interface InfrastructureSettings {
  /** Where all of it is made, whatever the Gateways' namespaces. */
  readonly namespace: string;
  /** Our own: the shutdown manager is a command of it. */
  readonly image: string;
  /** Where the EnvoyProxy names none. */
  readonly envoyImage: string;
  readonly xds: {
    /** Absolute, with a dot at its end: no search list is tried. */
    readonly host: string;
    readonly port: number;
    /** The name in the server's certificate. */
    readonly serverName: string;
  };
  /** spec.controllerName of our GatewayClasses: what carries it is ours to remove. */
  readonly controllerName: string;
}

export interface SettingsOptions {
  readonly image: string;
  readonly controllerName: string;
  readonly namespace?: string;
  readonly envoyImage?: string;
  /** The Service of the xDS server, in the same namespace. */
  readonly xdsService?: string;
  readonly dnsDomain?: string;
}

export function infrastructureSettings(options: SettingsOptions): InfrastructureSettings {
  const { image, controllerName, namespace = "envoy-gateway-system" } = options;
  const { envoyImage = "docker.io/envoyproxy/envoy:distroless-v1.40.0" } = options;
  const { xdsService = "antechamber", dnsDomain = "cluster.local" } = options;
  const host = `${xdsService}.${namespace}.svc.${dnsDomain}.`;
  return {
    namespace,
    image,
    envoyImage,
    controllerName,
    xds: { host, port: 18_000, serverName: `${xdsService}.${namespace}.svc` },
  };
}
