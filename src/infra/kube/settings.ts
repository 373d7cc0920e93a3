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
